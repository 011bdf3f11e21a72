//! Time: a function of the caller's, which the simulator may run ahead of.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// What time it is. The program gives the machine's clock, a test its own.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Windows, tokens, quotas and retries all follow this clock: the caller's, and as much ahead of it as was asked for.
pub(crate) struct Clock {
    base: Now,
    ahead_micros: AtomicI64,
    moved: Notify,
}

impl Clock {
    pub fn new(base: Now) -> Self {
        Self { base, ahead_micros: AtomicI64::new(0), moved: Notify::new() }
    }

    pub fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_micros(self.ahead_micros.load(Ordering::Relaxed));
        later((self.base)(), ahead)
    }

    /// Runs ahead (or, with a negative step, falls back) and wakes whoever waits for a time.
    pub fn advance(&self, by: SignedDuration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(0);
        self.ahead_micros.fetch_add(micros, Ordering::Relaxed);
        self.moved.notify_waiters();
    }

    /// Ends when somebody moves the clock.
    pub fn moved(&self) -> Notified<'_> {
        self.moved.notified()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}

/// The same moment moved by a step; at the ends of the calendar it stays there.
pub(crate) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX })
}

/// The date and time of day in Viet Nam, which has no summer time.
pub(crate) fn in_viet_nam(at: Timestamp) -> DateTime {
    Offset::constant(7).to_datetime(at)
}
