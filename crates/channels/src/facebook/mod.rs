//! A Facebook Page: Messenger messages, comments and posts below it, mentions.
//!
//! In: [`verify`] checks the signature over the raw bytes, [`parse`] makes events of them ([`messaging`] and [`feed`] know the
//! shapes), [`poll`] asks for what an outage missed. Out: [`send`] hands a message over, [`profile`] asks who somebody is and
//! whether the token is good. What refusals mean is in [`errors`].
//!
//! Facts are those of Meta's pages on the Messenger Platform and the Graph API v25.0 as of August 2026.

pub mod access;
pub mod errors;
mod feed;
mod graph;
mod inspect;
pub mod limits;
mod messaging;
mod parse;
pub mod poll;
pub mod profile;
pub mod send;
pub mod verify;

pub use access::Access;
pub use inspect::inspect;
pub use limits::LIMITS;
pub use parse::parse;
pub use send::send;
