//! What a message in a chat does.

use domain::chat::{Asked, Facts, Intent, JoinAnswer, OwnCase, Spans, Step, Talk, decide};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

const SPANS: Spans = Spans { gather: SignedDuration::from_secs(30), join: SignedDuration::from_hours(24) };

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

fn case(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn own(number: u128, written: i64) -> OwnCase {
    OwnCase { id: case(number), open: true, in_reception: true, answered: false, written_at: at(written) }
}

fn step(intent: Intent, talk: &Talk, cases: &[OwnCase], now: i64) -> Step {
    decide(&facts(intent, talk, cases, now), &SPANS)
}

fn facts<'a>(intent: Intent, talk: &'a Talk, own: &'a [OwnCase], now: i64) -> Facts<'a> {
    Facts { intent, talk, own, replied: None, own_code: None, holds_tax_code: false, holds_ward: false, now: at(now) }
}

#[test]
fn free_text_begins_a_case_and_a_greeting_only_a_question() {
    let talk = Talk::default();
    assert_eq!(step(Intent::Words, &talk, &[], 0), Step::Begin);
    assert_eq!(step(Intent::Greeting, &talk, &[], 0), Step::AskMatter);
    assert_eq!(step(Intent::Wordless, &talk, &[], 0), Step::AskMatter);
    let asked = Talk { asked: Some(Asked::Matter), ..Talk::default() };
    assert_eq!(step(Intent::Words, &asked, &[], 5), Step::Begin);
}

#[test]
fn messages_within_half_a_minute_are_one_report() {
    let talk = Talk { case: Some(case(1)), written_at: Some(at(0)), ..Talk::default() };
    for intent in [Intent::Words, Intent::Wordless, Intent::Greeting] {
        let said = step(intent, &talk, &[own(1, 0)], 30);
        assert_eq!(said, Step::Join { case: case(1), answer: JoinAnswer::Nothing });
    }
    let later = step(Intent::Words, &talk, &[own(1, 0)], 31);
    assert_eq!(later, Step::Join { case: case(1), answer: JoinAnswer::AddedByGuess });
}

#[test]
fn the_case_is_found_in_the_order_reply_code_one_open_else_new() {
    let talk = Talk::default();
    let cases = [own(1, 0), own(2, -100)];
    let replied = Facts { replied: Some(case(2)), own_code: Some(case(1)), ..facts(Intent::Words, &talk, &cases, 3600) };
    assert_eq!(decide(&replied, &SPANS), Step::Join { case: case(2), answer: JoinAnswer::Added });
    let coded = Facts { own_code: Some(case(1)), ..facts(Intent::Words, &talk, &cases, 3600) };
    assert_eq!(decide(&coded, &SPANS), Step::Join { case: case(1), answer: JoinAnswer::Added });
    assert_eq!(step(Intent::Words, &talk, &cases, 3600), Step::Begin, "two open cases: nobody can tell");
    assert_eq!(step(Intent::Words, &talk, &cases[..1], 86_400), Step::Join { case: case(1), answer: JoinAnswer::AddedByGuess });
    assert_eq!(step(Intent::Words, &talk, &cases[..1], 86_401), Step::Begin, "a day later it is another matter");
}

#[test]
fn another_matter_takes_the_guess_back() {
    let talk = Talk { case: Some(case(1)), joined: Some(case(9)), ..Talk::default() };
    assert_eq!(step(Intent::OtherMatter, &talk, &[own(1, 0)], 60), Step::Separate { message: case(9), from: case(1) });
    assert_eq!(step(Intent::OtherMatter, &Talk::default(), &[], 60), Step::AskMatter);
}

#[test]
fn no_to_the_proposal_lets_the_sender_choose() {
    let talk = Talk { asked: Some(Asked::TaxCode { case: case(1) }), ..Talk::default() };
    assert_eq!(step(Intent::No, &talk, &[own(1, 0)], 60), Step::OfferFields { case: case(1) });
    let offered = Talk { asked: Some(Asked::Field { case: case(1), fields: vec!["tax".into(), "land".into()] }), ..Talk::default() };
    let take = |number| step(Intent::Number(number), &offered, &[own(1, 0)], 60);
    assert_eq!(take(2), Step::TakeField { case: case(1), field: Some("land".into()) });
    assert_eq!(take(3), Step::TakeField { case: case(1), field: None });
    assert_ne!(take(4), Step::TakeField { case: case(1), field: None });
    let routed = OwnCase { in_reception: false, ..own(1, 0) };
    assert_ne!(step(Intent::No, &talk, &[routed], 60), Step::OfferFields { case: case(1) }, "a person has routed it");
}

#[test]
fn an_answer_is_rated_and_a_low_score_asks_why() {
    let answered = OwnCase { answered: true, ..own(1, 0) };
    let talk = Talk { asked: Some(Asked::Score { case: case(1) }), ..Talk::default() };
    assert_eq!(step(Intent::Number(5), &talk, &[answered], 60), Step::Rate { case: case(1), score: 5 });
    assert_eq!(step(Intent::Number(2), &talk, &[answered], 60), Step::AskReason { case: case(1), score: 2 });
    let why = Talk { asked: Some(Asked::Reason { case: case(1), score: 2 }), ..Talk::default() };
    assert_eq!(step(Intent::Words, &why, &[answered], 60), Step::Reopen { case: case(1), score: 2 });
    assert_eq!(step(Intent::NotDone, &Talk::default(), &[answered], 60), Step::AskReason { case: case(1), score: 1 });
    assert_eq!(step(Intent::Words, &talk, &[answered], 60), Step::Begin, "words after an answer are a new matter");
}

fn intents() -> impl Strategy<Value = Intent> {
    prop_oneof![
        Just(Intent::Wordless),
        Just(Intent::Greeting),
        Just(Intent::Thanks),
        Just(Intent::Yes),
        Just(Intent::No),
        Just(Intent::Skip),
        Just(Intent::OtherMatter),
        Just(Intent::Status),
        Just(Intent::Stop),
        Just(Intent::NotDone),
        (0u8..=99).prop_map(Intent::Number),
        (1u8..=5).prop_map(|score| Intent::Rate { code: "2640719235".parse().unwrap(), score }),
        Just(Intent::Words),
    ]
}

fn asked() -> impl Strategy<Value = Option<Asked>> {
    let id = || (1u128..5).prop_map(Uuid::from_u128);
    prop_oneof![
        Just(None),
        Just(Some(Asked::Matter)),
        id().prop_map(|case| Some(Asked::TaxCode { case })),
        id().prop_map(|case| Some(Asked::Field { case, fields: vec!["tax".into()] })),
        id().prop_map(|case| Some(Asked::Score { case })),
        id().prop_map(|case| Some(Asked::Reason { case, score: 1 })),
    ]
}

proptest! {
    /// A step never touches a case that is not the sender's, and never begins one without words.
    #[test]
    fn only_own_cases_are_touched(
        intent in intents(),
        asked in asked(),
        cases in proptest::collection::vec((1u128..5, any::<bool>(), any::<bool>(), any::<bool>(), -200_000i64..0), 0..4),
        last in proptest::option::of(1u128..6),
        replied in proptest::option::of(0usize..4),
    ) {
        let own: Vec<OwnCase> = cases
            .iter()
            .map(|(id, open, in_reception, answered, written)| OwnCase {
                id: case(*id), open: *open, in_reception: *in_reception, answered: *answered, written_at: at(*written),
            })
            .collect();
        let talk = Talk { asked, case: last.map(case), written_at: Some(at(-10)), ..Talk::default() };
        let replied = replied.and_then(|place| own.get(place)).map(|case| case.id);
        let facts = Facts { replied, ..facts(intent.clone(), &talk, &own, 0) };
        let step = decide(&facts, &SPANS);
        let touched = match &step {
            Step::Join { case, .. } | Step::Tell { case } | Step::Confirm { case } | Step::OfferFields { case } | Step::TakeField { case, .. }
            | Step::TakeTaxCode { case } | Step::TakeWard { case } | Step::LeaveOut { case } | Step::Rate { case, .. }
            | Step::AskReason { case, .. } | Step::Reopen { case, .. } => Some(*case),
            _ => None,
        };
        prop_assert!(touched.is_none_or(|case| own.iter().any(|own| own.id == case)), "{step:?}");
        if step == Step::Begin {
            prop_assert!(matches!(intent, Intent::Words | Intent::NotDone), "{intent:?} began a case");
        }
    }
}

#[test]
fn only_the_number_that_wrote_rates_and_a_stranger_learns_nothing() {
    let code: domain::tracking_code::TrackingCode = "2640719235".parse().unwrap();
    let rate = |score| Intent::Rate { code: code.clone(), score };
    let talk = Talk::default();
    let answered = [OwnCase { answered: true, ..own(1, 0) }];
    let mine = |score| Facts { own_code: Some(case(1)), ..facts(rate(score), &talk, &answered, 60) };
    assert_eq!(decide(&mine(5), &SPANS), Step::Rate { case: case(1), score: 5 });
    assert_eq!(decide(&mine(2), &SPANS), Step::AskReason { case: case(1), score: 2 });
    // Not answered, not one's own, not there: alike.
    let early = [own(1, 0)];
    assert_eq!(decide(&Facts { own_code: Some(case(1)), ..facts(rate(5), &talk, &early, 60) }, &SPANS), Step::CannotRate(code.clone()));
    assert_eq!(decide(&facts(rate(5), &talk, &answered, 60), &SPANS), Step::CannotRate(code.clone()));
    assert_eq!(decide(&facts(rate(5), &talk, &[], 60), &SPANS), Step::CannotRate(code));
}
