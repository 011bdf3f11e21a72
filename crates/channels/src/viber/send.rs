//! Hands a message to Viber.
//!
//! Viber removes no repeats and cannot be asked what became of a message. Our id goes with it as `tracking_data`, which comes
//! back with what the person writes next.

use reqwest::Client;
use serde_json::{Value, json};

use super::access::{Access, call};
use super::limits::LIMITS;
use crate::json::Object;
use crate::outbound::{Button, Content, Linked, Press, Recipient};
use crate::{Error, Outbound, Receipt};

/// Sends one message.
///
/// # Errors
/// [`Error::Lost`] when the outcome is unknown; else what Viber said (see [`super::errors`]), or [`Error::Rejected`] for
/// what it has no shape for.
pub async fn send(client: &Client, access: &Access, message: &Outbound) -> Result<Receipt, Error> {
    let Recipient::Person(person) = &message.recipient else { return Err(Error::Rejected("Viber has no comments".into())) };
    let mut body = match &message.content {
        Content::Text { text, buttons } => content(access, text, buttons)?,
        Content::Linked(file) => linked(access, file)?,
        Content::File(_) => return Err(Error::Rejected("Viber takes a file by its public address only".into())),
    };
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

/// A picture within the limit is shown as one; anything else is a file to be saved.
fn linked(access: &Access, file: &Linked) -> Result<Value, Error> {
    let mut body = content(access, "", &[])?;
    body["media"] = file.address.as_str().into();
    if matches!(file.content_type.as_str(), "image/jpeg" | "image/png") && file.size <= LIMITS.picture {
        body["type"] = "picture".into();
        return Ok(body);
    }
    if file.size > LIMITS.file {
        return Err(Error::Rejected(format!("the file has {} octets, {} are allowed", file.size, LIMITS.file)));
    }
    body["type"] = "file".into();
    body["size"] = file.size.into();
    // What is cut is the beginning: the end says what kind of file it is.
    let cut = file.name.chars().count().saturating_sub(LIMITS.file_name);
    body["file_name"] = file.name.chars().skip(cut).collect::<String>().into();
    if let Some(body) = body.as_object_mut() {
        body.remove("text");
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
