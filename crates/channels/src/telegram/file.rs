//! Where a file that came with a message is fetched.

use serde_json::json;

use super::{Access, call};
use crate::Error;
use crate::answer::repeatable;
use crate::http::Client;
use crate::json::Object;

/// The address of a file, good for an hour at least. It holds the token: it is fetched at once, never stored, never shown.
///
/// # Errors
/// [`Error::Rejected`] for a file that is over the limit of 20 MB or gone; else as [`super::send`], but never
/// [`Error::Lost`].
pub async fn address(client: &Client, access: &Access, file_id: &str) -> Result<String, Error> {
    let request = call::method(client, access, "getFile")?.json(&json!({"file_id": file_id}));
    let body = call::ask(request).await.map_err(repeatable)?;
    let answer = Object::read(&body).unwrap_or_default();
    let path = answer.object("result").text("file_path").unwrap_or_default();
    let plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'_' | b'-'));
    // A path upwards, or none, would lead elsewhere.
    if path.is_empty() || !plain || path.split('/').any(|part| part.is_empty() || part.starts_with('.')) {
        return Err(Error::Rejected("the file has no path to fetch it".into()));
    }
    Ok(format!("{}/file/bot{}/{path}", access.base.trim_end_matches('/'), access.token.trim()))
}
