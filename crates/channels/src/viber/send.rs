//! Hands a message to Viber.
//!
//! Viber removes no repeats and cannot be asked what became of a message. Our id goes with it as `tracking_data`, which comes
//! back with what the person writes next.

use reqwest::Client;
use serde_json::{Value, json};

use super::access::{Access, call};
use super::limits::LIMITS;
use crate::json::Object;
use crate::outbound::{Button, Content, Press, Recipient};
use crate::{Error, Outbound, Receipt};

/// Sends one message.
///
/// # Errors
/// [`Error::Lost`] when the outcome is unknown; else what Viber said (see [`super::errors`]), or [`Error::Rejected`] for
/// what it has no shape for.
pub async fn send(client: &Client, access: &Access, message: &Outbound) -> Result<Receipt, Error> {
    let Recipient::Person(person) = &message.recipient else { return Err(Error::Rejected("Viber has no comments".into())) };
    let Content::Text { text, buttons } = &message.content else {
        return Err(Error::Rejected("Viber takes a file by its public address only: send that in a text".into()));
    };
    let mut body = content(access, text, buttons)?;
    body["receiver"] = person.as_str().into();
    body["tracking_data"] = message.id.chars().take(LIMITS.tracking_data).collect::<String>().into();
    within(&body)?;
    let answer = call(client, access, "send_message", &body).await?;
    let id = Object::read(&answer).ok().and_then(|answer| answer.id("message_token"));
    let id = id.ok_or_else(|| Error::Lost("answered without a message_token".into()))?;
    Ok(Receipt { answer: format!("message_token {id}"), external_id: Some(id), quota: None })
}

/// The body with which `conversation_started` may be answered: the one message that somebody who has not subscribed can get.
///
/// # Errors
/// [`Error::Rejected`] for what Viber would not take.
pub fn welcome(access: &Access, text: &str, buttons: &[Button]) -> Result<Value, Error> {
    let body = content(access, text, buttons)?;
    within(&body)?;
    Ok(body)
}

fn content(access: &Access, text: &str, buttons: &[Button]) -> Result<Value, Error> {
    if buttons.len() > LIMITS.buttons {
        return Err(Error::Rejected(format!("there are more than {} buttons", LIMITS.buttons)));
    }
    let sender_name: String = access.sender_name.chars().take(LIMITS.sender_name).collect();
    // Version 3 is the first whose applications can share a telephone number.
    let version = if buttons.iter().any(|button| button.press == Press::ShareContact) { 3 } else { 1 };
    let mut body = json!({"min_api_version": version, "sender": {"name": sender_name}, "type": "text", "text": text});
    if let Some(avatar) = &access.avatar {
        body["sender"]["avatar"] = avatar.as_str().into();
    }
    if !buttons.is_empty() {
        let buttons: Vec<Value> = buttons.iter().map(key).collect();
        body["keyboard"] = json!({"Type": "keyboard", "DefaultHeight": false, "Buttons": buttons});
    }
    Ok(body)
}

/// One button over the whole width. What it answers comes back as an ordinary text.
fn key(button: &Button) -> Value {
    let (action, body) = match &button.press {
        Press::Answer(payload) => ("reply", payload.as_str()),
        Press::Open(address) => ("open-url", address.as_str()),
        Press::ShareContact => ("share-phone", "reply"),
    };
    json!({"Columns": 6, "Rows": 1, "ActionType": action, "ActionBody": body, "Text": html(&button.title), "TextSize": "regular"})
}

/// Viber reads a button's text as HTML.
fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn within(body: &Value) -> Result<(), Error> {
    if body.to_string().len() <= LIMITS.request {
        return Ok(());
    }
    Err(Error::Rejected(format!("the request is longer than the {} octets that Viber takes", LIMITS.request)))
}
