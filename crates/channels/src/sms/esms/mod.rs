//! eSMS (ViHAT), a gateway over HTTP: [`send`] hands a message over, [`receipt`] reads a call of its CallbackUrl, [`message`]
//! one of a short code, and [`answer`] makes the answer to that.
//!
//! Facts are those of its pages for developers of 2026-01-29. It removes repeats by our RequestId for 24 hours, so a lost
//! answer is no loss: sending again is safe. Its receipts are unsigned: their address holds a secret.

mod receive;
mod send;

pub use receive::{answer, inspect, message, receipt};
pub use send::{Access, BASE, send};
