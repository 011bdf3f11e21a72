//! Connects a bot and tells how it fares.

use serde_json::json;

use super::{Access, call};
use crate::Error;
use crate::answer::{repeatable, said};
use crate::http::Client;
use crate::json::Object;

/// The kinds of update that are used; the default would leave reactions out.
pub(super) const KINDS: [&str; 5] = ["message", "edited_message", "callback_query", "my_chat_member", "message_reaction"];

/// Has updates sent to an address (HTTPS, port 443, 80, 88 or 8443), each with the secret: 1 to 256 of A-Z, a-z, 0-9, `_`
/// and `-`.
///
/// # Errors
/// As [`super::send`], but never [`Error::Lost`]: doing it twice harms nobody.
pub async fn set(client: &Client, access: &Access, address: &str, secret: &str) -> Result<(), Error> {
    let body = json!({"url": address, "secret_token": secret, "allowed_updates": KINDS});
    call::ask(call::method(client, access, "setWebhook")?.json(&body)).await.map(drop).map_err(repeatable)
}

/// Has updates kept for [`super::poll`].
///
/// # Errors
/// As [`set`].
pub async fn delete(client: &Client, access: &Access) -> Result<(), Error> {
    call::ask(call::method(client, access, "deleteWebhook")?).await.map(drop).map_err(repeatable)
}

/// What Telegram knows of its deliveries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deliveries {
    /// Empty when there is no webhook.
    pub address: String,
    pub pending: u64,
    /// Of the last delivery that failed, in seconds since 1970.
    pub last_error_at: Option<i64>,
    pub last_error: Option<String>,
}

/// Asks how the webhook fares.
///
/// # Errors
/// As [`set`].
pub async fn info(client: &Client, access: &Access) -> Result<Deliveries, Error> {
    let body = call::ask(call::method(client, access, "getWebhookInfo")?).await.map_err(repeatable)?;
    let answer = Object::read(&body).unwrap_or_default();
    let result = answer.object("result");
    Ok(Deliveries {
        address: result.text("url").unwrap_or_default(),
        pending: result.integer("pending_update_count").and_then(|count| u64::try_from(count).ok()).unwrap_or_default(),
        last_error_at: result.integer("last_error_date"),
        last_error: result.text("last_error_message").map(|sentence| said(Some(sentence))),
    })
}

/// The bot itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bot {
    pub id: String,
    pub name: String,
    /// Without the @: people open the bot at t.me/username.
    pub username: String,
}

/// Asks who the bot is: that it answers shows that the token is good.
///
/// # Errors
/// As [`set`].
pub async fn me(client: &Client, access: &Access) -> Result<Bot, Error> {
    let body = call::ask(call::method(client, access, "getMe")?).await.map_err(repeatable)?;
    let answer = Object::read(&body).unwrap_or_default();
    let result = answer.object("result");
    let field = |name: &str| result.text(name).unwrap_or_default();
    Ok(Bot { id: field("id"), name: field("first_name"), username: field("username") })
}
