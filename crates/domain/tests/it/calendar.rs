use domain::calendar::lunar::{LunarDate, from_gregorian, hung_kings, tet, to_gregorian};
use domain::calendar::{Calendar, DayKind, propose};
use jiff::SignedDuration;
use jiff::civil::{Date, date};
use proptest::prelude::*;

use crate::sample::{at, calendar};

#[test]
fn tet_is_the_vietnamese_one() {
    // 1968, 1985, 2007, 2030 and 2053 differ from the Chinese new year.
    let days = [
        date(1968, 1, 29),
        date(1985, 1, 21),
        date(2007, 2, 17),
        date(2024, 2, 10),
        date(2025, 1, 29),
        date(2026, 2, 17),
        date(2027, 2, 6),
        date(2028, 1, 26),
        date(2029, 2, 13),
        date(2030, 2, 2),
        date(2053, 2, 18),
    ];
    for day in days {
        assert_eq!(tet(day.year()), Some(day));
    }
}

#[test]
fn hung_kings_day_is_the_tenth_of_the_third_month() {
    let days = [
        date(2019, 4, 14),
        date(2024, 4, 18),
        date(2025, 4, 7),
        date(2026, 4, 26),
        date(2027, 4, 16),
        date(2028, 4, 4),
        date(2029, 4, 23),
        date(2030, 4, 12),
    ];
    for day in days {
        assert_eq!(hung_kings(day.year()), Some(day));
    }
}

#[test]
fn leap_months_are_known() {
    // 2025 has a leap sixth month from 25 July; 2026 has none.
    let leap = LunarDate { year: 2025, month: 6, day: 1, leap: true };
    assert_eq!(to_gregorian(leap), Some(date(2025, 7, 25)));
    assert_eq!(to_gregorian(LunarDate { year: 2026, ..leap }), None);
    assert_eq!(to_gregorian(LunarDate { month: 5, ..leap }), None);
}

fn free(year: i16) -> Vec<(Date, DayKind)> {
    propose(year).into_iter().map(|day| (day.date, day.kind)).collect()
}

#[test]
fn expected_years_follow_the_rule() {
    use DayKind::{Holiday, HolidayMakeUp};
    let has = |year, day, kind| assert!(free(year).contains(&(day, kind)), "{day} {kind}");
    for day in 5..=9 {
        has(2027, date(2027, 2, day), Holiday);
    }
    has(2027, date(2027, 2, 10), HolidayMakeUp);
    has(2027, date(2027, 2, 11), HolidayMakeUp);
    has(2027, date(2027, 5, 3), HolidayMakeUp);
    has(2028, date(2028, 1, 3), HolidayMakeUp);
    has(2028, date(2028, 1, 31), HolidayMakeUp);
    has(2028, date(2028, 5, 2), HolidayMakeUp);
    has(2028, date(2028, 9, 1), Holiday);
    has(2028, date(2028, 9, 4), HolidayMakeUp);
    has(2029, date(2029, 9, 3), Holiday);
    has(2029, date(2029, 9, 4), HolidayMakeUp);
    has(2029, date(2029, 11, 26), HolidayMakeUp);
    has(2030, date(2030, 2, 1), Holiday);
    has(2030, date(2030, 2, 5), Holiday);
    has(2030, date(2030, 2, 7), HolidayMakeUp);
    has(2030, date(2030, 11, 25), HolidayMakeUp);
    // The Chinese new year of 2030 would end the rest a day later.
    assert!(!free(2030).contains(&(date(2030, 2, 6), Holiday)));
}

#[test]
fn twelve_working_days_are_lost_each_year_from_2026() {
    for year in 2027..=2030 {
        let calendar = Calendar::new(propose(year));
        let lost = propose(year).iter().filter(|day| day.date.weekday().to_monday_one_offset() <= 5).count();
        assert_eq!(lost, 12, "{year}");
        assert!(propose(year).iter().all(|day| !calendar.is_working(day.date)));
    }
}

#[test]
fn working_days_of_2026() {
    let calendar = calendar();
    let ends = |from: Date, days| calendar.add_working_days(from, days);
    assert_eq!(ends(date(2026, 2, 5), 5), date(2026, 2, 12));
    assert_eq!(ends(date(2026, 2, 13), 5), date(2026, 2, 27));
    assert_eq!(ends(date(2025, 12, 31), 2), date(2026, 1, 6));
    assert_eq!(ends(date(2026, 1, 9), 1), date(2026, 1, 10));
    assert_eq!(ends(date(2026, 8, 21), 1), date(2026, 8, 22));
    assert_eq!(ends(date(2026, 4, 24), 1), date(2026, 4, 28));
    assert_eq!(ends(date(2030, 1, 31), 1), date(2030, 2, 8));
    assert_eq!(ends(date(2026, 2, 14), 0), date(2026, 2, 23));
}

#[test]
fn working_hours_skip_lunch_and_night() {
    let calendar = calendar();
    let thursday = date(2026, 2, 5);
    assert_eq!(calendar.add_working_hours(at(thursday, 9, 0), 4), at(thursday, 14, 30));
    assert_eq!(calendar.add_working_hours(at(thursday, 16, 0), 4), at(date(2026, 2, 6), 10, 30));
    assert_eq!(calendar.add_working_hours(at(thursday, 22, 0), 4), at(date(2026, 2, 6), 11, 30));
    let friday = at(date(2026, 2, 13), 16, 0);
    assert_eq!(calendar.add_working_hours(friday, 2), at(date(2026, 2, 23), 8, 30));
    assert!(calendar.is_open(at(thursday, 7, 30)));
    assert!(!calendar.is_open(at(thursday, 11, 30)));
}

#[test]
fn the_official_row_wins() {
    let mut rows = propose(2027);
    let mut official = rows[0].clone();
    official.kind = DayKind::MakeUpWork;
    official.status = domain::calendar::DayStatus::Official;
    rows.insert(0, official.clone());
    assert!(Calendar::new(rows).is_working(official.date));
}

proptest! {
    #[test]
    fn lunar_dates_come_back(days in 0i64..73_000) {
        let day = date(1900, 2, 1).saturating_add(jiff::Span::new().days(days));
        let lunar = from_gregorian(day).unwrap();
        prop_assert_eq!(to_gregorian(lunar), Some(day));
    }

    #[test]
    fn counting_agrees_with_looking(offset in 0i64..1500, count in 1u32..60) {
        let calendar = calendar();
        let from = date(2026, 1, 1).saturating_add(jiff::Span::new().days(offset));
        let last = calendar.add_working_days(from, count);
        prop_assert!(calendar.is_working(last));
        let next = |day: Date| day.tomorrow().unwrap();
        prop_assert_eq!(calendar.working_days_between(next(from), next(last)), count);
    }

    #[test]
    fn counting_is_looking_at_every_day(offset in 0i64..2_500, days in -30i64..1_500) {
        let calendar = calendar();
        let from = date(2024, 1, 1).saturating_add(jiff::Span::new().days(offset));
        let until = from.saturating_add(jiff::Span::new().days(days));
        let every = from.series(jiff::Span::new().days(1)).take_while(|day| *day < until);
        prop_assert_eq!(calendar.working_days_between(from, until) as usize, every.filter(|day| calendar.is_working(*day)).count());
    }

    #[test]
    fn working_time_comes_back(minute in 0i64..500_000, amount in 1i64..6_000) {
        let calendar = calendar();
        let from = at(date(2026, 1, 1), 0, 0) + SignedDuration::from_mins(minute);
        let until = calendar.add_working_time(from, SignedDuration::from_mins(amount));
        prop_assert_eq!(calendar.working_time_between(from, until).as_mins(), amount);
    }
}
