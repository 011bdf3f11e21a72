use domain::deadline::{CellKind, DeadlineRule, Pause, Step, Unit, compute, compute_paused};
use domain::time::{last_moment_of, local_date};
use domain::track::{Track, Urgency};
use jiff::SignedDuration;
use jiff::civil::{Date, date};

use crate::sample::{TAX, at, book, morning, rule};

fn answer(track: Track, received: Date) -> domain::deadline::Due {
    compute(&book(), track, Urgency::Normal, None, Step::Answer, at(received, 9, 0)).unwrap()
}

#[test]
fn five_working_days_over_tet() {
    let due = answer(Track::Field, date(2026, 2, 5));
    assert_eq!(due.at, last_moment_of(date(2026, 2, 12)));
    let due = answer(Track::Field, date(2026, 2, 13));
    assert_eq!(local_date(due.at), date(2026, 2, 27));
    let why = &due.explanation;
    assert_eq!(why.counted_days(), 5);
    let kinds: Vec<_> = why.cells.iter().map(|cell| (cell.kind, cell.days)).collect();
    use CellKind::{Counted, Due, Received, Skipped};
    // Fri | Sat-Sun, Mon-Fri Tết, Sat-Sun | Mon-Thu | Fri
    let expected =
        [(Received, 1), (Skipped, 2), (Skipped, 5), (Skipped, 2), (Counted, 1), (Counted, 1), (Counted, 1), (Counted, 1), (Due, 1)];
    assert_eq!(kinds, expected);
    let tet = why.skipped().find(|cell| cell.days == 5).unwrap();
    assert_eq!(tet.name.as_deref(), Some("Tết Nguyên đán"));
    assert_eq!(tet.source.as_deref(), Some("thông báo"));
    assert_eq!((tet.date, tet.until), (date(2026, 2, 16), date(2026, 2, 20)));
}

#[test]
fn calendar_days_end_on_a_working_day() {
    // 15 days from 30 January end on Saturday 14 February, in the Tết rest until Sunday 22.
    let due = answer(Track::Law, date(2026, 1, 30));
    assert_eq!(local_date(due.at), date(2026, 2, 23));
    assert_eq!(due.explanation.counted_days(), 15);
    assert_eq!(due.explanation.skipped().map(|cell| cell.days).sum::<u32>(), 9);
}

#[test]
fn a_weekend_inside_calendar_days_is_counted() {
    // 15 days from 13 March end on Saturday 28: that day and Sunday are skipped, earlier
    // weekends are not. From 14 March they end on Sunday 29, and Saturday counts.
    for (received, skipped) in [(date(2026, 3, 13), 2), (date(2026, 3, 14), 1)] {
        let due = answer(Track::Law, received);
        assert_eq!(local_date(due.at), date(2026, 3, 30));
        assert_eq!(due.explanation.counted_days(), 15);
        assert_eq!(due.explanation.skipped().map(|cell| cell.days).sum::<u32>(), skipped);
    }
}

#[test]
fn minutes_are_wall_clock() {
    let saturday_night = at(date(2026, 2, 7), 23, 58);
    let due = compute(&book(), Track::Field, Urgency::Normal, None, Step::Forward, saturday_night);
    assert_eq!(due.unwrap().at, saturday_night + SignedDuration::from_mins(5));
}

#[test]
fn the_most_specific_rule_in_force_on_receipt_wins() {
    let mut book = book();
    let find =
        |book: &domain::deadline::RuleBook, urgency, agency, on| book.rule(Track::Field, urgency, agency, Step::Answer, on).unwrap().amount;
    let today = date(2026, 2, 5);
    assert_eq!(find(&book, Urgency::Normal, Some(TAX), today), 5);
    assert_eq!(find(&book, Urgency::Urgent, Some(TAX), today), 1);
    book.rules.push(DeadlineRule { agency: Some(TAX), ..rule(50, Track::Field, Step::Answer, 3, Unit::WorkingDay) });
    assert_eq!(find(&book, Urgency::Urgent, Some(TAX), today), 3);
    assert_eq!(find(&book, Urgency::Urgent, None, today), 1);
    book.rules.push(DeadlineRule { valid_from: date(2026, 3, 1), ..rule(51, Track::Field, Step::Answer, 4, Unit::WorkingDay) });
    assert_eq!(find(&book, Urgency::Normal, None, date(2026, 2, 28)), 5);
    assert_eq!(find(&book, Urgency::Normal, None, date(2026, 3, 1)), 4);
    book.rules.retain(|rule| rule.amount != 4);
    for rule in &mut book.rules {
        rule.valid_to = Some(date(2026, 2, 4));
    }
    assert_eq!(book.rule(Track::Field, Urgency::Normal, None, Step::Answer, today), None);
    assert!(compute(&book, Track::Proposal, Urgency::Normal, None, Step::Answer, morning()).is_none());
}

#[test]
fn a_pause_moves_by_the_days_of_its_own_kind_that_end_in_it() {
    let paused = |track, from, until| {
        let pause = [Pause { from, until }];
        let due = compute_paused(&book(), track, Urgency::Normal, None, Step::Answer, morning(), &pause);
        due.unwrap()
    };
    // Friday 6 to Tuesday 10: Friday and Monday end; for calendar days the weekend too.
    let (friday, tuesday) = (at(date(2026, 2, 6), 10, 0), at(date(2026, 2, 10), 8, 0));
    let due = paused(Track::Field, friday, tuesday);
    assert_eq!(local_date(due.at), date(2026, 2, 23));
    assert_eq!(due.explanation.paused_days, 2);
    assert_eq!(due.explanation.counted_days(), 5);
    // 20 February + 4 = 24 February.
    assert_eq!(local_date(paused(Track::Law, friday, tuesday).at), date(2026, 2, 24));
    // No day ends between morning and evening.
    let evening = at(date(2026, 2, 6), 20, 0);
    assert_eq!(paused(Track::Field, friday, evening).at, answer(Track::Field, date(2026, 2, 5)).at);
}

#[test]
fn the_agency_works_on_its_own_days() {
    let mut book = book();
    let saturday = domain::calendar::CalendarDay {
        date: date(2026, 2, 7),
        kind: domain::calendar::DayKind::MakeUpWork,
        name: "trực thứ Bảy".into(),
        source: "nội quy".into(),
        status: domain::calendar::DayStatus::Official,
    };
    let rows: Vec<_> = book.calendar.rows().cloned().chain([saturday]).collect();
    book.calendars.insert(TAX, domain::calendar::Calendar::new(rows));
    let due = |agency| {
        let due = compute(&book, Track::Field, Urgency::Normal, agency, Step::Answer, morning());
        local_date(due.unwrap().at)
    };
    assert_eq!(due(None), date(2026, 2, 12));
    assert_eq!(due(Some(TAX)), date(2026, 2, 11));
}

#[test]
fn a_rule_book_is_data() {
    let book = book();
    let json = serde_json::to_string(&book).unwrap();
    assert_eq!(serde_json::from_str::<domain::deadline::RuleBook>(&json).unwrap(), book);
    let empty: domain::deadline::RuleBook = serde_json::from_str("{\"limits\":{\"bounces\":3}}").unwrap();
    assert_eq!((empty.limits.bounces, empty.limits.silence_days), (3, 15));
}

#[test]
fn a_mistyped_amount_still_ends() {
    for unit in [Unit::WorkingDay, Unit::CalendarDay] {
        let mut book = book();
        book.rules = vec![rule(1, Track::Field, Step::Answer, u32::MAX, unit)];
        let due = compute(&book, Track::Field, Urgency::Normal, None, Step::Answer, morning());
        assert!(local_date(due.unwrap().at) < date(2041, 1, 1));
    }
}
