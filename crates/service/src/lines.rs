//! How each channel account fares on this node: how fast it may be called, and whether it answers at all.
//!
//! A vendor that asks for less gets less at once and a little more with every message it takes. One that falls silent is
//! left in peace for a while; then one message tries, and the others wait for what comes of it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::sms::RouteHealth;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// Silent calls in a row after which an account is left in peace.
const SILENT: u32 = 8;
/// For so long.
const REST: SignedDuration = SignedDuration::from_secs(10);
/// While an alarm stands, so often one message tries whether a person has mended the account.
const PROBE: SignedDuration = SignedDuration::from_mins(1);
/// Calls in a second below which no vendor presses us.
const SLOWEST: f64 = 1.0;

/// All accounts.
#[derive(Default)]
pub struct Lines(Mutex<HashMap<Uuid, Line>>);

struct Line {
    silent: u32,
    open_until: Option<Timestamp>,
    /// Calls in a second, as far as the vendor lets us.
    rate: f64,
    /// When the next call may begin.
    next: Timestamp,
    probed: Option<Timestamp>,
    /// How long an answer takes, smoothed over about four of them.
    answers_in: Duration,
}

impl Lines {
    fn all(&self) -> MutexGuard<'_, HashMap<Uuid, Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, account: Uuid, most: f64, act: impl FnOnce(&mut Line) -> T) -> T {
        let fresh =
            || Line { silent: 0, open_until: None, rate: most, next: Timestamp::UNIX_EPOCH, probed: None, answers_in: Duration::ZERO };
        act(self.all().entry(account).or_insert_with(fresh))
    }

    /// How long to wait before this call, of at most `most` in a second; `Err` with the time for which nothing is called at
    /// all.
    pub fn turn(&self, account: Uuid, most: f64, now: Timestamp) -> Result<SignedDuration, SignedDuration> {
        self.with(account, most, |line| {
            if let Some(until) = line.open_until {
                if now < until {
                    return Err(until.duration_since(now));
                }
                line.open_until = Some(now + REST);
            }
            let begin = line.next.max(now);
            line.rate = line.rate.min(most);
            line.next = begin + SignedDuration::from_secs_f64(1.0 / line.rate);
            Ok(begin.duration_since(now))
        })
    }

    /// The account took a message.
    pub fn took(&self, account: Uuid, most: f64) {
        self.with(account, most, |line| {
            line.silent = 0;
            line.open_until = None;
            line.rate = (line.rate + 0.1).min(most);
        });
    }

    /// So long the account let us wait for an answer, whatever it was.
    pub fn answered_in(&self, account: Uuid, most: f64, took: Duration) {
        self.with(account, most, |line| line.answers_in = (line.answers_in * 3 + took) / 4);
    }

    /// How a route fares, for a choice among several; its circuit being open, it does not stand.
    pub fn health(&self, route: Uuid, most: f64, weight: u32, up: bool, now: Timestamp) -> RouteHealth {
        self.with(route, most, |line| RouteHealth {
            weight,
            up: up && line.open_until.is_none_or(|until| until <= now),
            silent: line.silent,
            answers_in: line.answers_in,
            pace: line.rate / most,
        })
    }

    /// The vendor asks for less, or for a pause.
    pub fn slower(&self, account: Uuid, most: f64, pause: Option<SignedDuration>, now: Timestamp) {
        self.with(account, most, |line| {
            line.silent = 0;
            line.rate = (line.rate * 0.9).max(SLOWEST);
            line.next = line.next.max(now + pause.unwrap_or(SignedDuration::from_millis(100)));
        });
    }

    /// A call that nobody answered; true when the account is left in peace from now on.
    pub fn silent(&self, account: Uuid, most: f64, now: Timestamp) -> bool {
        self.with(account, most, |line| {
            line.silent += 1;
            let opens = line.silent >= SILENT;
            let was = line.open_until.is_some();
            if opens {
                line.open_until = Some(now + REST);
            }
            opens && !was
        })
    }

    /// Whether this message may try an account that needs a person.
    pub fn probes(&self, account: Uuid, most: f64, now: Timestamp) -> bool {
        self.with(account, most, |line| match line.probed {
            Some(at) if now.duration_since(at) < PROBE => false,
            _ => {
                line.probed = Some(now);
                true
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Lines, REST, SILENT};
    use jiff::{SignedDuration, Timestamp};
    use uuid::Uuid;

    const ONE: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    #[test]
    fn a_silent_account_is_left_in_peace_then_one_message_tries() {
        let (lines, now) = (Lines::default(), Timestamp::UNIX_EPOCH);
        for _ in 1..SILENT {
            assert!(!lines.silent(ONE, 100.0, now));
        }
        assert!(lines.turn(ONE, 100.0, now).is_ok());
        assert!(lines.silent(ONE, 100.0, now), "the circuit opens");
        assert_eq!(lines.turn(ONE, 100.0, now), Err(REST));
        assert!(lines.turn(OTHER, 100.0, now).is_ok(), "others are not concerned");
        let later = now + REST;
        assert!(lines.turn(ONE, 100.0, later).is_ok(), "one tries");
        assert!(lines.turn(ONE, 100.0, later).is_err(), "the others wait for it");
        lines.took(ONE, 100.0);
        assert!(lines.turn(ONE, 100.0, later).is_ok(), "it closes");
    }

    #[test]
    fn calls_keep_the_pace_and_learn_from_refusals() {
        let (lines, now) = (Lines::default(), Timestamp::UNIX_EPOCH);
        let wait = |calls: usize| (0..calls).map(|_| lines.turn(ONE, 10.0, now).unwrap()).last().unwrap();
        assert_eq!(wait(11), SignedDuration::from_secs(1));
        lines.slower(ONE, 10.0, Some(SignedDuration::from_secs(30)), now);
        assert!(lines.turn(ONE, 10.0, now).unwrap() >= SignedDuration::from_secs(30), "a pause is kept");
        for _ in 0..200 {
            lines.slower(ONE, 10.0, None, now);
        }
        let later = now + SignedDuration::from_hours(1);
        lines.turn(ONE, 10.0, later).unwrap();
        assert!(lines.turn(ONE, 10.0, later).unwrap() <= SignedDuration::from_secs(1), "never slower than one a second");
    }
}
