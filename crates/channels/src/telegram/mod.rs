//! Telegram bot: updates in, messages out.
//!
//! In: [`verify`] compares the secret that a webhook carries, [`parse`] makes an event of the update; without a webhook
//! [`poll`] fetches the same updates. Out: [`send`] hands a message over. [`webhook`] connects the bot, [`file`] finds where
//! a file is fetched. What refusals mean is in [`errors`].
//!
//! Facts are those of Bot API 10.1 (core.telegram.org/bots/api), June 2026.

pub mod access;
mod call;
pub mod errors;
pub mod file;
mod inspect;
pub mod limits;
pub mod parse;
pub mod poll;
pub mod send;
pub mod verify;
pub mod webhook;

pub use access::Access;
pub use inspect::inspect;
pub use limits::LIMITS;
pub use parse::parse;
pub use send::send;
pub use verify::verify;
