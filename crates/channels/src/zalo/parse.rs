//! A webhook's body made into events.
//!
//! Zalo sends one event a request. Its `message.msg_id` is unique in the account and is the key of a message; everything else
//! is known by the hash of its body, which a repeat sends again octet for octet. For a receipt Zalo names the account as
//! sender and the person as recipient, and so do the events.
//!
//! To answer an event of somebody who is not logged in (`anonymous_…`), [`super::send`] needs the conversation too: address
//! it as [`anonymous`] writes it.

use sha2::{Digest, Sha256};

use crate::event::{Event, Kind, Media, Unreadable};
use crate::json::{self, Object, milliseconds};

/// The event of one delivery.
///
/// # Errors
/// The body is no JSON object with an `event_name`.
pub fn parse(body: &[u8]) -> Result<Vec<Event>, Unreadable> {
    let text = json::lossy(body);
    let envelope = Object::read(&text)?;
    let vendor_kind = envelope.id("event_name").ok_or_else(|| Unreadable("there is no event_name".into()))?;
    let name = vendor_kind.to_ascii_lowercase();
    let kind = kind(&name);
    let message = envelope.object("message");
    let sender = envelope.object("sender");
    let oa_id = envelope.id("oa_id");
    // A follower and a presser of the chat button stand in fields of their own.
    let person = || envelope.object("follower").id("id").or_else(|| envelope.id("user_id"));
    let sender_id = sender.id("id").or_else(person).unwrap_or_default();
    let recipient_id = envelope.object("recipient").id("id").or_else(|| oa_id.clone()).unwrap_or_default();
    let from_account = name.starts_with("oa_") || matches!(kind, Kind::DeliveryReceipt | Kind::ReadReceipt);
    let account_id = oa_id.unwrap_or_else(|| if from_account { sender_id.clone() } else { recipient_id.clone() });
    let message_id = ["msg_id", "mid", "message_id"].iter().find_map(|name| message.id(name));
    let mut event = Event {
        kind,
        external_id: hex::encode(Sha256::digest(body)),
        sender_id,
        recipient_id,
        account_id,
        vendor_kind,
        timestamp_ms: milliseconds(envelope.integer("timestamp")),
        chat_id: message.id("conversation_id").or_else(|| envelope.id("group_id")),
        tracking_id: message.id("tracking_id"),
        ..Event::default()
    };
    match kind {
        Kind::Message | Kind::Echo => {
            if let Some(id) = message_id {
                event.external_id.clone_from(&id);
                event.message_id = Some(id);
            }
            event.text = message.text("text");
            event.reply_to = message.id("quote_msg_id");
            event.attachments = attachments(&message, &envelope, &name);
            event.author_id = sender.id("admin_id");
        }
        Kind::DeliveryReceipt | Kind::ReadReceipt => {
            event.receipt_ids = message.ids("msg_ids");
            event.receipt_ids.extend(message_id);
        }
        Kind::Reaction => {
            event.message_id = message_id;
            event.reaction = Some(message.text("react_icon").unwrap_or_default());
        }
        Kind::ContactShared => {
            let info = envelope.object("info");
            event.contact_name = info.text("name");
            event.contact_phone = info.id("phone");
        }
        Kind::Follow | Kind::Unfollow => event.referral = envelope.id("source"),
        _ => {}
    }
    Ok(vec![event])
}

/// How a person who is not logged in is addressed: both ids are needed to answer.
pub fn anonymous(anonymous_id: &str, conversation_id: &str) -> String {
    format!("{anonymous_id}/{conversation_id}")
}

fn kind(name: &str) -> Kind {
    match name {
        "user_received_message" => Kind::DeliveryReceipt,
        "user_seen_message" => Kind::ReadReceipt,
        "user_reacted_message" | "oa_reacted_message" => Kind::Reaction,
        "follow" => Kind::Follow,
        "unfollow" => Kind::Unfollow,
        "user_submit_info" => Kind::ContactShared,
        "user_withdraw" => Kind::ConsentWithdrawn,
        // Pressing "Chat now" says no word yet; it opens the window.
        "user_click_chatnow" => Kind::Referral,
        // Asks for the right to call.
        "oa_send_consent" => Kind::Ignored,
        // What is said in a group is not said to the account.
        _ if name.contains("_send_group_") => Kind::Ignored,
        _ if name.starts_with("user_send_") || name.starts_with("anonymous_send_") => Kind::Message,
        _ if name.starts_with("oa_send_") => Kind::Echo,
        _ => Kind::Ignored,
    }
}

fn attachments(message: &Object<'_>, envelope: &Object<'_>, event: &str) -> Vec<Media> {
    let mut items = message.objects("attachments");
    if items.is_empty() {
        // Seen beside the message too.
        items = envelope.objects("attachments");
    }
    items.iter().map(|item| attachment(item, event)).collect()
}

fn attachment(item: &Object<'_>, event: &str) -> Media {
    let card = event.ends_with("_business_card");
    let named = event.rsplit('_').next().unwrap_or_default();
    let kind = item.id("type").map_or_else(|| named.to_owned(), |kind| kind.to_ascii_lowercase());
    let payload = item.object("payload");
    let description = payload.text("description").or_else(|| payload.text("title"));
    let url = payload.text("url").or_else(|| payload.text("thumbnail"));
    match kind.as_str() {
        // A card of somebody, not proof that the sender has that number.
        "link" if card => {
            let written = description.unwrap_or_default();
            let card = Object::read(&written).unwrap_or_default();
            Media { kind: "contact".into(), url: card.text("qrCodeUrl").or(url), title: card.text("phone"), ..Media::default() }
        }
        "location" => {
            let place = coordinates(&payload.object("coordinates")).or_else(|| coordinates(&payload));
            Media { kind, coordinates: place, title: description, ..Media::default() }
        }
        "file" => Media {
            kind,
            url,
            name: payload.text("name"),
            size: payload.integer("size").and_then(|size| u64::try_from(size).ok()),
            ..Media::default()
        },
        "sticker" => Media { kind, url, file_id: payload.id("id"), ..Media::default() },
        _ => Media { kind, url, title: description, ..Media::default() },
    }
}

/// `latitude,longitude`, from whichever names are used; `None` when it is no place on Earth.
pub(super) fn coordinates(place: &Object<'_>) -> Option<String> {
    let degrees = |names: &[&str], most: f64| {
        let written = names.iter().find_map(|name| place.id(name))?;
        let value: f64 = written.parse().ok()?;
        (value.abs() <= most).then_some(written)
    };
    let latitude = degrees(&["latitude", "lat"], 90.0)?;
    let longitude = degrees(&["longitude", "long", "lng"], 180.0)?;
    Some(format!("{latitude},{longitude}"))
}
