//! Pausing, resuming and moving the answer clock.

use jiff::Timestamp;

use super::super::action::GuardCode;
use super::super::stage::{Label, Outcome, Stage, WaitingFor};
use super::super::state::{CaseState, DueBasis, Promise, Waiting};
use super::{Done, Moment, end, ensure, written};
use crate::deadline::{self, Due, Pause, RuleBook, Step, Unit};

/// The due moment by the rule as it stands now, with its explanation: received date, track,
/// urgency, lead, pauses and calendar. What was promised may be later.
pub fn due_by_rule(state: &CaseState, book: &RuleBook) -> Option<Due> {
    deadline::compute_paused(book, state.track?, state.urgency, state.lead, Step::Answer, state.received_at, &state.pauses)
}

/// Row 12 and 12b: the date by the rule is promised.
pub(super) fn promise(state: &mut CaseState, at: &Moment<'_>) {
    let due = due_by_rule(state, at.book);
    state.promise =
        due.as_ref().map(|due| Promise { rule: due.explanation.rule, amount: due.explanation.amount, unit: due.explanation.unit });
    state.due = due.map(|due| due.at);
    state.due_basis = state.due.map(|_| DueBasis::Rule);
    // A case reopened before it ever had a lead would otherwise be late at once.
    if let (Some(promise), Some(due), true) = (state.promise, state.due, state.reopen_count > 0) {
        state.due = Some(due.max(half(state, promise, at)));
    }
    state.due_original = state.due_original.or(state.due);
}

pub(super) fn half(state: &CaseState, promise: Promise, at: &Moment<'_>) -> Timestamp {
    let calendar = at.book.calendar_of(state.lead);
    let floor = at.book.limits.reopen_min_working_days;
    deadline::half(calendar, promise.amount, promise.unit, floor, at.now)
}

pub(super) fn ask(state: &mut CaseState, question: &str, until: Timestamp, at: &Moment<'_>) -> Done {
    let limits = &at.book.limits;
    written(question, GuardCode::TextMissing)?;
    ensure(until > at.now, GuardCode::DateNotLater)?;
    let calendar = at.book.calendar_of(state.lead);
    let days = limits.info_max_working_days;
    let last = deadline::count(calendar, days, Unit::WorkingDay, at.now, &[]);
    ensure(until <= last, GuardCode::DateTooLate)?;
    let by_handler = state.label() != Label::Screen;
    if by_handler {
        ensure(state.handler_asks < limits.handler_asks, GuardCode::TooManyAsks)?;
        state.handler_asks += 1;
    }
    state.waiting = Some(Waiting {
        for_what: WaitingFor::Info,
        until,
        resume_to: state.stage,
        paused_since: at.now,
        asked_by_handler: by_handler,
        reminders: 0,
    });
    state.stage = Stage::Waiting;
    Ok(())
}

/// Ends the pause of a waiting case and puts it back where it stopped.
pub(super) fn resume(state: &mut CaseState, at: &Moment<'_>) -> Done {
    let Some(waiting) = state.waiting.take() else {
        return Ok(());
    };
    state.stage = waiting.resume_to;
    let pause = Pause { from: waiting.paused_since, until: at.now };
    state.pauses.push(pause);
    let Some(due) = state.due else { return Ok(()) };
    let by_rule = due_by_rule(state, at.book).filter(|_| state.due_basis == Some(DueBasis::Rule)).map(|due| due.at);
    let unit = match (state.due_basis, state.promise) {
        (Some(DueBasis::SentBack), _) | (_, None) => Unit::WorkingDay,
        (_, Some(promise)) => promise.unit,
    };
    let moved = by_rule.unwrap_or_else(|| deadline::moved(at.book.calendar_of(state.lead), due, unit, pause));
    state.due = Some(moved.max(due));
    Ok(())
}

pub(super) fn info_expired(state: &mut CaseState, at: &Moment<'_>) -> Done {
    let Some(waiting) = state.waiting.clone() else {
        return Ok(());
    };
    ensure(at.now > waiting.until, GuardCode::NotYetDue)?;
    ensure(state.next_reminder(at.book).is_none(), GuardCode::RemindersMissing)?;
    state.pauses.push(Pause { from: waiting.paused_since, until: at.now });
    end(state, Outcome::NoReply, at.now);
    Ok(())
}

/// Reminds a sender who is waited for. Days that passed unused, because the program stood still, count as one reminder; when
/// even the last day passed, the sender gets the time that the last reminder would have left.
pub(super) fn remind(state: &mut CaseState, at: &Moment<'_>) -> Done {
    let Some(waiting) = state.waiting.clone() else {
        return Ok(());
    };
    let moments = state.reminders(&waiting, at.book);
    let passed = u32::try_from(moments.iter().filter(|moment| **moment <= at.now).count()).unwrap_or(u32::MAX);
    ensure(passed > waiting.reminders, GuardCode::NotYetDue)?;
    let limits = &at.book.limits;
    let (all, apart) = match waiting.for_what {
        WaitingFor::Info => (limits.info_reminders, limits.info_reminder_working_days),
        WaitingFor::Proof => (limits.proof_reminders, limits.proof_reminder_working_days),
    };
    let over = at.now > waiting.until;
    let calendar = at.book.calendar_of(state.lead);
    let until = if over { deadline::count(calendar, apart.max(1), Unit::WorkingDay, at.now, &[]) } else { waiting.until };
    let reminders = if over { all.max(passed) } else { passed };
    state.waiting = Some(Waiting { until, reminders, ..waiting });
    Ok(())
}

pub(super) fn extend(state: &mut CaseState, until: Timestamp, reason: &str, at: &Moment<'_>) -> Done {
    written(reason, GuardCode::ReasonMissing)?;
    let due = state.due.ok_or(GuardCode::NoDueDate)?;
    ensure(!state.is_overdue(at.now), GuardCode::PastDue)?;
    ensure(state.extensions < at.book.limits.extensions, GuardCode::AlreadyExtended)?;
    ensure(until > due && until > at.now, GuardCode::DateNotLater)?;
    state.due = Some(until);
    state.due_basis = Some(DueBasis::Extended);
    state.extensions += 1;
    Ok(())
}

/// Only later, only while the rule's own date stands and no answer does.
pub(super) fn calendar_changed(state: &mut CaseState, at: &Moment<'_>) -> Done {
    let ticking = state.answered_at.is_none() && state.due_basis == Some(DueBasis::Rule);
    let due = state.due.filter(|_| ticking).ok_or(GuardCode::NothingChanged)?;
    let computed = due_by_rule(state, at.book).ok_or(GuardCode::NothingChanged)?.at;
    ensure(computed > due, GuardCode::NothingChanged)?;
    state.due = Some(computed);
    Ok(())
}
