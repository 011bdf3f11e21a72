//! An account's message, checked as the consultation call checks it. [zalo.md §6]

use jiff::Timestamp;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

use super::error::ZaloError;
use super::state::{Attachment, State};
use crate::talk::{Choice, Does, is_web_address};

/// Characters, counted after NFC.
const TEXT: usize = 2_000;
/// Of a button template (recalled).
const BUTTONS: usize = 5;
const TITLE: usize = 100;
const PAYLOAD: usize = 1_000;

/// A message that may be sent, if a window allows it.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    /// `text`, `image`, `gif`, `file`, `template`: the end of its echo's name.
    pub kind: String,
    pub text: String,
    pub quote: Option<String>,
    pub attachments: Vec<Attachment>,
    pub choices: Vec<Choice>,
}

impl Outgoing {
    pub fn read(message: &Value, state: &State, account: &str, now: Timestamp) -> Result<Self, ZaloError> {
        let text = string(message, "text")?.unwrap_or_default();
        if long(&text, TEXT) {
            return Err(ZaloError::OVER_LIMIT);
        }
        let mut outgoing = match message.get("attachment") {
            None | Some(Value::Null) if text.trim().is_empty() => return Err(ZaloError::BAD_PARAMETER),
            None | Some(Value::Null) => Self { kind: "text".into(), text, ..Self::default() },
            Some(attachment) => {
                let mut outgoing = Self::of_attachment(attachment, state, account, now)?;
                if !text.is_empty() {
                    outgoing.text = text;
                }
                outgoing
            }
        };
        outgoing.quote = string(message, "quote_message_id")?;
        Ok(outgoing)
    }

    fn of_attachment(attachment: &Value, state: &State, account: &str, now: Timestamp) -> Result<Self, ZaloError> {
        let payload = attachment.get("payload").unwrap_or(&Value::Null);
        match string(attachment, "type")?.as_deref() {
            Some("file") => {
                let token = string(payload, "token")?.ok_or(ZaloError::BAD_PARAMETER)?;
                let file = uploaded(state, account, &token, "file", now)?;
                Ok(Self { kind: "file".into(), attachments: vec![file], ..Self::default() })
            }
            Some("template") => match string(payload, "template_type")?.as_deref() {
                Some("media") => Self::of_media(payload, state, account, now),
                Some("button") => Self::of_buttons(payload),
                Some("request_user_info") => Self::of_request(payload),
                _ => Err(ZaloError::TYPE_NOT_SUPPORTED),
            },
            _ => Err(ZaloError::TYPE_NOT_SUPPORTED),
        }
    }

    fn of_media(payload: &Value, state: &State, account: &str, now: Timestamp) -> Result<Self, ZaloError> {
        let element = the_one(payload)?;
        let kind = string(element, "media_type")?.unwrap_or_default();
        if !matches!(kind.as_str(), "image" | "gif" | "sticker") {
            return Err(ZaloError::TYPE_NOT_SUPPORTED);
        }
        let sized = |name: &str| element.get(name).is_some_and(|size| size.is_number() || size.is_string());
        if kind == "gif" && !(sized("width") && sized("height")) {
            return Err(ZaloError::BAD_PARAMETER);
        }
        let file = match (string(element, "attachment_id")?, string(element, "url")?) {
            (Some(id), _) if kind == "sticker" => Attachment { kind: "sticker".into(), url: String::new(), name: id },
            (Some(id), _) => uploaded(state, account, &id, &kind, now)?,
            (None, Some(url)) if is_web_address(&url) => Attachment { kind: "image".into(), url, name: String::new() },
            _ => return Err(ZaloError::BAD_PARAMETER),
        };
        Ok(Self { kind, attachments: vec![file], ..Self::default() })
    }

    fn of_buttons(payload: &Value) -> Result<Self, ZaloError> {
        let text = string(payload, "text")?.unwrap_or_default();
        if text.trim().is_empty() {
            return Err(ZaloError::BAD_PARAMETER);
        }
        if long(&text, TEXT) {
            return Err(ZaloError::OVER_LIMIT);
        }
        let buttons = payload.get("buttons").and_then(Value::as_array).ok_or(ZaloError::BAD_PARAMETER)?;
        if buttons.is_empty() {
            return Err(ZaloError::BAD_PARAMETER);
        }
        if buttons.len() > BUTTONS {
            return Err(ZaloError::OVER_LIMIT);
        }
        let choices = buttons.iter().map(button).collect::<Result<_, _>>()?;
        Ok(Self { kind: "template".into(), text, choices, ..Self::default() })
    }

    /// "May we have your name and number?"
    fn of_request(payload: &Value) -> Result<Self, ZaloError> {
        let element = the_one(payload)?;
        let (title, subtitle) = (string(element, "title")?.unwrap_or_default(), string(element, "subtitle")?.unwrap_or_default());
        let image = string(element, "image_url")?.unwrap_or_default();
        if title.is_empty() || subtitle.is_empty() || !is_web_address(&image) {
            return Err(ZaloError::BAD_PARAMETER);
        }
        if long(&title, TITLE) || long(&subtitle, 500) {
            return Err(ZaloError::OVER_LIMIT);
        }
        let choices = vec![Choice { label: "Chia sẻ thông tin".into(), does: Does::ShareContact }];
        Ok(Self { kind: "template".into(), text: format!("{title}\n{subtitle}"), choices, ..Self::default() })
    }

    /// The `message` of its echo, without its id.
    pub fn echo(&self) -> Value {
        let mut message = json!({});
        if !self.text.is_empty() {
            message["text"] = self.text.clone().into();
        }
        let items = self.attachments.iter().map(|file| {
            let payload = match file.kind.as_str() {
                "file" => json!({"url": file.url, "name": file.name}),
                _ => json!({"url": file.url, "thumbnail": file.url}),
            };
            json!({"type": file.kind, "payload": payload})
        });
        let items: Vec<_> = items.collect();
        if !items.is_empty() {
            message["attachments"] = items.into();
        }
        message
    }
}

fn button(button: &Value) -> Result<Choice, ZaloError> {
    let label = string(button, "title")?.filter(|title| !title.is_empty()).ok_or(ZaloError::BAD_PARAMETER)?;
    let payload = button.get("payload").unwrap_or(&Value::Null);
    if long(&label, TITLE) || payload.as_str().is_some_and(|payload| long(payload, PAYLOAD)) {
        return Err(ZaloError::OVER_LIMIT);
    }
    let query = |shown| {
        let payload = payload.as_str().filter(|payload| !payload.is_empty()).ok_or(ZaloError::BAD_PARAMETER)?;
        Ok(Does::Query { payload: payload.to_owned(), shown })
    };
    let does = match string(button, "type")?.as_deref() {
        Some("oa.query.show") => query(true)?,
        Some("oa.query.hide") => query(false)?,
        Some("oa.open.url") => {
            let url = string(payload, "url")?.filter(|url| is_web_address(url)).ok_or(ZaloError::BAD_PARAMETER)?;
            Does::Open { url }
        }
        Some("oa.open.phone") => Does::Dial { number: string(payload, "phone_code")?.ok_or(ZaloError::BAD_PARAMETER)? },
        _ => return Err(ZaloError::TYPE_NOT_SUPPORTED),
    };
    Ok(Choice { label, does })
}

fn the_one(payload: &Value) -> Result<&Value, ZaloError> {
    match payload.get("elements").and_then(Value::as_array).map(Vec::as_slice) {
        Some([element]) => Ok(element),
        _ => Err(ZaloError::BAD_PARAMETER),
    }
}

fn uploaded(state: &State, account: &str, id: &str, kind: &str, now: Timestamp) -> Result<Attachment, ZaloError> {
    let upload = state.uploads.get(id).filter(|upload| upload.account == account && upload.until > now);
    let upload = upload.ok_or(ZaloError::ASSET_EXPIRED)?;
    if upload.attachment.kind == kind { Ok(upload.attachment.clone()) } else { Err(ZaloError::BAD_PARAMETER) }
}

/// A member that must be text if it is there at all.
pub(super) fn string(object: &Value, name: &str) -> Result<Option<String>, ZaloError> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(ZaloError::BAD_PARAMETER),
    }
}

fn long(text: &str, most: usize) -> bool {
    text.nfc().count() > most
}
