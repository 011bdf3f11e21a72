//! What Telegram allows (Bot API 10.1 and the Bot FAQ).

/// Limits of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Characters of a text.
    pub text: usize,
    /// Octets of what a button brings back.
    pub button_payload: usize,
    /// Characters of what pressing a button shows.
    pub press_answer: usize,
    /// Octets of a picture that is shown as one.
    pub photo: usize,
    /// Octets of any file sent.
    pub upload: usize,
    /// Octets of a file that can be fetched.
    pub download: u64,
    /// Updates in one poll.
    pub poll: u8,
}

pub const LIMITS: Limits = Limits {
    text: 4096,
    button_payload: 64,
    press_answer: 200,
    photo: 10 * 1024 * 1024,
    upload: 50 * 1024 * 1024,
    download: 20 * 1024 * 1024,
    poll: 100,
};
