//! A page's message, checked as the Send API checks it. [Meta: "Send API Reference", v25.0; facebook.md §7]

use serde_json::{Value, json};

use super::error::GraphError;
use super::state::{Attachment, State};
use crate::talk::{Choice, Does, is_web_address};

const TEXT: usize = 2_000;
const QUICK_REPLIES: usize = 13;
const TITLE: usize = 20;
const PAYLOAD: usize = 1_000;
const BUTTON_TEXT: usize = 640;
const BUTTONS: usize = 3;
const ELEMENTS: usize = 10;
const ELEMENT_TEXT: usize = 80;
const METADATA: usize = 1_000;

/// A message that may be sent, if a window allows it.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    /// `text`, `image`, `template`, …
    pub kind: String,
    pub text: String,
    pub attachments: Vec<Attachment>,
    pub choices: Vec<Choice>,
    pub metadata: Option<String>,
}

impl Outgoing {
    /// Reads and checks. `uploaded` is the address of a file that came with the call.
    pub fn read(message: &Value, state: &State, page: &str, uploaded: Option<Attachment>) -> Result<Self, GraphError> {
        let text = string(message, "text")?;
        let attachment = message.get("attachment");
        let mut outgoing = match (text, attachment) {
            (Some(_), Some(_)) => return Err(GraphError::parameter("Message cannot contain both text and attachment")),
            (None, None) => return Err(GraphError::parameter("Message cannot be empty, must provide valid attachment or text")),
            (Some(text), None) => Self::of_text(text)?,
            (None, Some(attachment)) => Self::of_attachment(attachment, state, page, uploaded)?,
        };
        if let Some(replies) = message.get("quick_replies") {
            outgoing.choices.extend(quick_replies(replies)?);
        }
        outgoing.metadata = string(message, "metadata")?;
        if outgoing.metadata.as_ref().is_some_and(|metadata| long(metadata, METADATA - 1)) {
            return Err(GraphError::parameter("Length of param message[metadata] must be less than 1000"));
        }
        Ok(outgoing)
    }

    fn of_text(text: String) -> Result<Self, GraphError> {
        if text.trim().is_empty() {
            return Err(GraphError::parameter("Message cannot be empty, must provide valid attachment or text"));
        }
        if long(&text, TEXT) {
            return Err(GraphError::parameter("Length of param message[text] must be less than or equal to 2000"));
        }
        Ok(Self { kind: "text".into(), text, ..Self::default() })
    }

    fn of_attachment(attachment: &Value, state: &State, page: &str, uploaded: Option<Attachment>) -> Result<Self, GraphError> {
        let kind = string(attachment, "type")?.unwrap_or_default();
        let payload = attachment.get("payload").unwrap_or(&Value::Null);
        match kind.as_str() {
            "template" => Self::of_template(payload),
            "image" | "audio" | "video" | "file" => {
                let attachment = the_file(&kind, payload, state, page, uploaded)?;
                Ok(Self { kind, attachments: vec![attachment], ..Self::default() })
            }
            _ => Err(GraphError::parameter("Param message[attachment][type] must be one of {audio, file, image, template, video}")),
        }
    }

    fn of_template(payload: &Value) -> Result<Self, GraphError> {
        match string(payload, "template_type")?.unwrap_or_default().as_str() {
            "button" => {
                let text = string(payload, "text")?.unwrap_or_default();
                if text.is_empty() || long(&text, BUTTON_TEXT) {
                    return Err(GraphError::parameter("Length of param text of the button template must be 1 to 640"));
                }
                let choices = buttons(payload.get("buttons").unwrap_or(&Value::Null), 1)?;
                Ok(Self { kind: "template".into(), text, choices, ..Self::default() })
            }
            "generic" => Self::of_generic(payload),
            _ => Err(GraphError::parameter("Param template_type must be one of {button, generic}")),
        }
    }

    fn of_generic(payload: &Value) -> Result<Self, GraphError> {
        let elements = payload.get("elements").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        if elements.is_empty() || elements.len() > ELEMENTS {
            return Err(GraphError::parameter("A generic template has 1 to 10 elements"));
        }
        let mut outgoing = Self { kind: "template".into(), ..Self::default() };
        let mut lines = Vec::new();
        for element in elements {
            for name in ["title", "subtitle"] {
                let text = string(element, name)?.unwrap_or_default();
                if long(&text, ELEMENT_TEXT) || (name == "title" && text.is_empty()) {
                    return Err(GraphError::parameter(format!("Param {name} of an element must be at most 80 characters long")));
                }
                if !text.is_empty() {
                    lines.push(text);
                }
            }
            if let Some(url) = string(element, "image_url")? {
                outgoing.attachments.push(Attachment { kind: "image".into(), url: web_address(url)?, name: "image".into() });
            }
            outgoing.choices.extend(buttons(element.get("buttons").unwrap_or(&json!([])), 0)?);
        }
        outgoing.text = lines.join("\n");
        Ok(outgoing)
    }

    /// The `attachments` of its echo.
    pub fn echo_attachments(&self) -> Option<Value> {
        if self.kind == "template" {
            let buttons: Vec<_> = self.choices.iter().map(|choice| json!({"title": choice.label})).collect();
            return Some(json!([{"type": "template", "title": self.text, "payload": {"template_type": "button", "buttons": buttons}}]));
        }
        let items: Vec<_> =
            self.attachments.iter().map(|attachment| json!({"type": attachment.kind, "payload": {"url": attachment.url}})).collect();
        (!items.is_empty()).then(|| items.into())
    }
}

/// The one file of a message: by address, by an earlier upload, or with the call.
pub(super) fn the_file(
    kind: &str,
    payload: &Value,
    state: &State,
    page: &str,
    uploaded: Option<Attachment>,
) -> Result<Attachment, GraphError> {
    if let Some(uploaded) = uploaded {
        return Ok(uploaded);
    }
    if let Some(id) = string(payload, "attachment_id")? {
        let upload = state.uploads.get(&id).filter(|upload| upload.page == page && upload.kind == kind);
        let upload = upload.ok_or_else(|| GraphError::parameter("Invalid attachment_id"))?;
        return Ok(Attachment { kind: kind.into(), url: upload.url.clone(), name: kind.into() });
    }
    let url = string(payload, "url")?.ok_or_else(|| GraphError::parameter("An attachment needs url, attachment_id or filedata"))?;
    Ok(Attachment { kind: kind.into(), url: web_address(url)?, name: kind.into() })
}

fn quick_replies(replies: &Value) -> Result<Vec<Choice>, GraphError> {
    let replies = replies.as_array().ok_or_else(|| GraphError::parameter("Param message[quick_replies] must be an array"))?;
    if replies.len() > QUICK_REPLIES {
        return Err(GraphError::parameter("Param message[quick_replies] must have at most 13 elements"));
    }
    let one = |reply: &Value| -> Result<Option<Choice>, GraphError> {
        match string(reply, "content_type")?.unwrap_or_default().as_str() {
            "text" => {}
            // The phone shows these as the person's own number or address, which nobody has here.
            "user_phone_number" | "user_email" => return Ok(None),
            _ => return Err(GraphError::parameter("Param content_type must be one of {text, user_phone_number, user_email}")),
        }
        let title = string(reply, "title")?.unwrap_or_default();
        let payload = string(reply, "payload")?.unwrap_or_default();
        if title.is_empty() || long(&title, TITLE) {
            return Err(GraphError::parameter("Length of param title of a quick reply must be 1 to 20"));
        }
        if long(&payload, PAYLOAD) {
            return Err(GraphError::parameter("Length of param payload of a quick reply must be at most 1000"));
        }
        Ok(Some(Choice { label: title, does: Does::QuickReply { payload } }))
    };
    replies.iter().filter_map(|reply| one(reply).transpose()).collect()
}

fn buttons(buttons: &Value, least: usize) -> Result<Vec<Choice>, GraphError> {
    let buttons = buttons.as_array().ok_or_else(|| GraphError::parameter("Param buttons must be an array"))?;
    if buttons.len() < least || buttons.len() > BUTTONS {
        return Err(GraphError::parameter("A template has at most 3 buttons"));
    }
    buttons
        .iter()
        .map(|button| {
            let label = string(button, "title")?.unwrap_or_default();
            if label.is_empty() || long(&label, TITLE) {
                return Err(GraphError::parameter("Length of param title of a button must be 1 to 20"));
            }
            let payload = string(button, "payload")?.unwrap_or_default();
            let does = match string(button, "type")?.unwrap_or_default().as_str() {
                "postback" if !payload.is_empty() && !long(&payload, PAYLOAD) => Does::Postback { payload },
                "phone_number" => Does::Dial { number: payload },
                "web_url" => Does::Open { url: web_address(string(button, "url")?.unwrap_or_default())? },
                _ => return Err(GraphError::parameter("A button is a postback with payload, a phone_number or a web_url with url")),
            };
            Ok(Choice { label, does })
        })
        .collect()
}

/// Meta fetches public HTTPS only. Plain HTTP is let through to this machine, where there are no certificates.
fn web_address(url: String) -> Result<String, GraphError> {
    let here = ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|here| url.starts_with(here));
    if is_web_address(&url) && (here || url.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"))) {
        Ok(url)
    } else {
        Err(GraphError::parameter("url should represent a valid URL"))
    }
}

/// A member that must be text if it is there at all.
pub(super) fn string(object: &Value, name: &str) -> Result<Option<String>, GraphError> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(GraphError::parameter(format!("Param {name} must be a string"))),
    }
}

fn long(text: &str, most: usize) -> bool {
    text.chars().count() > most
}
