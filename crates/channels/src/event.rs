//! What a vendor's webhook tells: one shape for every chat channel, printed by `doithoai inspect` and kept between
//! unpacking and receiving.
//!
//! A parser reads raw bytes into events. It never refuses an event for what it does not know: that is [`Kind::Ignored`].

use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person wrote to the account.
    Message,
    /// A person changed what was written.
    EditedMessage,
    /// A person took back what was written.
    DeletedMessage,
    /// The account wrote: we, or somebody in the vendor's own inbox.
    Echo,
    /// A button or a menu entry was pressed.
    Postback,
    /// A person came by a link that carries a parameter, without words yet.
    Referral,
    /// A comment or a post in public: `verb` says whether it was written, edited, removed, hidden or shown again.
    Comment,
    Reaction,
    DeliveryReceipt,
    ReadReceipt,
    /// A message of ours was accepted and could not be delivered.
    Failed,
    Follow,
    Unfollow,
    /// A person shared name and telephone number by the vendor's own button: proof of the number.
    ContactShared,
    /// A person withdrew consent: a data request.
    ConsentWithdrawn,
    /// Known to exist, or not known at all: nothing for us to do.
    #[default]
    Ignored,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Message => "message",
            Kind::EditedMessage => "edited_message",
            Kind::DeletedMessage => "deleted_message",
            Kind::Echo => "echo",
            Kind::Postback => "postback",
            Kind::Referral => "referral",
            Kind::Comment => "comment",
            Kind::Reaction => "reaction",
            Kind::DeliveryReceipt => "delivery_receipt",
            Kind::ReadReceipt => "read_receipt",
            Kind::Failed => "failed",
            Kind::Follow => "follow",
            Kind::Unfollow => "unfollow",
            Kind::ContactShared => "contact_shared",
            Kind::ConsentWithdrawn => "consent_withdrawn",
            Kind::Ignored => "ignored",
        }
    }
}

/// A file, a place or a card that came with a message. Bytes are fetched later, from `url`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// `image`, `video`, `audio`, `file`, `sticker`, `location`, `link`, `contact`, or the vendor's own word.
    pub kind: String,
    pub url: Option<String>,
    /// The vendor's id of the file, where it has to be asked for its address first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Octets, as the vendor says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// `latitude,longitude` of a location in decimal degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coordinates: Option<String>,
    /// Title or description beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// One event of a webhook. Texts are NFC; ids are kept as text, whatever type the vendor used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    #[serde(rename = "event_kind")]
    pub kind: Kind,
    /// Unique for ever on the account: of the vendor's id where there is one, else of the event's content.
    pub external_id: String,
    /// Who acted: the person, or the account for an echo. Empty when the vendor does not say.
    pub sender_id: String,
    pub recipient_id: String,
    pub text: Option<String>,
    pub attachments: Vec<Media>,
    /// When it happened by the vendor's clock.
    pub timestamp_ms: Option<i64>,
    /// Page, official account or bot that the event is for: one delivery may carry several.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub account_id: String,
    /// The vendor's own word for the event.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub vendor_kind: String,
    /// The message itself, where `external_id` is more than its id (an edit, a reaction, a receipt).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Payload of a button.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<String>,
    /// Emoji or name of a reaction; empty when it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reaction: Option<String>,
    /// The message that this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_id: Option<String>,
    /// The comment or post under which a comment stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_id: Option<String>,
    /// `add`, `edited`, `remove`, `hide`, `unhide` of a comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verb: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_id: Option<String>,
    /// Messages of ours that a receipt speaks of; with none of them, everything up to `watermark_ms`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub receipt_ids: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark_ms: Option<i64>,
    /// The application, or the person in the vendor's inbox, that an echo names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_phone: Option<String>,
    /// Language that the person's application says, as a BCP 47 tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Why a delivery failed, in the vendor's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What checking a signature found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signature {
    Valid,
    Invalid,
    /// No secret was given to check with.
    NotChecked,
}

/// Bytes that are no delivery of this vendor: no JSON, too deep, another shape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not readable as a delivery: {0}")]
pub struct Unreadable(pub String);

/// The header fields a verifier may ask for, names in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headers(pub std::collections::BTreeMap<String, String>);

impl Headers {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl<N: AsRef<str>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name.as_ref().to_ascii_lowercase(), value.into())).collect())
    }
}
