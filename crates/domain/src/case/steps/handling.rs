//! Inside the agencies: accept, assign, send back, ask other agencies.

use jiff::Timestamp;
use uuid::Uuid;

use super::super::action::GuardCode;
use super::super::stage::{Role, Stage};
use super::super::state::{CaseState, Returned, SubRequest};
use super::reception::others;
use super::{Done, Moment, ensure, written};
use crate::deadline::{self, Unit};

pub(super) fn accept(state: &mut CaseState, officer: Uuid) -> Done {
    state.stage = Stage::Working;
    state.officer = Some(officer);
    Ok(())
}

pub(super) fn assign(state: &mut CaseState, officer: Uuid) -> Done {
    ensure(state.officer != Some(officer), GuardCode::NothingChanged)?;
    state.officer = Some(officer);
    Ok(())
}

pub(super) fn give_back(state: &mut CaseState, reason: &str, proposed: Option<Uuid>, at: &Moment<'_>) -> Done {
    written(reason, GuardCode::ReasonMissing)?;
    let by = state.lead.ok_or(GuardCode::NotYourAgency)?;
    ensure(proposed != Some(by), GuardCode::SameAgency)?;
    ensure(state.bounces < at.book.limits.bounces, GuardCode::TooManyBounces)?;
    let in_time = state.bounce_by(at.book).is_none_or(|last| at.now <= last);
    ensure(in_time, GuardCode::BounceTooLate)?;
    state.stage = Stage::Routed;
    state.returned = Some(Returned { by, reason: reason.to_owned(), proposed });
    state.bounces += 1;
    state.officer = None;
    Ok(())
}

pub(super) fn reroute(state: &mut CaseState, lead: Uuid, lead_competent: bool, co: &[Uuid], why: &str, at: &Moment<'_>) -> Done {
    written(why, GuardCode::ReasonMissing)?;
    ensure(lead_competent, GuardCode::LeadNotCompetent)?;
    let city_decides = state.bounces >= at.book.limits.bounces;
    ensure(!city_decides || at.actor.role == Role::CityLeader, GuardCode::CityLeaderDecides)?;
    state.returned = None;
    state.lead = Some(lead);
    state.co_agencies = others(lead, co);
    state.routed_at = Some(at.now);
    Ok(())
}

pub(super) fn sub_request(state: &mut CaseState, id: Uuid, agency: Uuid, text: &str, due: Option<Timestamp>, at: &Moment<'_>) -> Done {
    written(text, GuardCode::TextMissing)?;
    ensure(state.lead != Some(agency), GuardCode::SameAgency)?;
    let due = due.unwrap_or_else(|| share(state, at));
    ensure(due > at.now, GuardCode::DateNotLater)?;
    let running = state.due.filter(|total| *total > at.now);
    ensure(running.is_none_or(|total| due <= total), GuardCode::DateTooLate)?;
    state.open_subrequests.push(SubRequest { id, agency, due });
    Ok(())
}

/// A third of what remains; one working day where nothing remains.
fn share(state: &CaseState, at: &Moment<'_>) -> Timestamp {
    let parts = i32::try_from(at.book.limits.sub_request_share.max(1)).unwrap_or(i32::MAX);
    let calendar = at.book.calendar_of(state.lead);
    state
        .due
        .map(|due| due.duration_since(at.now) / parts)
        .filter(|part| part.is_positive())
        .and_then(|part| at.now.checked_add(part).ok())
        .unwrap_or_else(|| deadline::count(calendar, 1, Unit::WorkingDay, at.now, &[]))
}

pub(super) fn sub_request_done(state: &mut CaseState, id: Uuid, expired: bool, at: &Moment<'_>) -> Done {
    let found = state.open_subrequests.iter().position(|request| request.id == id);
    let index = found.ok_or(GuardCode::SubRequestUnknown)?;
    let over = at.now > state.open_subrequests[index].due;
    ensure(over || !expired, GuardCode::NotYetDue)?;
    state.open_subrequests.remove(index);
    Ok(())
}
