//! Messages to a short code as V-COM (and gateways like it) posts them: JSON with a checksum.
//!
//! It wants HTTP 200 and [`TAKEN`] whatever happened, and posts the same again after 20 seconds, twice, when it does not get
//! them: `request_id` is the key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::fields::Fields;
use crate::event::{Event, Kind, Signature, Unreadable};
use crate::json;

/// The answer to a message that is stored, now or before.
pub const TAKEN: &str = r#"{"data":{"code":200,"status":"success","message":""}}"#;

/// The message of one post, and whether its checksum is right: base64 of the SHA-256 of client_id, request_id, phone,
/// secure key and time, one after the other. The words themselves are not under it.
///
/// # Errors
/// The body is no JSON object, or has no `request_id` or no `phone`.
pub fn message(body: &[u8], secure_key: Option<&str>) -> Result<(Signature, Event), Unreadable> {
    read(&Fields::of_json(&json::lossy(body))?, secure_key)
}

/// A kept post, as JSON, an address, a query, or lines of `name=value`.
///
/// Keys: signature, event_kind, external_id, sender_id, short_code, text, delivered (always null).
///
/// # Errors
/// As [`message`].
pub fn inspect(body: &[u8], secure_key: Option<&str>) -> Result<Value, Unreadable> {
    let (signature, event) = read(&Fields::of_any(body)?, secure_key)?;
    Ok(json!({
        "signature": signature,
        "event_kind": event.kind,
        "external_id": event.external_id,
        "sender_id": event.sender_id,
        "short_code": event.recipient_id,
        "text": event.text,
        "delivered": null,
    }))
}

fn read(fields: &Fields, secure_key: Option<&str>) -> Result<(Signature, Event), Unreadable> {
    let missing = |name: &str| Unreadable(format!("there is no {name}"));
    let event = Event {
        kind: Kind::Message,
        external_id: fields.id("request_id").ok_or_else(|| missing("request_id"))?,
        sender_id: Some(fields.number("phone")).filter(|number| !number.is_empty()).ok_or_else(|| missing("phone"))?,
        recipient_id: fields.number("service_id"),
        text: Some(fields.text("message").unwrap_or_default()),
        timestamp_ms: fields.time("time"),
        payload: fields.text("command_code").filter(|code| !code.is_empty()),
        vendor_kind: fields.id("type").unwrap_or_default(),
        ..Event::default()
    };
    Ok((signature(fields, secure_key), event))
}

fn signature(fields: &Fields, secure_key: Option<&str>) -> Signature {
    // Under an empty key anybody could sign.
    let Some(key) = secure_key.filter(|key| !key.is_empty()) else { return Signature::NotChecked };
    let mut hash = Sha256::new();
    for part in [fields.raw("client_id"), fields.raw("request_id"), fields.raw("phone"), key, fields.raw("time")] {
        hash.update(part);
    }
    let right = STANDARD.encode(hash.finalize());
    let signed = fields.raw("checksum").trim();
    if bool::from(signed.as_bytes().ct_eq(right.as_bytes())) { Signature::Valid } else { Signature::Invalid }
}
