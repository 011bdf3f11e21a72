//! What eSMS calls us for: both kinds are GET with everything in the query.

use md5::{Digest, Md5};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use crate::event::{Event, Kind, Signature, Unreadable};
use crate::sms::fields::Fields;

/// SendStatus of a message that eSMS is done with.
const DONE: &str = "5";
const REJECTED: &str = "4";

/// The message of a person to a short code, and whether it is signed: `sign` is hex MD5 of cpid, smsid, content,
/// receiverTime and the private key, one after the other.
///
/// # Errors
/// The query has no `smsid`, which is the key of the message, or no `sender`.
pub fn message(query: &str, private_key: Option<&str>) -> Result<(Signature, Event), Unreadable> {
    read_message(&Fields::of_query(query), private_key)
}

/// What became of a message: [`Kind::DeliveryReceipt`], [`Kind::Failed`], or [`Kind::Ignored`] while it is on its way.
/// `receipt_ids` holds its SMSID, `tracking_id` our RequestId.
///
/// # Errors
/// The query names no message.
pub fn receipt(query: &str) -> Result<Event, Unreadable> {
    read_receipt(&Fields::of_query(query))
}

/// The answer to a message: XML whose `Message`, when there is one, is sent to the person.
pub fn answer(smsid: &str, receiver: &str, message: &str) -> String {
    let [message, smsid, receiver] = [message, smsid, receiver].map(xml);
    format!("<ClientResponse><Message>{message}</Message><Smsid>{smsid}</Smsid><Receiver>{receiver}</Receiver></ClientResponse>")
}

/// A kept call of either kind, as an address, a query, lines of `name=value`, or JSON.
///
/// Keys: signature, event_kind, external_id, sender_id, short_code, text, delivered.
///
/// # Errors
/// As [`message`] and [`receipt`].
pub fn inspect(body: &[u8], private_key: Option<&str>) -> Result<Value, Unreadable> {
    let fields = Fields::of_any(body)?;
    let (signature, event) = match fields.has("sendstatus") {
        true => (Signature::NotChecked, read_receipt(&fields)?),
        false => read_message(&fields, private_key)?,
    };
    let delivered = match event.kind {
        Kind::DeliveryReceipt => Some(true),
        Kind::Failed => Some(false),
        _ => None,
    };
    Ok(json!({
        "signature": signature,
        "event_kind": event.kind,
        // Of a receipt the message that it is about.
        "external_id": event.message_id.unwrap_or(event.external_id),
        "sender_id": event.sender_id,
        "short_code": (event.kind == Kind::Message).then_some(event.recipient_id),
        "text": event.text,
        "delivered": delivered,
    }))
}

fn read_message(fields: &Fields, private_key: Option<&str>) -> Result<(Signature, Event), Unreadable> {
    let missing = |name: &str| Unreadable(format!("there is no {name}"));
    let event = Event {
        kind: Kind::Message,
        external_id: fields.id("smsid").ok_or_else(|| missing("smsid"))?,
        sender_id: Some(fields.number("sender")).filter(|number| !number.is_empty()).ok_or_else(|| missing("sender"))?,
        recipient_id: fields.number("servicenumber"),
        text: Some(fields.text("content").unwrap_or_default()),
        timestamp_ms: fields.time("receivertime"),
        payload: fields.text("keyword").filter(|keyword| !keyword.is_empty()),
        vendor_kind: "mo".into(),
        ..Event::default()
    };
    Ok((signature(fields, private_key), event))
}

fn signature(fields: &Fields, private_key: Option<&str>) -> Signature {
    // Under an empty key anybody could sign.
    let Some(key) = private_key.filter(|key| !key.is_empty()) else { return Signature::NotChecked };
    let mut hash = Md5::new();
    for part in ["cpid", "smsid", "content", "receivertime"].map(|name| fields.raw(name)).into_iter().chain([key]) {
        hash.update(part);
    }
    let right = hex::encode(hash.finalize());
    let signed = fields.raw("sign").trim().to_ascii_lowercase();
    if bool::from(signed.as_bytes().ct_eq(right.as_bytes())) { Signature::Valid } else { Signature::Invalid }
}

fn read_receipt(fields: &Fields) -> Result<Event, Unreadable> {
    let id = fields.id("smsid");
    let ours = fields.id("requestid");
    let named = id.as_deref().or(ours.as_deref()).ok_or_else(|| Unreadable("there is neither SMSID nor RequestId".into()))?;
    let status = fields.id("sendstatus").unwrap_or_default();
    // One number a message: a success is one.
    let success = fields.raw("sendsuccess").trim().parse::<u32>().unwrap_or_default() > 0;
    let kind = match status.as_str() {
        DONE if success => Kind::DeliveryReceipt,
        DONE | REJECTED => Kind::Failed,
        _ => Kind::Ignored,
    };
    Ok(Event {
        kind,
        external_id: format!("{named}:{status}:{}", u8::from(success)),
        sender_id: fields.number("phonenumber"),
        reason: fields.text("error_info").filter(|reason| kind == Kind::Failed && !reason.is_empty()),
        vendor_kind: format!("SendStatus {status}"),
        message_id: id.clone(),
        receipt_ids: id.into_iter().collect(),
        tracking_id: ours,
        ..Event::default()
    })
}

/// A text inside XML; characters that XML 1.0 does not have are left out.
fn xml(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '\n' | '\t' => safe.push(c),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => safe.push(c),
        }
    }
    safe
}
