//! Hands one consultation message over.
//!
//! Zalo takes no id of ours, so after [`Error::Lost`] the message may be there: its echo (`oa_send_…`) or a look into the
//! conversation tells.

use serde_json::{Value, json};

use super::limits::LIMITS;
use super::upload::{Asset, upload};
use super::{Access, call};
use crate::email::charset::nfc;
use crate::http::Client;
use crate::outbound::{Button, Content, Outbound, Press, Recipient};
use crate::{Error, Receipt};

/// Sends to a person, or to somebody not logged in (see [`super::parse::anonymous`]). A file is uploaded first; who keeps
/// what was uploaded uses [`send_asset`].
///
/// # Errors
/// [`Error::Rejected`] before any call for what Zalo has no message for: a public place, a text over the limit, a request
/// for contact details with other buttons beside it. Else what [`super::errors`] makes of the answer.
pub async fn send(client: &Client, access: &Access, outbound: &Outbound) -> Result<Receipt, Error> {
    let message = match &outbound.content {
        Content::Text { text, buttons } => written(access, text, buttons, outbound.reply_to.as_deref())?,
        Content::File(file) => {
            addressed(&outbound.recipient)?;
            shown(&upload(client, access, file).await?)
        }
        Content::Linked(_) => return Err(Error::Rejected("Zalo takes the file itself".into())),
    };
    hand_over(client, access, &outbound.recipient, message).await
}

/// Sends what was uploaded before.
///
/// # Errors
/// As [`send()`]; -100 ([`Error::Throttled`]) means that it has to be uploaded again.
pub async fn send_asset(client: &Client, access: &Access, recipient: &Recipient, asset: &Asset) -> Result<Receipt, Error> {
    hand_over(client, access, recipient, shown(asset)).await
}

async fn hand_over(client: &Client, access: &Access, recipient: &Recipient, message: Value) -> Result<Receipt, Error> {
    let (path, recipient) = addressed(recipient)?;
    let body = json!({"recipient": recipient, "message": message});
    Ok(call::receipt(&call::post(client, access, &access.bases.openapi, path, &body).await?))
}

fn addressed(recipient: &Recipient) -> Result<(&'static str, Value), Error> {
    let Recipient::Person(person) = recipient else {
        return Err(Error::Rejected("an Official Account has no comments to answer".into()));
    };
    Ok(match person.split_once('/') {
        Some((anonymous, conversation)) => ("/v2.0/oa/message", json!({"anonymous_id": anonymous, "conversation_id": conversation})),
        None => ("/v3.0/oa/message/cs", json!({"user_id": person})),
    })
}

fn written(access: &Access, text: &str, buttons: &[Button], reply_to: Option<&str>) -> Result<Value, Error> {
    let text = nfc(text);
    limited("the text", &text, LIMITS.text)?;
    if let Some(ask) = buttons.iter().find(|button| button.press == Press::ShareContact) {
        if buttons.len() > 1 {
            return Err(Error::Rejected("a request for contact details stands alone".into()));
        }
        let mut element = json!({"title": ask.title, "subtitle": text});
        if let Some(image) = &access.contact_image {
            element["image_url"] = json!(image);
        }
        return Ok(template(json!({"template_type": "request_user_info", "elements": [element]})));
    }
    if !buttons.is_empty() {
        // A template cannot quote: the buttons matter more.
        return Ok(template(json!({"template_type": "button", "text": text, "buttons": pressed(buttons)?})));
    }
    Ok(match reply_to {
        Some(message) => json!({"text": text, "quote_message_id": message}),
        None => json!({"text": text}),
    })
}

fn pressed(buttons: &[Button]) -> Result<Vec<Value>, Error> {
    if buttons.len() > LIMITS.buttons {
        return Err(Error::Rejected(format!("a message has at most {} buttons", LIMITS.buttons)));
    }
    let one = |button: &Button| {
        limited("the title of a button", &button.title, LIMITS.button_title)?;
        Ok(match &button.press {
            Press::Open(address) => json!({"title": button.title, "type": "oa.open.url", "payload": {"url": address}}),
            // `oa.query.show`: the payload comes back as a message of the person, which opens the window anew.
            Press::Answer(payload) => {
                limited("the payload of a button", payload, LIMITS.button_payload)?;
                json!({"title": button.title, "type": "oa.query.show", "payload": payload})
            }
            Press::ShareContact => return Err(Error::Rejected("a request for contact details stands alone".into())),
        })
    };
    buttons.iter().map(one).collect()
}

fn shown(asset: &Asset) -> Value {
    let media = |element: Value| template(json!({"template_type": "media", "elements": [element]}));
    match asset {
        Asset::Image { attachment_id } => media(json!({"media_type": "image", "attachment_id": attachment_id})),
        Asset::Gif { attachment_id, width, height } => {
            media(json!({"media_type": "gif", "attachment_id": attachment_id, "width": width, "height": height}))
        }
        Asset::File { token } => json!({"attachment": {"type": "file", "payload": {"token": token}}}),
    }
}

fn template(payload: Value) -> Value {
    json!({"attachment": {"type": "template", "payload": payload}})
}

fn limited(what: &str, text: &str, limit: usize) -> Result<(), Error> {
    let count = text.chars().count();
    if count <= limit {
        return Ok(());
    }
    Err(Error::Rejected(format!("{what} has {count} characters, {limit} are allowed")))
}
