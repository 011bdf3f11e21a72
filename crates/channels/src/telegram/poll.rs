//! Fetches updates where there is no webhook. Telegram keeps them for 24 hours.

use serde_json::json;

use super::limits::LIMITS;
use super::webhook::KINDS;
use super::{Access, call};
use crate::Error;
use crate::answer::repeatable;
use crate::http::Client;
use crate::json::Object;

/// Updates from `offset` on (0: from the oldest), each as a webhook would have brought it, and the next offset. Asking with
/// it tells Telegram that those before are stored.
///
/// # Errors
/// As [`super::send`], but never [`Error::Lost`]. While a webhook is set: [`Error::Misconfigured`].
pub async fn updates(client: &Client, access: &Access, offset: i64) -> Result<(Vec<String>, i64), Error> {
    let body = json!({"offset": offset, "limit": LIMITS.poll, "timeout": 0, "allowed_updates": KINDS});
    let body = call::ask(call::method(client, access, "getUpdates")?.json(&body)).await.map_err(repeatable)?;
    let answer = Object::read(&body).unwrap_or_default();
    let updates: Vec<String> = answer.list("result").iter().map(|update| update.get().to_owned()).collect();
    let ids = answer.objects("result").into_iter().filter_map(|update| update.integer("update_id"));
    let next = ids.max().map_or(offset, |last| last.saturating_add(1)).max(offset);
    Ok((updates, next))
}
