//! What a stored delivery is, for people who look into a fault.

use super::{parse, verify};
use crate::event::{Event, Headers, Signature, Unreadable};

/// Whether the update carries the secret, and what it tells.
///
/// # Errors
/// The body is no update.
pub fn inspect(headers: &Headers, secret: Option<&str>, body: &[u8]) -> Result<(Signature, Vec<Event>), Unreadable> {
    Ok((verify(headers, secret), parse(body)?))
}
