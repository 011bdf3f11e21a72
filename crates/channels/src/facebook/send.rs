//! Hands a message to Facebook: in a chat, under a comment, or to a comment's author; hides comments and shows them again.
//!
//! Facebook removes no repeats. Every message in a chat carries its id of ours as `metadata`, which its echo repeats: so a
//! lost reply is settled.

use reqwest::Client;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::limits::LIMITS;
use super::{Access, graph};
use crate::answer::{repeatable, said};
use crate::json::Object;
use crate::outbound::{Button, Content, Footing, Press, Recipient};
use crate::{Attachment, Error, Outbound, Receipt};

/// Sends one message. A file is uploaded first; to send it to many, [`upload`] it once and call [`send_uploaded`].
///
/// # Errors
/// [`Error::Lost`] when the outcome is unknown; before that, and for an upload, [`Error::Unreachable`]. Else what Facebook
/// said (see [`super::errors`]), or [`Error::Rejected`] for what it has no shape for.
pub async fn send(client: &Client, access: &Access, message: &Outbound) -> Result<Receipt, Error> {
    match &message.content {
        Content::Text { text, buttons } => match &message.recipient {
            Recipient::UnderComment(comment) => comment_on(client, access, comment, text, buttons).await,
            _ => deliver(client, access, message, content(text, buttons)?).await,
        },
        Content::File(file) => {
            in_a_chat(message)?;
            let id = upload(client, access, file).await?;
            send_uploaded(client, access, message, kind(&file.content_type), &id).await
        }
        Content::Linked(_) => Err(Error::Rejected("Facebook takes the file itself".into())),
    }
}

/// Sends a file that was uploaded before; `kind` is that of [`kind`].
///
/// # Errors
/// As [`send`].
pub async fn send_uploaded(client: &Client, access: &Access, message: &Outbound, kind: &str, id: &str) -> Result<Receipt, Error> {
    in_a_chat(message)?;
    deliver(client, access, message, json!({"attachment": {"type": kind, "payload": {"attachment_id": id}}})).await
}

/// Uploads a file, to be sent as often as wanted; gives its id.
///
/// # Errors
/// [`Error::Rejected`] for a file that is too large; else as any call that may be repeated.
pub async fn upload(client: &Client, access: &Access, file: &Attachment) -> Result<String, Error> {
    let kind = kind(&file.content_type);
    let most = if kind == "image" { LIMITS.image } else { LIMITS.file };
    if file.bytes.len() > most {
        return Err(Error::Rejected(format!("the file is larger than the {most} octets that Facebook takes")));
    }
    let about = json!({"attachment": {"type": kind, "payload": {"is_reusable": true}}});
    let part = Part::bytes(file.bytes.clone()).file_name(file.name.clone());
    let part = part.mime_str(&file.content_type).map_err(|_| Error::Rejected("the file has no type".into()))?;
    let form = Form::new().text("message", about.to_string()).part("filedata", part);
    let address = access.proven(access.address(&[&access.page_id, "message_attachments"])?);
    let answer = graph::call(client.post(address).multipart(form), access).await.map_err(repeatable)?;
    let id = Object::read(&answer).ok().and_then(|answer| answer.id("attachment_id"));
    id.ok_or_else(|| Error::Unreachable("the upload was answered without an id".into()))
}

/// Hides a comment from everybody but its author and their friends, or shows it again.
///
/// # Errors
/// As any call that may be repeated.
pub async fn hide(client: &Client, access: &Access, comment: &str, hidden: bool) -> Result<(), Error> {
    let answer = graph::post(client, access, access.address(&[comment])?, &json!({"is_hidden": hidden})).await.map_err(repeatable)?;
    let done = Object::read(&answer).is_ok_and(|answer| answer.is_true("success"));
    if done { Ok(()) } else { Err(Error::Rejected(said(Some(answer)))) }
}

/// How Facebook calls a file of a type.
pub fn kind(content_type: &str) -> &'static str {
    match content_type.split('/').next() {
        Some("image") => "image",
        Some("video") => "video",
        Some("audio") => "audio",
        _ => "file",
    }
}

fn in_a_chat(message: &Outbound) -> Result<(), Error> {
    match message.recipient {
        Recipient::UnderComment(_) => Err(Error::Rejected("a file cannot be put under a comment".into())),
        _ => Ok(()),
    }
}

/// One call of the send interface, in a chat.
async fn deliver(client: &Client, access: &Access, message: &Outbound, mut content: Value) -> Result<Receipt, Error> {
    content["metadata"] = message.id.chars().take(LIMITS.metadata).collect::<String>().into();
    let mut body = json!({"message": content});
    match &message.recipient {
        Recipient::Person(id) => {
            body["recipient"] = json!({"id": id});
            match message.footing {
                Footing::Answer => body["messaging_type"] = "RESPONSE".into(),
                Footing::Human => {
                    body["messaging_type"] = "MESSAGE_TAG".into();
                    body["tag"] = "HUMAN_AGENT".into();
                }
            }
        }
        Recipient::AuthorOf { comment } | Recipient::UnderComment(comment) => body["recipient"] = json!({"comment_id": comment}),
    }
    let answer = graph::post(client, access, access.address(&[&access.page_id, "messages"])?, &body).await?;
    receipt(&answer, "message_id")
}

async fn comment_on(client: &Client, access: &Access, comment: &str, text: &str, buttons: &[Button]) -> Result<Receipt, Error> {
    if !buttons.is_empty() {
        return Err(Error::Rejected("there are no buttons in public".into()));
    }
    let answer = graph::post(client, access, access.address(&[comment, "comments"])?, &json!({"message": text})).await?;
    receipt(&answer, "id")
}

/// An answer that grants the call and names nothing leaves unknown what was done.
fn receipt(answer: &str, member: &str) -> Result<Receipt, Error> {
    let id = Object::read(answer).ok().and_then(|answer| answer.id(member));
    let id = id.ok_or_else(|| Error::Lost(format!("answered without a {member}")))?;
    Ok(Receipt { answer: format!("{member} {id}"), external_id: Some(id), quota: None })
}

/// A text with its buttons. Answers are quick replies. Buttons that open addresses exist only below a short text; where
/// they cannot be, the addresses stand in the text.
fn content(text: &str, buttons: &[Button]) -> Result<Value, Error> {
    let opens = buttons.iter().any(|button| matches!(button.press, Press::Open(_)));
    let shares = buttons.iter().any(|button| button.press == Press::ShareContact);
    if opens && !shares && buttons.len() <= LIMITS.buttons && text.chars().count() <= LIMITS.button_text {
        let buttons = buttons.iter().map(template_button).collect::<Result<Vec<_>, _>>()?;
        let payload = json!({"template_type": "button", "text": text, "buttons": buttons});
        return Ok(json!({"attachment": {"type": "template", "payload": payload}}));
    }
    let mut text = text.to_owned();
    let mut replies = Vec::new();
    for button in buttons {
        match &button.press {
            Press::Answer(payload) => {
                let title = title(&button.title, LIMITS.quick_reply_title);
                replies.push(json!({"content_type": "text", "title": title, "payload": within(payload)?}));
            }
            Press::ShareContact => replies.push(json!({"content_type": "user_phone_number"})),
            Press::Open(address) => text.push_str(&format!("\n{}: {address}", button.title)),
        }
    }
    if replies.len() > LIMITS.quick_replies {
        return Err(Error::Rejected(format!("there are more than {} quick replies", LIMITS.quick_replies)));
    }
    let mut content = json!({"text": text});
    if !replies.is_empty() {
        content["quick_replies"] = replies.into();
    }
    Ok(content)
}

fn template_button(button: &Button) -> Result<Value, Error> {
    let title = title(&button.title, LIMITS.button_title);
    Ok(match &button.press {
        Press::Open(address) => json!({"type": "web_url", "title": title, "url": address}),
        Press::Answer(payload) => json!({"type": "postback", "title": title, "payload": within(payload)?}),
        Press::ShareContact => return Err(Error::Rejected("contact details are asked for by a quick reply".into())),
    })
}

fn within(payload: &str) -> Result<&str, Error> {
    if payload.chars().count() <= LIMITS.payload { Ok(payload) } else { Err(Error::Rejected("a button's payload is too long".into())) }
}

/// A title that fits, cut with a mark.
fn title(title: &str, most: usize) -> String {
    if title.chars().count() <= most {
        return title.to_owned();
    }
    title.chars().take(most - 1).chain(['…']).collect()
}
