//! How long to wait before the next try to bind.

use std::time::Duration;

/// Doubles from try to try, up to an end, and scatters: many links lost at once do not come back at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    tries: u32,
}

impl Backoff {
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, tries: 0 }
    }

    /// The next wait; `chance` is any random number.
    pub fn next(&mut self, chance: u64) -> Duration {
        let whole = self.first.saturating_mul(2u32.saturating_pow(self.tries)).min(self.longest);
        self.tries = self.tries.saturating_add(1);
        // Between half and the whole.
        let half = whole / 2;
        let spread = u64::try_from(half.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
        half + Duration::from_millis(chance % spread)
    }

    /// A link that held begins anew.
    pub fn reset(&mut self) {
        self.tries = 0;
    }
}

impl Default for Backoff {
    /// From one second to one minute.
    fn default() -> Self {
        Self::new(Duration::from_secs(1), Duration::from_secs(60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_to_an_end_and_begins_anew() {
        let mut backoff = Backoff::default();
        let waits: Vec<u128> = (0..9).map(|_| backoff.next(0).as_millis()).collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
        assert!((0..200).all(|chance| backoff.next(chance * 977) <= Duration::from_secs(60)));
        backoff.reset();
        assert_eq!(backoff.next(u64::MAX).as_millis() / 1000, 0);
    }
}
