//! The bot itself: where its callbacks go, whether the token is good, who a person is.

use reqwest::Client;
use serde_json::json;

use super::access::{Access, call};
use crate::Error;
use crate::answer::repeatable;
use crate::json::Object;

/// Callbacks that have to be asked for; messages always come.
pub const EVENTS: [&str; 6] = ["delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started"];

/// Sets the address of the callbacks. While the call lasts Viber posts `webhook` there and wants 200.
///
/// # Errors
/// [`Error::Misconfigured`] when the address did not answer or its certificate is not trusted.
pub async fn set_webhook(client: &Client, access: &Access, address: &str) -> Result<(), Error> {
    let body = json!({"url": address, "event_types": EVENTS, "send_name": true, "send_photo": false});
    call(client, access, "set_webhook", &body).await.map_err(repeatable)?;
    Ok(())
}

/// The bot as Viber knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bot {
    pub name: String,
    /// Its unique address: people open the bot at `viber://pa?chatURI=…`.
    pub uri: String,
}

/// Tries the token; tells whose it is.
///
/// # Errors
/// [`Error::Misconfigured`] when the token is bad or the bot blocked.
pub async fn test(client: &Client, access: &Access) -> Result<Bot, Error> {
    let answer = call(client, access, "get_account_info", &json!({})).await.map_err(repeatable)?;
    let account = Object::read(&answer).unwrap_or_default();
    let bot = Bot { name: account.text("name").unwrap_or_default(), uri: account.text("uri").unwrap_or_default() };
    if bot == Bot::default() { Err(Error::Misconfigured("the token names no bot".into())) } else { Ok(bot) }
}

/// Name of a person who wrote to the bot; `None` when Viber does not tell. May be asked twice in 12 hours.
///
/// # Errors
/// As any call that may be repeated.
pub async fn name(client: &Client, access: &Access, person: &str) -> Result<Option<String>, Error> {
    let answer = call(client, access, "get_user_details", &json!({"id": person})).await.map_err(repeatable)?;
    Ok(Object::read(&answer).unwrap_or_default().object("user").text("name"))
}
