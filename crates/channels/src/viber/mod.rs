//! A Viber bot: callbacks in, messages with keyboards out.
//!
//! In: [`verify`] checks the signature over the raw bytes, [`parse`] makes events of them. Out: [`send`] hands a message over,
//! [`account`] sets the address of the callbacks and tests the token. What refusals mean is in [`errors`].
//!
//! Facts are those of Viber's REST Bot API 7.3.0. A message cannot be edited, taken back or asked about.

pub mod access;
pub mod account;
pub mod errors;
mod inspect;
pub mod limits;
mod parse;
pub mod send;
pub mod verify;

pub use access::Access;
pub use inspect::inspect;
pub use limits::LIMITS;
pub use parse::parse;
pub use send::send;
