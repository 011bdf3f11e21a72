//! What Facebook allows, as its pages said on 23 March 2026. Windows are judged elsewhere, from dated data.

/// Limits of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Characters of a text.
    pub text: usize,
    pub quick_replies: usize,
    /// Characters on a quick reply.
    pub quick_reply_title: usize,
    /// Characters of what a quick reply or a button says for the person.
    pub payload: usize,
    /// Characters of a text above buttons that open addresses.
    pub button_text: usize,
    /// Such buttons below one text.
    pub buttons: usize,
    /// Characters on such a button.
    pub button_title: usize,
    /// Characters of a mark of ours on a message.
    pub metadata: usize,
    /// Octets of a file.
    pub file: usize,
    /// Octets of a picture.
    pub image: usize,
    /// Calls in a second: audio and video; reading conversations. That of texts is dated data.
    pub recordings_a_second: u32,
    pub conversations_a_second: u32,
    pub private_replies_an_hour: u32,
    /// Hours after a person's last act in which everything may be written.
    pub answer_hours: u16,
    /// Hours after it in which a human may still answer.
    pub human_hours: u16,
    /// Hours after a comment in which its one private reply may be sent.
    pub private_reply_hours: u16,
}

pub const LIMITS: Limits = Limits {
    text: 2000,
    quick_replies: 13,
    quick_reply_title: 20,
    payload: 1000,
    button_text: 640,
    buttons: 3,
    button_title: 20,
    metadata: 999,
    file: 25 * 1024 * 1024,
    image: 8 * 1024 * 1024,
    recordings_a_second: 10,
    conversations_a_second: 2,
    private_replies_an_hour: 750,
    answer_hours: 24,
    human_hours: 7 * 24,
    private_reply_hours: 7 * 24,
};
