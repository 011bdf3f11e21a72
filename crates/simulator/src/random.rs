//! Repeatable randomness: one seed, one run.

use std::sync::Mutex;

/// splitmix64 (Steele et al. 2014). Ids and tokens of a simulator need to be different, not secret.
#[derive(Debug)]
pub(crate) struct Random(Mutex<u64>);

impl Random {
    /// A stream of its own for each use, so that one use does not shift the draws of another.
    pub fn new(seed: u64, purpose: &str) -> Self {
        // FNV-1a of the name.
        let stream = purpose.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self(Mutex::new(seed ^ stream))
    }

    pub fn next(&self) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// True as often as `rate` says (0 never, 1 always).
    pub fn chance(&self, rate: f64) -> bool {
        // 53 bits make an even fraction of 0..1.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double")]
        let draw = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        draw < rate
    }

    /// `count` digits, the first not 0.
    pub fn digits(&self, count: usize) -> String {
        (0..count)
            .map(|place| {
                let digit = if place == 0 { 1 + self.next() % 9 } else { self.next() % 10 };
                char::from(b'0' + u8::try_from(digit).unwrap_or(0))
            })
            .collect()
    }

    /// `count` letters and digits.
    pub fn letters(&self, count: usize) -> String {
        const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..count).map(|_| char::from(ALPHABET[usize::try_from(self.next() % 62).unwrap_or(0)])).collect()
    }

    /// `count` lower-case hexadecimal digits.
    pub fn hex(&self, count: usize) -> String {
        (0..count).map(|_| char::from(b"0123456789abcdef"[usize::try_from(self.next() % 16).unwrap_or(0)])).collect()
    }
}
