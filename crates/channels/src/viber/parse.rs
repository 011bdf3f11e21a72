//! A callback made into an event: one a request.
//!
//! `message_token` is above 2^53, so it is kept as it is written. It is the key of what happened; a receipt bears the token
//! of the message that it speaks of, so its key is of token and kind.
//!
//! A contact that somebody sends may be anybody's: it is a message, and no proof of a telephone number.

use sha2::{Digest, Sha256};

use crate::event::{Event, Kind, Media, Unreadable};
use crate::json::{self, Object, milliseconds};

/// The event of one delivery.
///
/// # Errors
/// The body is no JSON object with an `event`.
pub fn parse(body: &[u8]) -> Result<Vec<Event>, Unreadable> {
    let text = json::lossy(body);
    let callback = Object::read(&text)?;
    let name = callback.id("event").ok_or_else(|| Unreadable("there is no event".into()))?;
    let token = callback.id("message_token");
    // Who acts stands under another name in each kind.
    let person = if callback.has("sender") { callback.object("sender") } else { callback.object("user") };
    let mut event = Event {
        sender_id: person.id("id").or_else(|| callback.id("user_id")).unwrap_or_default(),
        contact_name: person.text("name"),
        language: person.text("language"),
        timestamp_ms: milliseconds(callback.integer("timestamp")),
        chat_id: callback.id("chat_id"),
        kind: match name.as_str() {
            "message" => Kind::Message,
            "subscribed" => Kind::Follow,
            "unsubscribed" => Kind::Unfollow,
            "conversation_started" => Kind::Referral,
            "delivered" => Kind::DeliveryReceipt,
            "seen" => Kind::ReadReceipt,
            "failed" => Kind::Failed,
            _ => Kind::Ignored,
        },
        vendor_kind: name,
        ..Event::default()
    };
    match event.kind {
        Kind::Message => message(&callback.object("message"), &mut event),
        Kind::Referral => event.referral = callback.text("context"),
        Kind::DeliveryReceipt | Kind::ReadReceipt | Kind::Failed => {
            event.reason = callback.text("desc");
            event.receipt_ids = token.iter().cloned().collect();
            event.message_id.clone_from(&token);
        }
        _ => {}
    }
    event.external_id = match (token, &event.message_id) {
        (Some(token), None) => token,
        (Some(token), Some(_)) => format!("{token}:{}", event.vendor_kind),
        (None, _) => hex::encode(Sha256::digest(serde_json::to_vec(&event).unwrap_or_default())),
    };
    Ok(vec![event])
}

fn message(message: &Object, event: &mut Event) {
    let kind = message.text("type").unwrap_or_default();
    event.text = message.text("text");
    event.tracking_id = message.text("tracking_data");
    let mut media = Media {
        url: message.text("media"),
        name: message.text("file_name"),
        size: message.integer("size").and_then(|size| size.try_into().ok()),
        ..Media::default()
    };
    match kind.as_str() {
        "text" => return,
        "picture" => media.kind = "image".into(),
        "url" => media.kind = "link".into(),
        "sticker" => media.file_id = message.id("sticker_id"),
        "location" => {
            let place = message.object("location");
            let number = |name| place.text(name).filter(|text| text.parse::<f64>().is_ok_and(f64::is_finite));
            media.coordinates = number("lat").zip(number("lon")).map(|(lat, lon)| format!("{lat},{lon}"));
            media.title = place.text("address");
        }
        "contact" => {
            let contact = message.object("contact");
            event.contact_phone = contact.text("phone_number");
            event.contact_name = contact.text("name");
            media.name.clone_from(&event.contact_name);
            media.title.clone_from(&event.contact_phone);
        }
        _ => {}
    }
    if media.kind.is_empty() {
        media.kind = if kind.is_empty() { "unsupported".into() } else { kind };
    }
    event.attachments.push(media);
}
