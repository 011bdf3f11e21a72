//! Channels: raw bytes in, typed receipts out. One folder per channel.
//!
//! This crate knows no database and no web framework. A poll takes a cursor and returns messages and
//! the next cursor; whoever holds the lease stores it. A parser never refuses input: it says what it
//! could read and marks what it had to leave out.

mod answer;
pub mod cti;
pub mod email;
pub mod event;
pub mod facebook;
pub mod http;
pub mod inbound;
mod json;
pub mod media;
pub mod outbound;
pub mod sms;
pub mod telegram;
pub mod viber;
pub mod zalo;

pub use event::{Event, Headers, Kind, Media, Signature, Unreadable};
pub use inbound::{Attachment, Class, Inbound, Threading};
pub use outbound::{Outbound, Receipt};

use std::time::Duration;

/// Why a message could not be handed over. The kind decides what the caller does next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The other side refused this message for good: do not try again, tell the sender why.
    #[error("rejected: {0}")]
    Rejected(String),
    /// The other side asks to come back later; `after` when it says (or the channel knows) how long.
    #[error("throttled: {reason}")]
    Throttled { after: Option<Duration>, reason: String },
    /// This message may go only after so long, for what it is; others may go meanwhile.
    #[error("not now: {reason}")]
    NotNow { after: Duration, reason: String },
    /// No connection, or it broke before the message was wholly sent: try again.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// Address, password or certificate is wrong: an alarm for the administrator, not a failure of
    /// the message. It stays queued.
    #[error("misconfigured: {0}")]
    Misconfigured(String),
    /// The access token is no longer good: get a new one, then try again.
    #[error("token expired: {0}")]
    TokenExpired(String),
    /// No window of the channel allows this message now: back to the officer, who may take another way.
    #[error("window closed: {0}")]
    WindowClosed(String),
    /// This person cannot be reached on this channel any more (blocked, deactivated, unknown): ask for another contact.
    #[error("person gone: {0}")]
    PersonGone(String),
    /// The account's own allowance or balance is used up: hold the message, tell the administrator.
    #[error("out of quota: {0}")]
    OutOfQuota(String),
    /// The link was lost after the whole message was sent and before the answer came: the outcome is
    /// unknown. Sending again may double the message.
    #[error("lost: {0}")]
    Lost(String),
}
