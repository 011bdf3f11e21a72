//! What a stored delivery is, for people who look into a fault.

use super::{parse, verify};
use crate::event::{Event, Headers, Signature, Unreadable};

/// Whether the body is signed with the bot's token, and what it tells.
///
/// # Errors
/// The body is no callback of Viber.
pub fn inspect(headers: &Headers, auth_token: Option<&str>, body: &[u8]) -> Result<(Signature, Vec<Event>), Unreadable> {
    Ok((verify::signature(headers, auth_token, body), parse(body)?))
}
