//! What every channel takes to send and gives back.

/// A message to one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbound {
    /// Ours, the same at every try: lets the other side remove repeats where it can.
    pub id: String,
    pub recipient: String,
    pub text: String,
    pub attachments: Vec<crate::Attachment>,
}

/// The other side took the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The id the other side gave it, when it gave one.
    pub external_id: Option<String>,
    /// Its answer in its own words, for the log and the delivery event.
    pub answer: String,
}
