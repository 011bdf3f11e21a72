//! Random histories: whatever is tried, in whatever order, the rules hold.

use std::collections::BTreeSet;

use domain::case::{Action, Actor, CaseState, Label, Role, Stage, TRANSITIONS, available, decide};
use domain::refusal::RefusalGround;
use domain::track::{Track, Urgency};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use uuid::Uuid;

use crate::sample::*;

/// One attempt: hours that pass before it, who, what.
#[derive(Debug, Clone)]
struct Attempt {
    hours: i64,
    role: Role,
    officer: u128,
    agency: Uuid,
    kind: u8,
    track: Track,
    n: u8,
}

fn attempt() -> impl Strategy<Value = Attempt> {
    (
        prop_oneof![3 => 0i64..4, 2 => 4i64..60, 1 => 60i64..900],
        prop::sample::select(Role::ALL),
        101u128..105,
        prop::sample::select(vec![TAX, CUSTOMS]),
        0u8..36,
        prop::sample::select(Track::ALL),
        0u8..6,
    )
        .prop_map(|(hours, role, officer, agency, kind, track, n)| Attempt { hours, role, officer, agency, kind, track, n })
}

fn action(attempt: &Attempt, now: Timestamp) -> Action {
    let Attempt { track, n, agency, .. } = *attempt;
    let officer = Uuid::from_u128(100 + u128::from(n));
    let id = Uuid::from_u128(u128::from(n % 2));
    let text = || "vì".to_owned();
    let soon = now + SignedDuration::from_hours(24 * i64::from(n));
    let urgency = Urgency::ALL[usize::from(n) % Urgency::ALL.len()];
    match attempt.kind {
        0 => Action::RequireProof { track },
        1 => Action::ProofGiven,
        2 => Action::ProofExpired,
        3 | 4 => Action::StartScreening,
        5 => Action::AskInfo { question: text(), until: soon },
        6 => Action::InfoArrived,
        7 if n > 3 => Action::Remind { question: text() },
        7 => Action::InfoExpired,
        8 => Action::Refuse { ground: RefusalGround::ALL[usize::from(n)], text: text(), confirmed_by: officer },
        9 => Action::Guide { track: Some(track), to: text() },
        10 => Action::Merge { master: id, master_open: true },
        11 => Action::Object,
        12 | 13 => Action::Route { track, field: "tax".into(), urgency, lead: agency, lead_competent: n > 0, co: vec![CITY], why: text() },
        14 => Action::Correct { track, field: "land".into(), urgency, reason: text() },
        15 | 16 => Action::Accept { officer },
        17 => Action::Assign { officer },
        18 => Action::Return { reason: text(), proposed: None },
        19 => Action::Reroute { lead: agency, lead_competent: true, co: vec![], why: text() },
        20 => Action::SubRequest { id, agency, text: text(), due: None },
        21 => Action::SubRequestDone { id, expired: n > 3 },
        22 => Action::Extend { until: soon, reason: text() },
        23 => Action::SubmitDraft { answer_id: id },
        24 => Action::ReturnDraft { reason: text() },
        25 => Action::ApproveDraft,
        26 => Action::SendAnswer { answer_id: id },
        27 => Action::SendBack { reason: text() },
        28 => Action::Pledge { id, text: text(), due: soon, owner: officer },
        29 => {
            if n > 2 {
                Action::PledgeKept { id, proof: true }
            } else {
                Action::PledgeMissed { id, new_due: Some(soon) }
            }
        }
        30 => Action::Reopen { reason: text(), rating: Some(n) },
        31 => Action::Close { rating: (n > 0).then_some(n) },
        32 => {
            if n > 4 {
                Action::Withdraw
            } else {
                Action::CalendarChanged
            }
        }
        33 => Action::Publish { checklist_passed: n > 0, anonymised_question: n > 2 },
        34 => {
            if n > 2 {
                Action::Unpublish { reason: text() }
            } else {
                Action::Seal { receivers: [officer].into(), reason: text() }
            }
        }
        _ => {
            if n > 2 {
                Action::AnswerFromPublished { answer_id: id, track, field: "tax".into() }
            } else {
                Action::NotRight { reason: text() }
            }
        }
    }
}

/// Facts that hold of every state.
fn check(state: &CaseState) {
    let open = state.label() != Label::Closed && state.is_open();
    assert_eq!(state.is_open(), state.responsible_agency().is_some());
    if open {
        let expected = state.lead.unwrap_or(state.received_by);
        assert_eq!(state.responsible_agency(), Some(expected));
    }
    assert_eq!(state.stage == Stage::Closed, state.outcome.is_some());
    assert_eq!(state.stage == Stage::Waiting, state.waiting.is_some());
    assert_eq!(state.stage == Stage::Approval, state.draft.is_some());
    if matches!(state.stage, Stage::Routed | Stage::Working | Stage::Approval) {
        assert!(state.lead.is_some() && state.track.is_some_and(Track::handled_here));
        assert!(state.identity_proven || !state.track.is_some_and(Track::needs_identity));
    }
    if state.published_at.is_some() {
        assert!(!state.sealed && state.may_be_public());
    }
    assert_eq!(state.due.is_some(), state.due_basis.is_some());
    assert!(state.bounces <= 2 && state.handler_asks <= 2 && state.extensions <= 1);
    assert!(state.returned.is_none() || state.stage == Stage::Routed);
    let json = serde_json::to_string(state).unwrap();
    assert_eq!(serde_json::from_str::<CaseState>(&json).unwrap(), *state);
}

/// Lives through the attempts and checks each step; gives the numbers of the rows that happened.
fn live(attempts: &[Attempt]) -> Vec<&'static str> {
    let book = book();
    let mut state = received();
    let mut now = morning();
    let mut drafter = None;
    let mut rows = Vec::new();
    for attempt in attempts {
        now += SignedDuration::from_hours(attempt.hours);
        let action = action(attempt, now);
        let agency = if attempt.n == 5 { attempt.agency } else { state.lead.unwrap_or(CITY) };
        let officer = Uuid::from_u128(attempt.officer);
        // The drawn role first; then whoever may, so that histories grow deep.
        let roles = std::iter::once(attempt.role).chain(Role::ALL.iter().copied());
        let decided = roles
            .map(|role| Actor { role, officer: Some(officer), agency: Some(agency) })
            .find_map(|actor| Some((actor, decide(&state, &action, &actor, now, &book).ok()?)));
        let Some((actor, decision)) = decided else {
            continue;
        };
        let (before, row) = (state, decision.row);
        state = decision.state;
        rows.push(row.number);
        check(&state);

        let (from, to) = (before.label(), state.label());
        assert!(row.from.contains(&from) && row.roles.contains(&actor.role));
        let expected = if row.to.is_empty() { from == to } else { row.to.contains(&to) };
        assert!(expected, "row {} led from {from} to {to}", row.number);
        assert_eq!((decision.before.label, decision.after.label), (from, to));
        assert!(available(&before, &[actor.role]).contains(&row), "{} not offered", row.number);
        if state.due != before.due {
            assert!(row.clock.may_move_due(), "row {} moved the date", row.number);
        }
        if matches!(row.number, "33" | "7") {
            assert!(state.due >= before.due);
        }
        if before.due_original.is_some() {
            assert_eq!(state.due_original, before.due_original);
        }
        if before.sealed {
            assert!(state.sealed && state.published_at.is_none());
        }
        match row.number {
            "20" => drafter = Some(officer),
            "21" => assert!(state.track == Some(Track::Field) || drafter != Some(officer)),
            "21b" => assert_eq!(state.track, Some(Track::Field)),
            _ => {}
        }
        assert_eq!(state.received_at, before.received_at);
    }
    rows
}

fn histories() -> impl Strategy<Value = Vec<Attempt>> {
    prop::collection::vec(attempt(), 1..200)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_history_keeps_the_rules(attempts in histories()) {
        live(&attempts);
    }
}

/// The histories above are worth something only if they reach every row.
#[test]
fn histories_reach_every_row() {
    let mut runner = TestRunner::deterministic();
    let mut reached = BTreeSet::from(["1"]);
    for _ in 0..1500 {
        let attempts = histories().new_tree(&mut runner).unwrap().current();
        reached.extend(live(&attempts));
    }
    // The calendar does not change within a history; case_rows has row 33.
    reached.insert("33");
    let missing: Vec<_> = TRANSITIONS.iter().map(|row| row.number).filter(|row| !reached.contains(row)).collect();
    assert!(missing.is_empty(), "never reached: {missing:?}");
}
