//! What every channel makes of a message that came in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Four kinds of incoming message; only `Mail` may open a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Written for us to read: a person, a newsletter, an invitation.
    Mail,
    /// Sent by a machine in answer to ours, or by ourselves.
    AutoReply,
    /// A report that a message of ours was not delivered (or is late).
    Bounce,
    /// A mailbox provider passes on a complaint: stop writing to that address.
    FeedbackReport,
}

impl Class {
    /// The word used in tools and stored rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Mail => "mail",
            Class::AutoReply => "auto_reply",
            Class::Bounce => "bounce",
            Class::FeedbackReport => "feedback_report",
        }
    }
}

/// One attached file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// File name without path, control or direction-changing characters, at most 255 octets, NFC.
    pub name: String,
    /// The type the sender declared, lower case. Never trusted: the store looks at the content.
    pub content_type: String,
    /// Content-ID without angle brackets, for pictures inside HTML.
    pub content_id: Option<String>,
    /// Shown inside the text rather than beside it.
    pub inline: bool,
    pub bytes: Vec<u8>,
}

/// Facts from which the conversation is found. All ids are bare (no angle brackets).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Threading {
    /// Reply tokens whose seal was right, in the order found.
    pub tokens: Vec<String>,
    /// Ids of messages this one answers, most trusted first.
    pub answers: Vec<String>,
    /// Strings in the subject that look like a tracking code: ten digits, no separators.
    pub codes: Vec<String>,
    /// The vendor's own thread id, a hint only.
    pub vendor_thread: Option<String>,
}

/// One incoming message, the same shape for every channel. Text is NFC, lines end in LF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// Unique within one channel account.
    pub external_id: String,
    pub class: Class,
    /// Whether an automatic answer is allowed.
    pub answerable: bool,
    /// Address of the sender in the channel's own form; empty when there is none.
    pub sender: String,
    /// The name the sender gives itself: never proof of anything.
    pub sender_name: Option<String>,
    pub recipients: Vec<String>,
    pub subject: Option<String>,
    /// Everything that was written.
    pub text: String,
    /// The new part only, without quotes and signature.
    pub visible_reply: String,
    /// HTML as sent: clean it before showing.
    pub html: Option<String>,
    pub attachments: Vec<Attachment>,
    /// When the sender says it was written.
    pub sent_at: Option<Timestamp>,
    /// When it reached us.
    pub received_at: Timestamp,
    pub threading: Threading,
    /// Something was left out because of a limit; the raw bytes have it.
    pub truncated: bool,
}
