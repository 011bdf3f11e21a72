//! Telephone calls: what is known of one whatever the order in which its news came, and what follows when nobody answered.
//!
//! Exchanges promise no order and repeat themselves. So a call only gathers what was said about it, and its state follows
//! from that: the same news in any order, as often as it likes, makes the same call; and a call only moves forward.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

codes! {
    /// Where a call is. It goes down this list and never up, but for a call that was given up and turns out to go on.
    pub enum CallState {
        New = "new",
        /// A telephone rings, or the caller waits in a queue.
        Ringing = "ringing",
        Answered = "answered",
        /// The caller gave up before anybody answered.
        Missed = "missed",
        Ended = "ended",
    }
}

impl CallState {
    /// Whether somebody is on the line.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::New | Self::Ringing | Self::Answered)
    }
}

/// What a piece of news says happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    New,
    Ringing,
    Answered,
    Ended,
    /// Ended, and the exchange says that nobody answered.
    Missed,
    /// The record written afterwards.
    Record,
    /// One officer's part of the call ended; the caller may go on.
    LegEnded,
}

/// News about a call.
#[derive(Debug, Clone)]
pub struct News<'a> {
    pub step: Step,
    pub at: Timestamp,
    pub outbound: bool,
    /// Why it ended, in the words of `channels::cti`.
    pub cause: Option<&'a str>,
    /// Seconds that two people spoke, where the exchange says.
    pub talk_s: Option<u32>,
    /// Some telephone is named as the one that answered.
    pub picked_up: bool,
    /// The telephone that rings or speaks.
    pub extension: Option<&'a str>,
}

/// Telephones of one call that are remembered.
const EXTENSIONS: usize = 16;

/// What is known of a call. [`Call::take`] is a join: it forgets nothing, and the order does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Call {
    /// The earliest news.
    pub begun_at: Option<Timestamp>,
    pub answered_at: Option<Timestamp>,
    /// The earliest word that it is over.
    pub ended_at: Option<Timestamp>,
    rang: bool,
    /// Somebody answered, by whatever evidence.
    answered: bool,
    outbound: bool,
    /// It ended unanswered in a way that is nobody's fault: passed on elsewhere, or refused as we asked.
    excused: bool,
    /// Given up because nothing more was said of it: true while two people spoke, false before anybody answered.
    given_up: Option<bool>,
    /// Telephones that rang or spoke.
    pub extensions: std::collections::BTreeSet<String>,
}

impl Call {
    /// Takes news in.
    pub fn take(&mut self, news: &News<'_>) {
        earliest(&mut self.begun_at, news.at);
        self.outbound |= news.outbound;
        self.extensions.extend(news.extension.map(str::to_owned));
        while self.extensions.len() > EXTENSIONS {
            // Always the same ones stay, whatever the order.
            self.extensions.pop_last();
        }
        match news.step {
            Step::New | Step::LegEnded => {}
            Step::Ringing => self.rang = true,
            Step::Answered => {
                self.answered = true;
                earliest(&mut self.answered_at, news.at);
            }
            Step::Ended | Step::Missed | Step::Record => {
                earliest(&mut self.ended_at, news.at);
                self.answered |= shows_an_answer(news);
                self.excused |= matches!(news.cause, Some("forwarded" | "rejected"));
            }
        }
    }

    /// Its end was never told, and is waited for no more. What is said of it later is believed all the same.
    pub fn give_up(&mut self) {
        self.given_up = Some(self.answered);
    }

    pub fn state(&self) -> CallState {
        let over = self.ended_at.is_some() || self.given_up == Some(self.answered);
        match (over, self.answered) {
            (false, true) => CallState::Answered,
            (false, false) if self.rang => CallState::Ringing,
            (false, false) => CallState::New,
            (true, false) if !self.outbound && !self.excused => CallState::Missed,
            (true, _) => CallState::Ended,
        }
    }

    pub const fn outbound(&self) -> bool {
        self.outbound
    }

    /// Whether two people spoke.
    pub const fn was_answered(&self) -> bool {
        self.answered
    }
}

/// A hangup may overtake the answer, or be all that is sent: it shows by itself that somebody had picked up.
fn shows_an_answer(news: &News<'_>) -> bool {
    match (news.step, news.talk_s) {
        (Step::Missed, _) => false,
        (_, Some(seconds)) => seconds > 0,
        (_, None) => news.picked_up && matches!(news.cause, None | Some("normalClearing")),
    }
}

fn earliest(kept: &mut Option<Timestamp>, at: Timestamp) {
    *kept = Some(kept.map_or(at, |kept| kept.min(at)));
}

/// A call-back that is still to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    /// The newest missed call in it.
    pub last_at: Timestamp,
}

/// What a missed call leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// Nobody can be called back: the number is hidden, or one inside the house.
    Nothing,
    /// Somebody spoke with this number since.
    Settled,
    /// One task with calls before or after it.
    Merge,
    /// A task of its own.
    New,
}

/// Decides. `answered_at` is the newest call with this number in which two people spoke; `open` the newest open task of the
/// number; calls within `merge` of each other are one task (dated limit `missed_call_minutes`).
pub fn missed(
    number: Option<&str>,
    begun_at: Timestamp,
    answered_at: Option<Timestamp>,
    open: Option<Task>,
    merge: SignedDuration,
) -> Missed {
    if !number.is_some_and(can_be_called) {
        return Missed::Nothing;
    }
    if answered_at.is_some_and(|answered| answered >= begun_at) {
        return Missed::Settled;
    }
    match open {
        Some(task) if task.last_at.duration_since(begun_at).abs() <= merge => Missed::Merge,
        _ => Missed::New,
    }
}

/// Whether a number, E.164 without plus, is one of a telephone outside.
pub fn can_be_called(number: &str) -> bool {
    number.len() >= 8 && number.bytes().all(|byte| byte.is_ascii_digit())
}

codes! {
    /// How a call-back ended.
    pub enum CallBack {
        /// Two people spoke.
        Reached = "reached",
        /// As often as it was tried.
        NoAnswer = "no_answer",
        /// Nobody there wants anything.
        WrongNumber = "wrong_number",
        /// They called again and were answered.
        CalledAgain = "called_again",
    }
}
