//! Hands one message over.
//!
//! Telegram takes no id of ours and tells nothing of its own messages, so after [`Error::Lost`] only a person can say
//! whether the message came.

use serde_json::{Value, json};

use super::limits::LIMITS;
use super::{Access, call};
use crate::answer::repeatable;
use crate::email::charset::nfc;
use crate::http::Client;
use crate::json::Object;
use crate::outbound::{Button, Content, Outbound, Press, Recipient};
use crate::{Attachment, Error, Receipt};

/// Sends to a person who has started the bot.
///
/// # Errors
/// [`Error::Rejected`] before any call for what Telegram has no message for: a public place, a text, a button or a file over
/// the limit, a request for the number with other buttons beside it. Else what [`super::errors`] makes of the answer.
pub async fn send(client: &Client, access: &Access, outbound: &Outbound) -> Result<Receipt, Error> {
    let Recipient::Person(chat) = &outbound.recipient else {
        return Err(Error::Rejected("a bot has no comments to answer".into()));
    };
    let reply = outbound.reply_to.as_deref().and_then(|id| id.parse::<i64>().ok());
    // The message stands also when what it answers is gone.
    let reply = reply.map(|id| json!({"message_id": id, "allow_sending_without_reply": true}));
    let request = match &outbound.content {
        Content::Text { text, buttons } => call::method(client, access, "sendMessage")?.json(&written(chat, text, buttons, reply)?),
        Content::File(attachment) => {
            let (method, form) = carried(chat, attachment, reply)?;
            call::method(client, access, method)?.multipart(form)
        }
        Content::Linked(_) => return Err(Error::Rejected("Telegram takes the file itself".into())),
    };
    let body = call::ask(request).await?;
    let said = Object::read(&body).unwrap_or_default();
    Ok(Receipt { external_id: said.object("result").id("message_id"), answer: "ok".into(), quota: None })
}

/// Ends the waiting sign on a button that was pressed (`tracking_id` of the event). A press that is too old to be answered
/// is no fault.
///
/// # Errors
/// As [`send()`], but never [`Error::Lost`]: answering twice harms nobody.
pub async fn answer_press(client: &Client, access: &Access, press: &str, text: Option<&str>) -> Result<(), Error> {
    let mut body = json!({"callback_query_id": press});
    if let Some(text) = text {
        body["text"] = json!(text.chars().take(LIMITS.press_answer).collect::<String>());
    }
    match call::ask(call::method(client, access, "answerCallbackQuery")?.json(&body)).await {
        Err(Error::Rejected(reason)) if reason.contains("query is too old") => Ok(()),
        other => other.map(drop).map_err(repeatable),
    }
}

fn written(chat: &str, text: &str, buttons: &[Button], reply: Option<Value>) -> Result<Value, Error> {
    let text = nfc(text);
    let count = text.chars().count();
    if count > LIMITS.text {
        return Err(Error::Rejected(format!("the text has {count} characters, {} are allowed", LIMITS.text)));
    }
    let mut body = json!({"chat_id": chat, "text": text, "link_preview_options": {"is_disabled": true}});
    if let Some(reply) = reply {
        body["reply_parameters"] = reply;
    }
    if let Some(keyboard) = keyboard(buttons)? {
        body["reply_markup"] = keyboard;
    }
    Ok(body)
}

/// Buttons, each on a line of its own: titles are sentences more than words.
fn keyboard(buttons: &[Button]) -> Result<Option<Value>, Error> {
    let mut lines = Vec::new();
    for button in buttons {
        lines.push(match &button.press {
            Press::Answer(payload) if payload.is_empty() || payload.len() > LIMITS.button_payload => {
                return Err(Error::Rejected(format!("the payload of a button has 1 to {} octets", LIMITS.button_payload)));
            }
            Press::Answer(payload) => json!([{"text": button.title, "callback_data": payload}]),
            Press::Open(address) => json!([{"text": button.title, "url": address}]),
            Press::ShareContact if buttons.len() > 1 => {
                return Err(Error::Rejected("a request for the number stands alone".into()));
            }
            Press::ShareContact => {
                let line = json!([{"text": button.title, "request_contact": true}]);
                return Ok(Some(json!({"keyboard": [line], "resize_keyboard": true, "one_time_keyboard": true})));
            }
        });
    }
    Ok((!lines.is_empty()).then(|| json!({"inline_keyboard": lines})))
}

fn carried(chat: &str, file: &Attachment, reply: Option<Value>) -> Result<(&'static str, reqwest::multipart::Form), Error> {
    let size = file.bytes.len();
    if size > LIMITS.upload {
        return Err(Error::Rejected(format!("the file has {size} octets, {} are allowed", LIMITS.upload)));
    }
    let picture = matches!(file.bytes.as_slice(), [0xff, 0xd8, 0xff, ..] | [0x89, b'P', b'N', b'G', ..]);
    let (method, field) = if picture && size <= LIMITS.photo { ("sendPhoto", "photo") } else { ("sendDocument", "document") };
    let part = reqwest::multipart::Part::bytes(file.bytes.clone()).file_name(file.name.clone());
    let part = part.mime_str(&file.content_type).map_err(|_| Error::Rejected("the file's type cannot be written".into()))?;
    let form = reqwest::multipart::Form::new().text("chat_id", chat.to_owned()).part(field, part);
    Ok((
        method,
        match reply {
            Some(reply) => form.text("reply_parameters", reply.to_string()),
            None => form,
        },
    ))
}
