//! Drafting, approving, pledging, closing, reopening, publishing.

use jiff::Timestamp;
use uuid::Uuid;

use super::super::action::GuardCode;
use super::super::stage::{Outcome, Role, Stage};
use super::super::state::{CaseState, Draft, DueBasis, OpenPledge};
use super::{Done, Moment, clock, end, ensure, to_screening, written};
use crate::deadline::{self, Unit};
use crate::time::{last_moment_of, local_date, plus_days};
use crate::track::Publishable;
use crate::visibility::Visibility;

pub(super) fn submit(state: &mut CaseState, answer_id: Uuid, at: &Moment<'_>) -> Done {
    let by = at.actor.officer.ok_or(GuardCode::OfficerMissing)?;
    state.stage = Stage::Approval;
    state.draft = Some(Draft { by, at: at.now, answer_id });
    Ok(())
}

pub(super) fn return_draft(state: &mut CaseState, reason: &str) -> Done {
    written(reason, GuardCode::ReasonMissing)?;
    state.stage = Stage::Working;
    state.draft = None;
    Ok(())
}

pub(super) fn approve(state: &mut CaseState, at: &Moment<'_>) -> Done {
    let field_track = state.track.is_some_and(|track| track.answers_directly());
    let officer = at.actor.officer.ok_or(GuardCode::OfficerMissing)?;
    ensure(field_track || at.actor.role == Role::Leader, GuardCode::NeedsLeader)?;
    let draft = state.draft.take().ok_or(GuardCode::TextMissing)?;
    ensure(field_track || draft.by != officer, GuardCode::SamePerson)?;
    answered(state, draft.answer_id, at);
    Ok(())
}

pub(super) fn send(state: &mut CaseState, answer_id: Uuid, at: &Moment<'_>) -> Done {
    ensure(at.actor.officer.is_some(), GuardCode::OfficerMissing)?;
    let field_track = state.track.is_some_and(|track| track.answers_directly());
    ensure(field_track, GuardCode::NeedsLeader)?;
    answered(state, answer_id, at);
    Ok(())
}

fn answered(state: &mut CaseState, answer_id: Uuid, at: &Moment<'_>) {
    state.stage = Stage::Answered;
    state.answer_id = Some(answer_id);
    state.answered_at = Some(at.now);
}

/// Back to the lead, or to screening where no agency ever had the case.
fn back_to_work(state: &mut CaseState) {
    if state.lead.is_none() {
        to_screening(state);
        return;
    }
    state.stage = Stage::Working;
    state.outcome = None;
    state.closed_at = None;
    state.answered_at = None;
}

pub(super) fn send_back(state: &mut CaseState, reason: &str, at: &Moment<'_>) -> Done {
    written(reason, GuardCode::ReasonMissing)?;
    ensure(state.published_at.is_none(), GuardCode::WasPublished)?;
    back_to_work(state);
    if state.lead.is_some() {
        let calendar = at.book.calendar_of(state.lead);
        let days = at.book.limits.send_back_working_days;
        state.due = Some(deadline::count(calendar, days, Unit::WorkingDay, at.now, &[]));
        state.due_basis = Some(DueBasis::SentBack);
    }
    Ok(())
}

pub(super) fn not_right(state: &mut CaseState, reason: &str) -> Done {
    written(reason, GuardCode::ReasonMissing)?;
    // With a lead the answer was its own: the sender reopens instead.
    ensure(state.lead.is_none(), GuardCode::NothingChanged)?;
    to_screening(state);
    Ok(())
}

pub(super) fn pledge(state: &mut CaseState, id: Uuid, text: &str, due: Timestamp, at: &Moment<'_>) -> Done {
    written(text, GuardCode::TextMissing)?;
    ensure(due > at.now, GuardCode::DateNotLater)?;
    state.open_pledges.push(OpenPledge { id, due, moved: false });
    Ok(())
}

fn pledge_at(state: &CaseState, id: Uuid) -> Result<usize, GuardCode> {
    let found = state.open_pledges.iter().position(|pledge| pledge.id == id);
    found.ok_or(GuardCode::PledgeUnknown)
}

pub(super) fn pledge_kept(state: &mut CaseState, id: Uuid, proof: bool, at: &Moment<'_>) -> Done {
    let index = pledge_at(state, id)?;
    ensure(proof, GuardCode::ProofMissing)?;
    state.open_pledges.remove(index);
    if state.open_pledges.is_empty() {
        end(state, Outcome::Done, at.now);
    }
    Ok(())
}

pub(super) fn pledge_missed(state: &mut CaseState, id: Uuid, new_due: Option<Timestamp>, at: &Moment<'_>) -> Done {
    let index = pledge_at(state, id)?;
    let pledge = &mut state.open_pledges[index];
    ensure(at.now > pledge.due, GuardCode::NotYetDue)?;
    if let Some(due) = new_due {
        ensure(!pledge.moved, GuardCode::AlreadyMoved)?;
        ensure(due > at.now, GuardCode::DateNotLater)?;
        pledge.due = due;
        pledge.moved = true;
    }
    Ok(())
}

pub(super) fn reopen(state: &mut CaseState, reason: &str, rating: Option<u8>, at: &Moment<'_>) -> Done {
    let limits = &at.book.limits;
    written(reason, GuardCode::ReasonMissing)?;
    if let Some(rating) = rating {
        ensure((1..=5).contains(&rating), GuardCode::RatingOutOfRange)?;
        ensure(rating <= limits.reopen_rating, GuardCode::RatingTooHigh)?;
    }
    if at.actor.role == Role::Sender {
        ensure(state.reopen_count < limits.reopen_max, GuardCode::ReopenTooOften)?;
        let since = state.closed_at.max(state.answered_at);
        let in_time = since.is_none_or(|since| at.now <= days_after(since, limits.reopen_days));
        ensure(in_time, GuardCode::ReopenTooLate)?;
    }
    // Closed because the sender was silent: the wait went on until now.
    if state.outcome == Some(Outcome::NoReply)
        && let Some(pause) = state.pauses.last_mut()
    {
        pause.until = at.now;
    }
    state.reopen_count += 1;
    back_to_work(state);
    if state.lead.is_some()
        && let Some(promise) = state.promise
    {
        state.due = Some(clock::half(state, promise, at));
        state.due_basis = Some(DueBasis::Reopened);
    }
    Ok(())
}

fn days_after(since: Timestamp, days: u32) -> Timestamp {
    last_moment_of(plus_days(local_date(since), i64::from(days)))
}

pub(super) fn close(state: &mut CaseState, rating: Option<u8>, at: &Moment<'_>) -> Done {
    match (at.actor.role, rating) {
        (Role::Sender, Some(rating)) => {
            ensure((1..=5).contains(&rating), GuardCode::RatingOutOfRange)?;
        }
        (Role::Sender, None) => return Err(GuardCode::RatingMissing),
        _ => {
            let silent = state.silence_ends(at.book).is_some_and(|last| at.now > last);
            ensure(silent, GuardCode::NotYetDue)?;
        }
    }
    end(state, Outcome::Done, at.now);
    Ok(())
}

pub(super) fn withdraw(state: &mut CaseState, at: &Moment<'_>) -> Done {
    ensure(!state.sealed, GuardCode::Sealed)?;
    end(state, Outcome::Withdrawn, at.now);
    Ok(())
}

pub(super) fn publish(state: &mut CaseState, checklist_passed: bool, anonymised_question: bool, at: &Moment<'_>) -> Done {
    ensure(!state.sealed, GuardCode::Sealed)?;
    ensure(state.published_at.is_none(), GuardCode::AlreadyPublished)?;
    ensure(state.may_be_public(), GuardCode::NotPublishable)?;
    ensure(checklist_passed, GuardCode::RedactionMissing)?;
    let chose_public = state.visibility == Visibility::Public;
    match state.track.map(|track| track.publishable()) {
        Some(Publishable::WithConsent) => ensure(chose_public, GuardCode::SenderRefused)?,
        Some(Publishable::AsQuestion) => ensure(anonymised_question, GuardCode::RedactionMissing)?,
        _ => ensure(chose_public || anonymised_question, GuardCode::SenderRefused)?,
    }
    state.published_at = Some(at.now);
    Ok(())
}

pub(super) fn unpublish(state: &mut CaseState, reason: &str) -> Done {
    ensure(state.published_at.is_some(), GuardCode::NotPublished)?;
    written(reason, GuardCode::ReasonMissing)?;
    state.published_at = None;
    Ok(())
}
