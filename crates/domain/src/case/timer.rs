//! When the program acts on a case because nobody did: it reminds a sender who is waited for, ends the waiting, closes
//! what was answered and met with silence.

use jiff::Timestamp;

use super::stage::{Stage, WaitingFor};
use super::state::{CaseState, Waiting};
use crate::deadline::RuleBook;
use crate::time::{last_moment_of, local_date, moment, plus_days};

/// More reminders, or more days between them, no waiting has room for, whatever an administrator typed.
const MOST: u32 = 10;

impl CaseState {
    /// The next moment at which the program itself has to act; none while it waits for people alone.
    pub fn next_timer(&self, book: &RuleBook) -> Option<Timestamp> {
        match (&self.waiting, self.stage) {
            (Some(waiting), _) => Some(self.next_reminder(book).unwrap_or(waiting.until)),
            (None, Stage::Answered) if self.open_pledges.is_empty() => self.silence_ends(book),
            _ => None,
        }
    }

    /// The next reminder to a sender who is waited for, if one is still to come.
    pub fn next_reminder(&self, book: &RuleBook) -> Option<Timestamp> {
        let waiting = self.waiting.as_ref()?;
        let moments = self.reminders(waiting, book);
        moments.get(usize::try_from(waiting.reminders).unwrap_or(usize::MAX)).copied()
    }

    /// The moments of all reminders of a waiting, in order: on the mornings that lie one, two … times so many working days
    /// before the last day as the limits say. Those that would come before the question fall away; when all do, one comes
    /// the morning after it, if that is in time.
    pub(super) fn reminders(&self, waiting: &Waiting, book: &RuleBook) -> Vec<Timestamp> {
        let limits = &book.limits;
        let (count, apart) = match waiting.for_what {
            WaitingFor::Info => (limits.info_reminders, limits.info_reminder_working_days),
            WaitingFor::Proof => (limits.proof_reminders, limits.proof_reminder_working_days),
        };
        let calendar = book.calendar_of(self.lead);
        let hour = i8::try_from(limits.reminder_hour.min(23)).unwrap_or(0);
        let morning = |date: jiff::civil::Date| moment(date.at(hour, 0, 0, 0));
        let in_time = |at: &Timestamp| *at > waiting.paused_since && *at < waiting.until;
        let last = local_date(waiting.until);
        let mut moments: Vec<Timestamp> = (1..=count.min(MOST))
            .rev()
            .map(|place| morning(calendar.working_days_before(last, place * apart.min(MOST))))
            .filter(in_time)
            .collect();
        moments.dedup();
        if moments.is_empty() && count > 0 {
            let asked = local_date(waiting.paused_since);
            let next = [asked, plus_days(asked, 1)].into_iter().map(morning).find(|at| *at > waiting.paused_since);
            moments.extend(next.filter(in_time));
        }
        moments
    }

    /// The last moment of the silence after an answer.
    pub(super) fn silence_ends(&self, book: &RuleBook) -> Option<Timestamp> {
        self.answered_at.map(|at| last_moment_of(plus_days(local_date(at), i64::from(book.limits.silence_days))))
    }
}
