//! From receipt to routing, and the ways in which reception ends a case.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::super::action::GuardCode;
use super::super::stage::{Outcome, Stage, WaitingFor};
use super::super::state::{CaseState, DueBasis, Waiting};
use super::{Done, Moment, clock, end, ensure, to_screening, unpublish_if_forbidden, written};
use crate::deadline::{self, Unit};
use crate::refusal::RefusalGround;
use crate::track::{Track, Urgency};

/// What classification decides.
pub(super) struct Placing<'a> {
    pub track: Track,
    pub field: &'a str,
    pub urgency: Urgency,
}

impl Placing<'_> {
    fn check(&self, state: &CaseState) -> Done {
        ensure(self.track.handled_here(), GuardCode::TrackNotHandledHere)?;
        ensure(state.identity_proven || !self.track.needs_identity(), GuardCode::ContactUnproven)?;
        written(self.field, GuardCode::FieldMissing)
    }

    fn put(&self, state: &mut CaseState) {
        state.track = Some(self.track);
        state.field = Some(self.field.to_owned());
        state.urgency = self.urgency;
        unpublish_if_forbidden(state);
    }
}

pub(super) fn require_proof(state: &mut CaseState, track: Track, at: &Moment<'_>) -> Done {
    let needed = track.needs_identity() && !state.identity_proven;
    ensure(needed, GuardCode::ProofNotNeeded)?;
    let days = at.book.limits.proof_working_days;
    let until = deadline::count(&at.book.calendar, days, Unit::WorkingDay, at.now, &[]);
    state.track = Some(track);
    state.stage = Stage::Waiting;
    state.waiting = Some(Waiting {
        for_what: WaitingFor::Proof,
        until,
        resume_to: Stage::New,
        paused_since: at.now,
        asked_by_handler: false,
        reminders: 0,
    });
    unpublish_if_forbidden(state);
    Ok(())
}

pub(super) fn proof_given(state: &mut CaseState, at: &Moment<'_>) -> Done {
    state.identity_proven = true;
    state.screening = true;
    clock::resume(state, at)
}

pub(super) fn proof_expired(state: &mut CaseState, at: &Moment<'_>) -> Done {
    let over = state.waiting.as_ref().is_some_and(|waiting| at.now > waiting.until);
    ensure(over, GuardCode::NotYetDue)?;
    ensure(state.next_reminder(at.book).is_none(), GuardCode::RemindersMissing)?;
    end(state, Outcome::Withdrawn, at.now);
    Ok(())
}

pub(super) fn start_screening(state: &mut CaseState, at: &Moment<'_>) -> Done {
    state.screening = true;
    state.screening_by = at.actor.officer;
    Ok(())
}

pub(super) fn refuse(state: &mut CaseState, ground: RefusalGround, text: &str, confirmed_by: Uuid, at: &Moment<'_>) -> Done {
    ensure(!ground.means_guidance(), GuardCode::GroundMeansGuidance)?;
    written(text, GuardCode::TextMissing)?;
    let officer = at.actor.officer.ok_or(GuardCode::OfficerMissing)?;
    ensure(officer != confirmed_by, GuardCode::SecondPersonNeeded)?;
    end(state, Outcome::Refused, at.now);
    Ok(())
}

pub(super) fn guide(state: &mut CaseState, track: Option<Track>, to: &str, at: &Moment<'_>) -> Done {
    written(to, GuardCode::TextMissing)?;
    if let Some(track) = track {
        ensure(!track.handled_here(), GuardCode::TrackHandledHere)?;
        if track.sealed() {
            let officer = at.actor.officer.ok_or(GuardCode::OfficerMissing)?;
            state.sealed = true;
            state.sealed_receivers.insert(officer);
        }
        state.track = Some(track);
        unpublish_if_forbidden(state);
    }
    end(state, Outcome::Guided, at.now);
    Ok(())
}

pub(super) fn merge(state: &mut CaseState, master: Uuid, master_open: bool, at: &Moment<'_>) -> Done {
    ensure(master_open, GuardCode::MasterClosed)?;
    end(state, Outcome::Merged, at.now);
    state.merged_into = Some(master);
    Ok(())
}

pub(super) fn object(state: &mut CaseState) -> Done {
    ensure(!state.objected, GuardCode::ObjectionUsed)?;
    state.objected = true;
    state.merged_into = None;
    to_screening(state);
    Ok(())
}

pub(super) fn route(
    state: &mut CaseState,
    what: &Placing<'_>,
    lead: Uuid,
    lead_competent: bool,
    co: &[Uuid],
    why: &str,
    at: &Moment<'_>,
) -> Done {
    what.check(state)?;
    written(why, GuardCode::ReasonMissing)?;
    ensure(lead_competent, GuardCode::LeadNotCompetent)?;
    what.put(state);
    state.stage = Stage::Routed;
    state.lead = Some(lead);
    state.co_agencies = others(lead, co);
    state.routed_at = Some(at.now);
    clock::promise(state, at);
    Ok(())
}

/// A date won by extension, sending back or reopening stays; the rule's own date is computed
/// again from receipt.
pub(super) fn correct(state: &mut CaseState, what: &Placing<'_>, reason: &str, at: &Moment<'_>) -> Done {
    written(reason, GuardCode::ReasonMissing)?;
    what.check(state)?;
    let same = state.track == Some(what.track) && state.field.as_deref() == Some(what.field) && state.urgency == what.urgency;
    ensure(!same, GuardCode::NothingChanged)?;
    what.put(state);
    if matches!(state.due_basis, None | Some(DueBasis::Rule)) {
        clock::promise(state, at);
    }
    Ok(())
}

pub(super) fn answer_from_published(state: &mut CaseState, what: &Placing<'_>, answer_id: Uuid, at: &Moment<'_>) -> Done {
    what.check(state)?;
    what.put(state);
    state.stage = Stage::Answered;
    state.answer_id = Some(answer_id);
    state.answered_at = Some(at.now);
    Ok(())
}

pub(super) fn seal(state: &mut CaseState, receivers: &BTreeSet<Uuid>, reason: &str) -> Done {
    ensure(!state.sealed, GuardCode::Sealed)?;
    written(reason, GuardCode::ReasonMissing)?;
    ensure(!receivers.is_empty(), GuardCode::ReceiversMissing)?;
    state.sealed = true;
    state.sealed_receivers.clone_from(receivers);
    unpublish_if_forbidden(state);
    Ok(())
}

/// Co-agencies without the lead and without repeats, in the order given.
pub(super) fn others(lead: Uuid, co: &[Uuid]) -> Vec<Uuid> {
    let mut kept: Vec<Uuid> = Vec::new();
    for agency in co {
        if *agency != lead && !kept.contains(agency) {
            kept.push(*agency);
        }
    }
    kept
}
