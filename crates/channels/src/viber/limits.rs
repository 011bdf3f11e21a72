//! What Viber allows, as its pages of version 7.3.0 say.

/// Limits of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Characters of a text.
    pub text: usize,
    /// Rows of a keyboard in portrait; each of our buttons is one.
    pub buttons: usize,
    /// Octets of a JPEG or PNG that is shown as a picture.
    pub picture: u64,
    /// Octets of a file, and characters of its name.
    pub file: u64,
    pub file_name: usize,
    /// Characters of the name above a message.
    pub sender_name: usize,
    /// Characters of a mark of ours on a message.
    pub tracking_data: usize,
    /// Octets of a whole request.
    pub request: usize,
    /// Minutes for which the address of a file that came in is good.
    pub media_minutes: u16,
}

pub const LIMITS: Limits = Limits {
    text: 7000,
    buttons: 12,
    picture: 1024 * 1024,
    file: 50 * 1024 * 1024,
    file_name: 256,
    sender_name: 28,
    tracking_data: 4096,
    request: 30_000,
    media_minutes: 60,
};
