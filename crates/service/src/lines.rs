//! How each channel account fares on this node: how fast it may be called, and whether it answers at all.
//!
//! A vendor that asks for less gets less at once and a little more with every message it takes. One that falls silent is
//! left in peace for a while; then one message tries, and the others wait for what comes of it.
//!
//! Who has to wait long takes no place in the line: it would be kept free for a message that is not there. It is told when
//! to ask again, each of a backlog at a time of its own.

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
/// Refusals within so long are of calls that were under way together, and say one thing.
const HEED: SignedDuration = SignedDuration::from_secs(1);
/// Messages in a second that ask again at most, however fast the account may be called: each of them costs a commit.
pub const ASKERS: f64 = 500.0;
/// A wait that the job keeps while it is in hand; a longer one is put back.
const PATIENCE: SignedDuration = SignedDuration::from_secs(5);

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
    /// When the next of those that were put back may ask again.
    again: Timestamp,
    probed: Option<Timestamp>,
    /// How long an answer takes, smoothed over about four of them.
    answers_in: Duration,
    /// When the rate was last lowered.
    slowed: Timestamp,
}

impl Lines {
    fn all(&self) -> MutexGuard<'_, HashMap<Uuid, Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, account: Uuid, most: f64, act: impl FnOnce(&mut Line) -> T) -> T {
        let fresh = || Line {
            silent: 0,
            open_until: None,
            rate: most,
            next: Timestamp::UNIX_EPOCH,
            again: Timestamp::UNIX_EPOCH,
            probed: None,
            answers_in: Duration::ZERO,
            slowed: Timestamp::UNIX_EPOCH - HEED,
        };
        act(self.all().entry(account).or_insert_with(fresh))
    }

    /// How long to wait before so many calls, of at most `most` in a second; `Err` with the time after which to ask again,
    /// when that would be long or when nothing is called at all.
    pub fn turn(&self, account: Uuid, most: f64, calls: usize, now: Timestamp) -> Result<SignedDuration, SignedDuration> {
        self.with(account, most, |line| {
            let begin = line.next.max(now);
            let opens = line.open_until.unwrap_or(now).max(now);
            if opens > now || begin.duration_since(now) > PATIENCE {
                return Err(line.again(begin.max(opens), most).duration_since(now));
            }
            if line.open_until.is_some() {
                line.open_until = Some(now + REST);
            }
            line.rate = line.rate.min(most);
            let step = SignedDuration::from_secs_f64(1.0 / line.rate);
            let last = begin + step * i32::try_from(calls.saturating_sub(1)).unwrap_or(i32::MAX);
            line.next = last + step;
            Ok(last.duration_since(now))
        })
    }

    /// How long a message is put back that cannot go before `moment`, whatever the reason.
    pub fn again(&self, account: Uuid, most: f64, moment: Timestamp, now: Timestamp) -> SignedDuration {
        self.with(account, most, |line| line.again(line.next.max(moment), most).duration_since(now))
    }

    /// Whether the account is left in peace now.
    pub fn rests(&self, account: Uuid, now: Timestamp) -> bool {
        self.all().get(&account).and_then(|line| line.open_until).is_some_and(|until| now < until)
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
            if now.duration_since(line.slowed) >= HEED {
                line.slowed = now;
                line.rate = (line.rate * 0.9).max(SLOWEST);
            }
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

impl Line {
    fn again(&mut self, moment: Timestamp, most: f64) -> Timestamp {
        let moment = self.again.max(moment);
        self.again = moment + SignedDuration::from_secs_f64(1.0 / most.clamp(SLOWEST, ASKERS));
        moment
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Lines, PATIENCE, REST, SILENT};
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
        assert!(lines.turn(ONE, 100.0, 1, now).is_ok());
        assert!(lines.silent(ONE, 100.0, now), "the circuit opens");
        assert!(lines.rests(ONE, now) && !lines.rests(OTHER, now) && !lines.rests(ONE, now + REST));
        assert_eq!(lines.turn(ONE, 100.0, 1, now), Err(REST));
        assert!(lines.turn(ONE, 100.0, 1, now).unwrap_err() > REST, "one after the other");
        assert!(lines.turn(OTHER, 100.0, 1, now).is_ok(), "others are not concerned");
        let later = now + REST;
        assert!(lines.turn(ONE, 100.0, 1, later).is_ok(), "one tries");
        assert!(lines.turn(ONE, 100.0, 1, later).is_err(), "the others wait for it");
        lines.took(ONE, 100.0);
        assert!(lines.turn(ONE, 100.0, 1, later).is_ok(), "it closes");
    }

    #[test]
    fn calls_keep_the_pace_and_learn_from_refusals() {
        let (lines, now) = (Lines::default(), Timestamp::UNIX_EPOCH);
        for _ in 0..10 {
            lines.turn(ONE, 10.0, 1, now).unwrap();
        }
        assert_eq!(lines.turn(ONE, 10.0, 3, now), Ok(SignedDuration::from_millis(1_200)), "the last of three");
        lines.slower(ONE, 10.0, Some(SignedDuration::from_secs(30)), now);
        assert_eq!(lines.turn(ONE, 10.0, 1, now), Err(SignedDuration::from_secs(30)), "a pause is kept");
        for second in 1..200 {
            lines.slower(ONE, 10.0, None, now + SignedDuration::from_secs(second));
        }
        let later = now + SignedDuration::from_hours(1);
        lines.turn(ONE, 10.0, 1, later).unwrap();
        assert!(lines.turn(ONE, 10.0, 1, later).unwrap() <= SignedDuration::from_secs(1), "never slower than one a second");
        assert_eq!(lines.turn(ONE, 10.0, 9, later), Ok(SignedDuration::from_secs(10)), "a long message goes at the slowest pace");
    }

    #[test]
    fn refusals_of_one_moment_slow_once() {
        let (lines, now) = (Lines::default(), Timestamp::UNIX_EPOCH);
        for _ in 0..16 {
            lines.slower(ONE, 10.0, Some(SignedDuration::ZERO), now);
        }
        lines.turn(ONE, 10.0, 1, now).unwrap();
        let wait = lines.turn(ONE, 10.0, 1, now).unwrap();
        assert!(wait < SignedDuration::from_millis(112), "nine a second, not two: {wait}");
    }

    #[test]
    fn a_backlog_goes_out_after_a_pause_however_long_it_is() {
        let (lines, begun) = (Lines::default(), Timestamp::UNIX_EPOCH);
        lines.slower(ONE, 10.0, Some(SignedDuration::from_secs(30)), begun);
        // Each asks when it was told to.
        let mut asking: BTreeSet<(Timestamp, usize)> = (0..5_000).map(|message| (begun, message)).collect();
        let (mut sent, mut put_back, mut end) = (0_u64, 0_u64, begun);
        while let Some((now, message)) = asking.pop_first() {
            match lines.turn(ONE, 10.0, 1, now) {
                Ok(wait) => {
                    assert!(wait <= PATIENCE);
                    sent += 1;
                    end = end.max(now + wait);
                    lines.took(ONE, 10.0);
                }
                Err(wait) => {
                    assert!(wait.is_positive());
                    put_back += 1;
                    asking.insert((now + wait, message));
                }
            }
        }
        assert_eq!(sent, 5_000);
        let took = end.duration_since(begun).as_secs();
        assert!((529..540).contains(&took), "ten a second after half a minute: {took} s");
        assert!(put_back <= 2 * 5_000, "{put_back} were put back");
    }
}
