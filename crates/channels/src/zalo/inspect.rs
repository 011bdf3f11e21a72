//! What a stored delivery is, for people who look into a fault.

use super::{Keys, parse, verify};
use crate::event::{Event, Headers, Signature, Unreadable};

/// Whether the body is signed under any known variant, and what it tells.
///
/// # Errors
/// The body is no delivery of Zalo.
pub fn inspect(headers: &Headers, keys: &Keys, body: &[u8]) -> Result<(Signature, Vec<Event>), Unreadable> {
    Ok((verify::signature(headers, keys, body), parse(body)?))
}
