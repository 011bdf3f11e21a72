//! Zalo Official Account: webhooks in, consultation messages out.
//!
//! In: [`verify`] checks the signature over the raw bytes, [`parse`] makes events of them, [`poll`] asks for what an outage
//! missed. Out: [`send`] hands a message over, [`upload`] its file; [`oauth`] keeps the token alive, [`quota`] and what
//! every answer says is left tell the composer how much may still be written. What refusals mean is in [`errors`].
//!
//! Facts are those of Zalo's documentation hub (docs.zaloplatforms.com) as of September 2026.

pub mod access;
mod call;
pub mod errors;
mod inspect;
pub mod limits;
pub mod oauth;
pub mod parse;
pub mod poll;
pub mod quota;
pub mod send;
pub mod template;
pub mod upload;
pub mod verify;

pub use access::{Access, Bases};
pub use inspect::inspect;
pub use limits::LIMITS;
pub use parse::parse;
pub use send::send;
pub use verify::{Keys, Variant, verify};
