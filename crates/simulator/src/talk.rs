//! What a person sees of a talk on the phone, whichever network it is on.

use jiff::Timestamp;

/// One message on the phone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bubble {
    /// The vendor's id of the message.
    pub id: String,
    /// Written by the person; otherwise by the other side.
    pub mine: bool,
    pub at: Timestamp,
    pub text: String,
    pub pictures: Vec<String>,
    /// Name and address of files and links.
    pub files: Vec<(String, String)>,
    pub choices: Vec<Choice>,
    /// In small letters beside it: what it cost.
    pub note: String,
}

/// A button of the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    pub label: String,
    pub does: Does,
}

/// What a button does when it is pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Does {
    /// Facebook quick reply: the label is said, the payload comes with it.
    QuickReply { payload: String },
    /// Facebook button: nothing is said, the payload comes.
    Postback { payload: String },
    /// Zalo: the payload is said by the person; `shown` in the chat or not.
    Query { payload: String, shown: bool },
    /// Opens a page; nothing goes over the wire.
    Open { url: String },
    /// Dials; nothing goes over the wire.
    Dial { number: String },
    /// Zalo: name and phone number are handed over.
    ShareContact,
}

/// Nothing but these is ever made a link or a picture source: `javascript:` and the like stay text.
pub(crate) fn is_web_address(url: &str) -> bool {
    let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    (lower.starts_with("https://") || lower.starts_with("http://")) && url.len() <= 2_000
}
