//! What a stored delivery is, for people who look into a fault.

use super::{parse, verify};
use crate::event::{Event, Headers, Signature, Unreadable};

/// Whether the body is signed with the app's secret, and what it tells.
///
/// # Errors
/// The body is no delivery of Meta.
pub fn inspect(headers: &Headers, app_secret: Option<&str>, body: &[u8]) -> Result<(Signature, Vec<Event>), Unreadable> {
    Ok((verify::signature(headers, app_secret, body), parse(body)?))
}
