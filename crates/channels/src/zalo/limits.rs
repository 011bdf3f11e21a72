//! What Zalo allows, as its pages of September 2026 say. Windows and prices are judged elsewhere, from dated data.

/// Limits of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Characters of a text, counted in NFC.
    pub text: usize,
    /// Buttons below one message.
    pub buttons: usize,
    /// Characters on a button.
    pub button_title: usize,
    /// Characters of what a button says for the person.
    pub button_payload: usize,
    /// Octets of a JPEG or PNG picture.
    pub image: usize,
    /// Octets of a GIF.
    pub gif: usize,
    /// Octets of a PDF, DOC, DOCX or CSV.
    pub file: usize,
    /// Days after which what was uploaded is gone.
    pub asset_days: u16,
    /// Uploads of one kind in a month.
    pub uploads_a_month: u32,
    /// Messages that one look into a conversation gives.
    pub conversation: u8,
    /// Characters of a tracking id of a template message.
    pub tracking_id: usize,
}

pub const LIMITS: Limits = Limits {
    text: 2000,
    buttons: 5,
    button_title: 100,
    button_payload: 1000,
    image: 1024 * 1024,
    gif: 5 * 1024 * 1024,
    file: 5 * 1024 * 1024,
    asset_days: 7,
    uploads_a_month: 5000,
    conversation: 10,
    tracking_id: 48,
};
