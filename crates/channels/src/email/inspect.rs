//! What the parser makes of a mail, as one JSON object for people who look into a fault.

use serde_json::{Value, json};

use super::bounce;
use super::classify::{Ours, classify};
use super::parse::parse;
use crate::Class;

/// Keys: class, external_id, sender_id, recipients, in_reply_to, references, text, visible_reply,
/// attachments (name, type, size); for a bounce failed_recipients.
pub fn inspect(raw: &[u8]) -> Value {
    let mail = parse(raw);
    let class = classify(&mail, &Ours::default()).class();
    let attachments: Vec<Value> =
        mail.attachments.iter().map(|a| json!({"name": a.name, "type": a.content_type, "size": a.size})).collect();
    let recipients: Vec<&str> = mail.recipients.iter().map(|m| m.address.as_str()).collect();
    let mut out = json!({
        "class": class.as_str(),
        "external_id": mail.external_id,
        "sender_id": mail.sender().map(|m| m.address),
        "recipients": recipients,
        "in_reply_to": mail.in_reply_to.first(),
        "references": mail.references,
        "text": mail.text,
        "visible_reply": mail.visible_reply(),
        "attachments": attachments,
    });
    if class == Class::Bounce {
        out["failed_recipients"] = json!(bounce::report(&mail, None).failed());
    }
    out
}
