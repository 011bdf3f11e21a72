//! The life cycle row by row.

use domain::case::{Action, Actor, GuardCode, Label, Outcome, Refused, Role, SenderStep};
use domain::refusal::RefusalGround;
use domain::time::local_date;
use domain::track::{Track, Urgency};
use jiff::civil::date;
use uuid::Uuid;

use crate::sample::*;

const ID: Uuid = Uuid::from_u128(77);

fn guard(code: GuardCode) -> Refused {
    Refused::Guard(code)
}

fn end(day: jiff::civil::Date) -> jiff::Timestamp {
    domain::time::last_moment_of(day)
}

fn remind() -> Action {
    Action::Remind { question: "Anh chị gửi tờ khai".into() }
}

fn ask(until: jiff::Timestamp) -> Action {
    Action::AskInfo { question: "Cho xin số tờ khai?".into(), until }
}

#[test]
fn the_straight_way() {
    let story = Story::answered(Track::Question);
    assert_eq!(story.state.label(), Label::Answered);
    assert_eq!(story.state.sender_step(), SenderStep::Answered);
    assert_eq!(story.state.due_date(), Some(date(2026, 2, 23)));
    let story = story.then(Actor::SENDER, Action::Close { rating: Some(5) }, "27");
    assert_eq!((story.state.label(), story.state.outcome), (Label::Closed, Some(Outcome::Done)));
    assert_eq!(story.state.responsible_agency(), None);
}

#[test]
fn nobody_drafts_and_approves() {
    let draft = Action::SubmitDraft { answer_id: ID };
    let story = Story::working(Track::Question).then(handler(TAX), draft.clone(), "20");
    let both = Actor::officer(Role::Leader, HANDLER, TAX);
    assert_eq!(story.attempt(both, Action::ApproveDraft), Err(guard(GuardCode::SamePerson)));
    let alone = story.attempt(handler(TAX), Action::ApproveDraft);
    assert_eq!(alone, Err(guard(GuardCode::NeedsLeader)));
    let direct = Action::SendAnswer { answer_id: ID };
    let tried = Story::working(Track::Question).attempt(leader(TAX), direct.clone());
    assert_eq!(tried, Err(guard(GuardCode::NeedsLeader)));
    Story::working(Track::Field).then(handler(TAX), direct, "21b");
    Story::working(Track::Field).then(handler(TAX), draft, "20").then(handler(TAX), Action::ApproveDraft, "21");
}

#[test]
fn identity_is_proven_before_routing_where_the_track_needs_it() {
    let story = Story::begin().then(operator(), Action::StartScreening, "5");
    let refused = story.attempt(operator(), route_to(Track::Conduct, TAX));
    assert_eq!(refused, Err(guard(GuardCode::ContactUnproven)));
    let require = Action::RequireProof { track: Track::Conduct };
    let story = story.then(Actor::SYSTEM, require, "2");
    assert_eq!(story.state.label(), Label::Verify);
    let early = story.attempt(Actor::SYSTEM, Action::ProofExpired);
    assert_eq!(early, Err(guard(GuardCode::NotYetDue)));
    let late = Story { state: story.state.clone(), now: story.now, book: book() }.at(at(date(2026, 2, 13), 0, 1));
    assert_eq!(late.attempt(Actor::SYSTEM, Action::ProofExpired), Err(guard(GuardCode::RemindersMissing)));
    Story { state: story.state.clone(), now: story.now, book: book() }
        .at(at(date(2026, 2, 6), 8, 0))
        .then(Actor::SYSTEM, remind(), "34")
        .at(at(date(2026, 2, 10), 8, 0))
        .then(Actor::SYSTEM, remind(), "34")
        .at(at(date(2026, 2, 13), 0, 1))
        .then(Actor::SYSTEM, Action::ProofExpired, "4");
    let story = story.at(at(date(2026, 2, 9), 9, 0)).then(Actor::SENDER, Action::ProofGiven, "3").then(
        operator(),
        route_to(Track::Conduct, TAX),
        "12",
    );
    // Thursday and Friday ended while the contact was unproven: 15 + 2 working days.
    let days = story.book.calendar.add_working_days(date(2026, 2, 5), 17);
    assert_eq!(story.state.due_date(), Some(days));
}

#[test]
fn a_question_to_the_sender_stops_the_clock() {
    let story = Story::working(Track::Question).at(at(date(2026, 2, 9), 9, 0));
    let far = story.attempt(handler(TAX), ask(at(date(2026, 3, 5), 9, 0)));
    assert_eq!(far, Err(guard(GuardCode::DateTooLate)));
    let story = story.then(handler(TAX), ask(at(date(2026, 2, 12), 17, 0)), "18");
    assert!(!story.state.is_overdue(at(date(2026, 6, 1), 0, 0)));
    let story = story.at(at(date(2026, 2, 11), 9, 0)).then(Actor::SENDER, Action::InfoArrived, "7");
    assert_eq!(story.state.due_date(), Some(date(2026, 2, 25)));
    assert_eq!(story.state.due_original.map(local_date), Some(date(2026, 2, 23)));
    let again = ask(at(date(2026, 2, 12), 17, 0));
    let story = story.then(handler(TAX), again.clone(), "18").then(operator(), Action::InfoArrived, "7");
    assert_eq!(story.attempt(handler(TAX), again), Err(guard(GuardCode::TooManyAsks)));
}

#[test]
fn a_sender_who_is_waited_for_is_reminded_on_working_mornings_before_the_date() {
    // Asked on Friday, until Tuesday: one working day before it is Monday morning.
    let story = Story::working(Track::Question).at(at(date(2026, 2, 6), 9, 0)).then(handler(TAX), ask(end(date(2026, 2, 10))), "18");
    assert_eq!(story.state.next_timer(&story.book), Some(at(date(2026, 2, 9), 8, 0)));
    let early = Story { state: story.state.clone(), now: at(date(2026, 2, 9), 7, 59), book: book() };
    assert_eq!(early.attempt(Actor::SYSTEM, remind()), Err(guard(GuardCode::NotYetDue)));
    let story = story.at(at(date(2026, 2, 9), 8, 0)).then(Actor::SYSTEM, remind(), "34");
    assert_eq!(story.attempt(Actor::SYSTEM, remind()), Err(guard(GuardCode::NotYetDue)), "once");
    assert_eq!(story.state.next_timer(&story.book), Some(end(date(2026, 2, 10))));
    let due = story.state.due;
    let story = story.at(at(date(2026, 2, 9), 9, 0)).then(Actor::SENDER, Action::InfoArrived, "7");
    assert!(story.state.due > due, "the clock stood still until the answer, reminded or not");

    // Across Tết: the working day before Monday 23 February is Friday 13 February.
    let story = Story::working(Track::Question).at(at(date(2026, 2, 12), 9, 0)).then(handler(TAX), ask(end(date(2026, 2, 23))), "18");
    assert_eq!(story.state.next_timer(&story.book), Some(at(date(2026, 2, 13), 8, 0)));

    // A short date: its morning would lie before the question, so the next one serves.
    let story = Story::working(Track::Question).at(at(date(2026, 2, 9), 9, 0)).then(handler(TAX), ask(end(date(2026, 2, 10))), "18");
    assert_eq!(story.state.next_timer(&story.book), Some(at(date(2026, 2, 10), 8, 0)));
    // Until the same evening there is no morning in between, and nothing to be missed.
    let story = Story::working(Track::Question).at(at(date(2026, 2, 9), 9, 0)).then(handler(TAX), ask(end(date(2026, 2, 9))), "18");
    assert_eq!(story.state.next_timer(&story.book), Some(end(date(2026, 2, 9))));
    story.at(at(date(2026, 2, 10), 0, 1)).then(Actor::SYSTEM, Action::InfoExpired, "8");
}

#[test]
fn reminders_that_the_program_slept_through_come_once_and_leave_time() {
    let require = Action::RequireProof { track: Track::Conduct };
    let story = Story::begin().then(operator(), Action::StartScreening, "5").then(Actor::SYSTEM, require, "2");
    assert_eq!(story.state.next_timer(&story.book), Some(at(date(2026, 2, 6), 8, 0)));
    // Both mornings passed: one reminder for both, the date stays.
    let both = Story { state: story.state.clone(), now: at(date(2026, 2, 11), 9, 0), book: book() }.then(Actor::SYSTEM, remind(), "34");
    assert_eq!(both.attempt(Actor::SYSTEM, remind()), Err(guard(GuardCode::NotYetDue)));
    assert_eq!(both.state.next_timer(&both.book), Some(end(date(2026, 2, 12))));
    // Even the last day passed: nobody is withdrawn who was not reminded.
    let story = story.at(at(date(2026, 2, 23), 9, 0)).then(Actor::SYSTEM, remind(), "34");
    assert_eq!(story.state.next_timer(&story.book), Some(end(date(2026, 2, 25))), "two working days, as the last reminder leaves");
    assert_eq!(story.attempt(Actor::SYSTEM, Action::ProofExpired), Err(guard(GuardCode::NotYetDue)));
    story.at(at(date(2026, 2, 26), 0, 1)).then(Actor::SYSTEM, Action::ProofExpired, "4");
}

#[test]
fn silence_closes_and_a_late_reply_reopens() {
    let story = Story::begin()
        .then(operator(), Action::StartScreening, "5")
        .then(operator(), ask(at(date(2026, 2, 9), 17, 0)), "6")
        .at(at(date(2026, 2, 6), 8, 0))
        .then(Actor::SYSTEM, remind(), "34")
        .at(at(date(2026, 2, 10), 8, 0))
        .then(Actor::SYSTEM, Action::InfoExpired, "8");
    assert_eq!((story.state.label(), story.state.outcome), (Label::Closed, Some(Outcome::NoReply)));
    let reopen = Action::Reopen { reason: "Tôi gửi tờ khai".into(), rating: None };
    let late = Story { state: story.state.clone(), now: at(date(2026, 3, 13), 0, 1), book: book() };
    assert_eq!(late.attempt(Actor::SENDER, reopen.clone()), Err(guard(GuardCode::ReopenTooLate)));
    let story =
        story.at(at(date(2026, 3, 12), 10, 0)).then(Actor::SENDER, reopen, "26").then(operator(), route_to(Track::Question, TAX), "12");
    assert!(!story.state.is_overdue(story.now));
}

#[test]
fn reception_ends_a_case_in_three_ways() {
    let screening = || Story::begin().then(operator(), Action::StartScreening, "5");
    let refuse = |ground, confirmed_by| Action::Refuse { ground, text: "Lý do".into(), confirmed_by };
    let alone = screening().attempt(operator(), refuse(RefusalGround::Unclear, OPERATOR));
    assert_eq!(alone, Err(guard(GuardCode::SecondPersonNeeded)));
    let complaint = refuse(RefusalGround::NotFeedback, SECOND_OPERATOR);
    assert_eq!(screening().attempt(operator(), complaint), Err(guard(GuardCode::GroundMeansGuidance)));
    let refused = screening().then(operator(), refuse(RefusalGround::Unclear, SECOND_OPERATOR), "9");
    assert_eq!(refused.state.label(), Label::Refused);
    let guide = |track| Action::Guide { track, to: "Thanh tra Thành phố".into() };
    let handled = screening().attempt(operator(), guide(Some(Track::Question)));
    assert_eq!(handled, Err(guard(GuardCode::TrackHandledHere)));
    let guided = screening().then(operator(), guide(Some(Track::Denunciation)), "10");
    assert!(guided.state.sealed && guided.state.sealed_receivers.contains(&OPERATOR));
    let routed = screening().attempt(operator(), route_to(Track::Complaint, TAX));
    assert_eq!(routed, Err(guard(GuardCode::TrackNotHandledHere)));
    let merge = Action::Merge { master: ID, master_open: true };
    let merged = screening().then(operator(), merge.clone(), "11");
    assert_eq!((merged.state.label(), merged.state.merged_into), (Label::Merged, Some(ID)));
    let own = merged.then(Actor::SENDER, Action::Object, "11b");
    assert_eq!(own.state.responsible_agency(), Some(CITY));
    let twice = own.then(operator(), merge, "11").attempt(Actor::SENDER, Action::Object);
    assert_eq!(twice, Err(guard(GuardCode::ObjectionUsed)));
}

#[test]
fn two_returns_then_the_city_leader_decides() {
    let back = |proposed| Action::Return { reason: "Không thuộc thẩm quyền".into(), proposed };
    let reroute = |lead| Action::Reroute { lead, lead_competent: true, co: vec![], why: "đề nghị".into() };
    let story = Story::routed(Track::Question);
    let due = story.state.due;
    let story = story.then(coordinator(TAX), back(Some(CUSTOMS)), "14");
    assert_eq!((story.state.label(), story.state.responsible_agency()), (Label::Bounced, Some(TAX)));
    let story = story.then(operator(), reroute(CUSTOMS), "15").then(coordinator(CUSTOMS), back(None), "14");
    assert_eq!(story.attempt(operator(), reroute(TAX)), Err(guard(GuardCode::CityLeaderDecides)));
    let story = story.then(city_leader(), reroute(TAX), "15");
    assert_eq!(story.attempt(coordinator(TAX), back(None)), Err(guard(GuardCode::TooManyBounces)));
    assert_eq!(story.state.due, due);
    let late = Story::routed(Track::Question).at(at(date(2026, 2, 7), 0, 1));
    assert_eq!(late.attempt(coordinator(TAX), back(None)), Err(guard(GuardCode::BounceTooLate)));
    let other = Story::routed(Track::Question).attempt(coordinator(CUSTOMS), back(None));
    assert_eq!(other, Err(guard(GuardCode::NotYourAgency)));
}

#[test]
fn a_date_is_extended_once_before_it_is_over() {
    let extend = |day| Action::Extend { until: at(day, 17, 0), reason: "Chờ xác minh".into() };
    let story = Story::working(Track::Question);
    let earlier = story.attempt(leader(TAX), extend(date(2026, 2, 12)));
    assert_eq!(earlier, Err(guard(GuardCode::DateNotLater)));
    let late = Story::working(Track::Question).at(at(date(2026, 2, 24), 0, 0));
    assert_eq!(late.attempt(leader(TAX), extend(date(2026, 3, 2))), Err(guard(GuardCode::PastDue)));
    let story = story.then(leader(TAX), extend(date(2026, 3, 2)), "19");
    assert_eq!(story.state.due_original.map(local_date), Some(date(2026, 2, 23)));
    let again = story.attempt(leader(TAX), extend(date(2026, 3, 9)));
    assert_eq!(again, Err(guard(GuardCode::AlreadyExtended)));
}

#[test]
fn a_correction_counts_again_from_receipt() {
    let correct = |track| Action::Correct { track, field: "tax".into(), urgency: Urgency::Normal, reason: "sai tuyến".into() };
    let story = Story::working(Track::Question);
    assert_eq!(story.attempt(operator(), correct(Track::Question)), Err(guard(GuardCode::NothingChanged)));
    let story = story.then(operator(), correct(Track::Field), "12b");
    assert_eq!(story.state.due_date(), Some(date(2026, 2, 12)));
    assert_eq!(story.state.due_original.map(local_date), Some(date(2026, 2, 23)));
}

#[test]
fn other_agencies_are_asked_inside_the_same_total() {
    let sub = |id| Action::SubRequest { id, agency: CUSTOMS, text: "Ý kiến?".into(), due: None };
    let story = Story::working(Track::Question).then(handler(TAX), sub(ID), "16").then(handler(TAX), sub(Uuid::nil()), "16");
    assert_eq!(story.state.label(), Label::Coord);
    let total = story.state.due.unwrap().duration_since(story.now);
    assert_eq!(story.state.open_subrequests[0].due.duration_since(story.now), total / 3);
    let done = |id, expired| Action::SubRequestDone { id, expired };
    let early = story.attempt(Actor::SYSTEM, done(ID, true));
    assert_eq!(early, Err(guard(GuardCode::NotYetDue)));
    let story = story.then(Actor::SYSTEM, done(ID, false), "17").then(Actor::SYSTEM, done(Uuid::nil(), false), "17");
    assert_eq!(story.state.label(), Label::Working);
}

#[test]
fn an_answer_that_misses_the_point_comes_back() {
    let back = Action::SendBack { reason: "Chưa trả lời câu hỏi".into() };
    let publish = Action::Publish { checklist_passed: true, anonymised_question: true };
    let published = Story::answered(Track::Question).then(publisher(), publish, "29");
    assert_eq!(published.attempt(operator(), back.clone()), Err(guard(GuardCode::WasPublished)));
    let story = Story::answered(Track::Question).then(operator(), back, "22");
    assert_eq!((story.state.label(), story.state.due_date()), (Label::Working, Some(date(2026, 2, 9))));
}

#[test]
fn reopening_gives_half_and_at_least_two_working_days() {
    let reopen = |rating| Action::Reopen { reason: "Chưa đạt".into(), rating };
    let story = Story::answered(Track::Question);
    let content = story.attempt(Actor::SENDER, reopen(Some(3)));
    assert_eq!(content, Err(guard(GuardCode::RatingTooHigh)));
    let story = story.then(Actor::SENDER, reopen(Some(2)), "26");
    // Half of 7 working days, rounded up.
    assert_eq!(story.state.due_date(), Some(date(2026, 2, 11)));
    assert_eq!(story.state.reopen_count, 1);
    let urgent = Story::answered(Track::Field).then(Actor::SENDER, reopen(None), "26");
    assert_eq!(urgent.state.due_date(), Some(date(2026, 2, 10)));
    let mut worn = Story::answered(Track::Question);
    worn.state.reopen_count = 2;
    assert_eq!(worn.attempt(Actor::SENDER, reopen(None)), Err(guard(GuardCode::ReopenTooOften)));
    worn.then(city_leader(), reopen(None), "26");
}

#[test]
fn a_pledge_has_its_own_clock() {
    let due = at(date(2026, 3, 2), 17, 0);
    let pledge = Action::Pledge { id: ID, text: "Hoàn tiền".into(), due, owner: LEADER };
    let story = Story::answered(Track::Question).then(leader(TAX), pledge, "23");
    assert_eq!(story.state.label(), Label::Pledge);
    let missed = |day| Action::PledgeMissed { id: ID, new_due: Some(at(day, 17, 0)) };
    let early = story.attempt(Actor::SYSTEM, missed(date(2026, 3, 9)));
    assert_eq!(early, Err(guard(GuardCode::NotYetDue)));
    let story = story.at(at(date(2026, 3, 3), 0, 0)).then(Actor::SYSTEM, missed(date(2026, 3, 9)), "25");
    let story = story.at(at(date(2026, 3, 10), 0, 0));
    let third = story.attempt(Actor::SYSTEM, missed(date(2026, 3, 20)));
    assert_eq!(third, Err(guard(GuardCode::AlreadyMoved)));
    let bare = story.attempt(handler(TAX), Action::PledgeKept { id: ID, proof: false });
    assert_eq!(bare, Err(guard(GuardCode::ProofMissing)));
    let story = story.then(handler(TAX), Action::PledgeKept { id: ID, proof: true }, "24");
    assert_eq!(story.state.label(), Label::Closed);
}

#[test]
fn silence_closes_an_answered_case() {
    let story = Story::answered(Track::Question).at(at(date(2026, 2, 20), 23, 0));
    let close = Action::Close { rating: None };
    assert_eq!(story.attempt(Actor::SYSTEM, close.clone()), Err(guard(GuardCode::NotYetDue)));
    story.at(at(date(2026, 2, 21), 0, 0)).then(Actor::SYSTEM, close, "27");
}

#[test]
fn a_published_answer_may_serve_again() {
    let again = Action::AnswerFromPublished { answer_id: ID, track: Track::Question, field: "tax".into() };
    let story = Story::begin().then(operator(), Action::StartScreening, "5").then(operator(), again, "31");
    assert_eq!((story.state.label(), story.state.responsible_agency()), (Label::Answered, Some(CITY)));
    let not_right = Action::NotRight { reason: "Chưa đúng".into() };
    let story = story.then(Actor::SENDER, not_right.clone(), "31b");
    assert_eq!(story.state.label(), Label::Screen);
    let own = Story::answered(Track::Question).attempt(Actor::SENDER, not_right);
    assert!(own.is_err());
}

#[test]
fn a_sealed_case_is_not_published_and_not_withdrawn() {
    let publish = Action::Publish { checklist_passed: true, anonymised_question: true };
    let seal = Action::Seal { receivers: [LEADER].into(), reason: "có tố cáo".into() };
    let story = Story::answered(Track::Question).then(publisher(), publish.clone(), "29");
    let story = story.then(operator(), seal, "32");
    assert_eq!(story.state.published_at, None);
    assert_eq!(story.attempt(publisher(), publish), Err(guard(GuardCode::Sealed)));
    assert_eq!(story.attempt(Actor::SENDER, Action::Withdraw), Err(guard(GuardCode::Sealed)));
}

#[test]
fn the_calendar_moves_a_promise_only_later() {
    let mut story = Story::working(Track::Question);
    assert_eq!(story.attempt(Actor::SYSTEM, Action::CalendarChanged), Err(guard(GuardCode::NothingChanged)));
    let mut rows: Vec<_> = story.book.calendar.rows().cloned().collect();
    let mut storm = rows[0].clone();
    storm.date = date(2026, 2, 10);
    storm.kind = domain::calendar::DayKind::Closed;
    rows.push(storm);
    story.book.calendar = domain::calendar::Calendar::new(rows);
    let story = story.then(Actor::SYSTEM, Action::CalendarChanged, "33");
    assert_eq!(story.state.due_date(), Some(date(2026, 2, 24)));
    let story = Story { book: book(), ..story };
    let earlier = story.attempt(Actor::SYSTEM, Action::CalendarChanged);
    assert_eq!(earlier, Err(guard(GuardCode::NothingChanged)));
}
