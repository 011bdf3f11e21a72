//! The effect of each action; the row's label and role have been checked.

mod answer;
mod clock;
mod handling;
mod reception;

use jiff::Timestamp;

use super::action::{Action, GuardCode};
use super::decide::Actor;
use super::stage::{Outcome, Stage};
use super::state::CaseState;
use crate::deadline::RuleBook;

pub use clock::due_by_rule;

/// What every step is told.
struct Moment<'a> {
    actor: &'a Actor,
    now: Timestamp,
    book: &'a RuleBook,
}

type Done = Result<(), GuardCode>;

pub(super) fn apply(state: &mut CaseState, action: &Action, actor: &Actor, now: Timestamp, book: &RuleBook) -> Done {
    let at = Moment { actor, now, book };
    match action {
        Action::RequireProof { track } => reception::require_proof(state, *track, &at),
        Action::ProofGiven => reception::proof_given(state, &at),
        Action::ProofExpired => reception::proof_expired(state, &at),
        Action::StartScreening => reception::start_screening(state, &at),
        Action::AskInfo { question, until } => clock::ask(state, question, *until, &at),
        Action::InfoArrived => clock::resume(state, &at),
        Action::InfoExpired => clock::info_expired(state, &at),
        Action::Refuse { ground, text, confirmed_by } => reception::refuse(state, *ground, text, *confirmed_by, &at),
        Action::Guide { track, to } => reception::guide(state, *track, to, &at),
        Action::Merge { master, master_open } => reception::merge(state, *master, *master_open, &at),
        Action::Object => reception::object(state),
        Action::Route { track, field, urgency, lead, lead_competent, co, why } => {
            let what = reception::Placing { track: *track, field, urgency: *urgency };
            reception::route(state, &what, *lead, *lead_competent, co, why, &at)
        }
        Action::Correct { track, field, urgency, reason } => {
            let what = reception::Placing { track: *track, field, urgency: *urgency };
            reception::correct(state, &what, reason, &at)
        }
        Action::Accept { officer } => handling::accept(state, *officer),
        Action::Assign { officer } => handling::assign(state, *officer),
        Action::Return { reason, proposed } => handling::give_back(state, reason, *proposed, &at),
        Action::Reroute { lead, lead_competent, co, why } => handling::reroute(state, *lead, *lead_competent, co, why, &at),
        Action::SubRequest { id, agency, text, due } => handling::sub_request(state, *id, *agency, text, *due, &at),
        Action::SubRequestDone { id, expired } => handling::sub_request_done(state, *id, *expired, &at),
        Action::Extend { until, reason } => clock::extend(state, *until, reason, &at),
        Action::SubmitDraft { answer_id } => answer::submit(state, *answer_id, &at),
        Action::ReturnDraft { reason } => answer::return_draft(state, reason),
        Action::ApproveDraft => answer::approve(state, &at),
        Action::SendAnswer { answer_id } => answer::send(state, *answer_id, &at),
        Action::SendBack { reason } => answer::send_back(state, reason, &at),
        Action::Pledge { id, text, due, .. } => answer::pledge(state, *id, text, *due, &at),
        Action::PledgeKept { id, proof } => answer::pledge_kept(state, *id, *proof, &at),
        Action::PledgeMissed { id, new_due } => answer::pledge_missed(state, *id, *new_due, &at),
        Action::Reopen { reason, rating } => answer::reopen(state, reason, *rating, &at),
        Action::Close { rating } => answer::close(state, *rating, &at),
        Action::Withdraw => answer::withdraw(state, &at),
        Action::Publish { checklist_passed, anonymised_question } => answer::publish(state, *checklist_passed, *anonymised_question, &at),
        Action::Unpublish { reason } => answer::unpublish(state, reason),
        Action::AnswerFromPublished { answer_id, track, field } => {
            let what = reception::Placing { track: *track, field, urgency: state.urgency };
            reception::answer_from_published(state, &what, *answer_id, &at)
        }
        Action::NotRight { reason } => answer::not_right(state, reason),
        Action::Seal { receivers, reason } => reception::seal(state, receivers, reason),
        Action::CalendarChanged => clock::calendar_changed(state, &at),
        Action::Remind { .. } => clock::remind(state, &at),
    }
}

fn ensure(holds: bool, otherwise: GuardCode) -> Done {
    if holds { Ok(()) } else { Err(otherwise) }
}

fn written(text: &str, otherwise: GuardCode) -> Done {
    ensure(!text.trim().is_empty(), otherwise)
}

fn end(state: &mut CaseState, outcome: Outcome, now: Timestamp) {
    state.stage = Stage::Closed;
    state.outcome = Some(outcome);
    state.closed_at = Some(now);
    state.waiting = None;
    state.returned = None;
    state.draft = None;
    state.open_subrequests.clear();
}

fn to_screening(state: &mut CaseState) {
    state.stage = Stage::New;
    state.screening = true;
    state.waiting = None;
    state.outcome = None;
    state.closed_at = None;
    state.answered_at = None;
}

/// Takes publication back when the case may no longer be public.
fn unpublish_if_forbidden(state: &mut CaseState) {
    if !state.may_be_public() {
        state.published_at = None;
    }
}
