//! What a telephone exchange (PBX) tells about its calls, whatever its shape: one [`CallEvent`].
//!
//! Exchanges sign nothing and agree on nothing, so the shapes are data: a [`Mapping`] says where each value stands and what
//! each word means. Those of `reference/cti` are [`shipped`]; an administrator may edit one for an account. The octets
//! may be a JSON object, a form (in a body, or line by line), or a web address with everything in its query.
//!
//! Facts are those of Zammad's documentation, developer.stringee.com, api.omicall.com, VoiceCloud's wiki and komplit.eu;
//! none of these was checked against a running exchange.

mod control;
mod event;
mod fields;
mod mapping;
mod moment;
mod number;

pub use control::{Control, Order, send_order};
pub use event::{CallEvent, CallKind, Direction};
pub use mapping::{BadMapping, Mapping, names, shipped, shipped_text};
pub use number::{ANONYMOUS, number};

use crate::Unreadable;
use fields::Fields;

/// Why octets made no event. Nothing of them is quoted but the word for the event, which names nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// None of these paths has a value.
    #[error("there is no call id (looked for {})", .looked.join(", "))]
    NoCallId { looked: Vec<String> },
    /// No line of the table of kinds holds. `said` is what stands where kinds are told apart.
    #[error("the event is none of the table ({})", .said.join(", "))]
    UnknownEvent { said: Vec<String> },
}

impl Fault {
    /// A short name for it.
    pub fn name(&self) -> &'static str {
        match self {
            Fault::Unreadable(_) => "unreadable",
            Fault::NoCallId { .. } => "no_call_id",
            Fault::UnknownEvent { .. } => "unknown_event",
        }
    }
}

/// The event in what an exchange sent.
///
/// # Errors
/// [`Fault`] when it cannot be read, names no call, or is no event that the mapping knows.
pub fn parse(mapping: &Mapping, octets: &[u8]) -> Result<CallEvent, Fault> {
    mapping.event(&Fields::read(octets)?)
}
