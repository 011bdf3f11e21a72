//! The items of `entry[].messaging[]`: what happens in a chat.

use super::parse::moment;
use crate::event::{Event, Kind, Media};
use crate::json::Object;

/// The member that says what an item is.
const KINDS: [&str; 13] = [
    "message",
    "message_edit",
    "postback",
    "referral",
    "optin",
    "delivery",
    "read",
    "reaction",
    "pass_thread_control",
    "take_thread_control",
    "request_thread_control",
    "app_roles",
    "policy-enforcement",
];

/// Members that every item has.
const ENVELOPE: [&str; 3] = ["sender", "recipient", "timestamp"];

/// One item.
pub(super) fn event(item: &Object, page_id: &str) -> Event {
    let other = || item.names().find(|name| !ENVELOPE.contains(name));
    let Some(name) = KINDS.into_iter().find(|name| item.has(name)).or_else(other) else {
        return Event { account_id: page_id.to_owned(), ..Event::default() };
    };
    let sender = item.object("sender");
    let mut event = Event {
        // The checkbox plug-in knows a person by another id until the first answer.
        sender_id: sender.id("id").or_else(|| sender.id("user_ref")).unwrap_or_default(),
        recipient_id: item.object("recipient").id("id").unwrap_or_else(|| page_id.to_owned()),
        account_id: page_id.to_owned(),
        timestamp_ms: moment(item.integer("timestamp")),
        vendor_kind: name.to_owned(),
        ..Event::default()
    };
    let content = item.object(name);
    match name {
        "message" => message(&content, &mut event),
        "message_edit" => edit(&content, &mut event),
        "postback" => postback(&content, &mut event),
        "referral" | "optin" => {
            event.referral = referral(&content);
            if event.referral.is_some() {
                event.kind = Kind::Referral;
            }
            event.payload = content.text("payload");
        }
        "delivery" => receipt(Kind::DeliveryReceipt, content.ids("mids"), &content, &mut event),
        "read" => receipt(Kind::ReadReceipt, content.id("mid").into_iter().collect(), &content, &mut event),
        "reaction" => reaction(&content, &mut event),
        "policy-enforcement" => {
            let parts = [content.text("action"), content.text("reason")];
            event.reason = Some(parts.into_iter().flatten().collect::<Vec<_>>().join(": ")).filter(|reason| !reason.is_empty());
        }
        _ => {
            let apps = ["new_owner_app_id", "previous_owner_app_id", "requested_owner_app_id"];
            event.author_id = apps.iter().find_map(|app| content.id(app));
            event.reason = content.text("metadata");
        }
    }
    if event.sender_id.is_empty() && event.external_id.is_empty() {
        // Neither who nor what: nobody can do anything about it.
        event.kind = Kind::Ignored;
    }
    event
}

/// An item of `entry[].standby[]`: another app leads this conversation. What is known is kept and nothing is done.
pub(super) fn aside(item: &Object, page_id: &str) -> Event {
    let mut event = event(item, page_id);
    event.kind = Kind::Ignored;
    event.vendor_kind = format!("standby.{}", event.vendor_kind);
    // The message itself must still be new if it comes again by another way.
    if !event.external_id.is_empty() {
        event.external_id.insert_str(0, "standby:");
    }
    event
}

fn message(content: &Object, event: &mut Event) {
    let mid = content.id("mid");
    event.text = content.text("text");
    event.payload = content.object("quick_reply").text("payload");
    event.reply_to = content.object("reply_to").id("mid");
    event.referral = referral(&content.object("referral"));
    event.attachments = content.objects("attachments").iter().filter_map(attachment).collect();
    if event.attachments.is_empty()
        && let Some(sticker) = content.id("sticker_id")
    {
        event.attachments = vec![Media { kind: "sticker".into(), file_id: Some(sticker), ..Media::default() }];
    }
    let empty = event.text.is_none() && event.attachments.is_empty();
    if content.is_true("is_deleted") {
        event.kind = Kind::DeletedMessage;
        event.external_id = mid.as_ref().map(|mid| format!("{mid}:deleted")).unwrap_or_default();
        event.message_id = mid;
        return;
    }
    if empty && (mid.is_none() || event.sender_id.is_empty()) {
        return;
    }
    event.kind = Kind::Message;
    event.external_id = mid.unwrap_or_default();
    if content.is_true("is_echo") {
        event.kind = Kind::Echo;
        event.author_id = content.id("app_id");
        event.tracking_id = content.text("metadata");
    } else if empty {
        // Somebody wrote, and Facebook does not show us what.
        event.attachments = vec![Media { kind: "unsupported".into(), ..Media::default() }];
    }
}

fn postback(content: &Object, event: &mut Event) {
    event.text = content.text("title");
    event.payload = content.text("payload");
    event.referral = referral(&content.object("referral"));
    if event.text.is_some() || event.payload.is_some() {
        event.kind = Kind::Postback;
        // Older ones have no id.
        event.external_id = content.id("mid").unwrap_or_default();
    }
}

fn edit(content: &Object, event: &mut Event) {
    let Some(mid) = content.id("mid") else { return };
    event.kind = Kind::EditedMessage;
    event.text = content.text("text");
    event.external_id = content.id("num_edit").map(|count| format!("{mid}:edit:{count}")).unwrap_or_default();
    event.message_id = Some(mid);
}

fn receipt(kind: Kind, ids: Vec<String>, content: &Object, event: &mut Event) {
    event.receipt_ids = ids;
    event.watermark_ms = moment(content.integer("watermark"));
    if event.watermark_ms.is_some() || !event.receipt_ids.is_empty() {
        event.kind = kind;
    }
}

fn reaction(content: &Object, event: &mut Event) {
    let Some(mid) = content.id("mid") else { return };
    event.kind = Kind::Reaction;
    event.message_id = Some(mid);
    event.reaction = match content.text("action").as_deref() {
        Some("unreact") => Some(String::new()),
        _ => content.text("emoji").or_else(|| content.text("reaction")),
    };
}

/// The parameter of the link by which a person came; of an advertisement without one, its id.
fn referral(content: &Object) -> Option<String> {
    content.text("ref").or_else(|| content.id("ad_id"))
}

fn attachment(item: &Object) -> Option<Media> {
    let kind = item.text("type")?;
    let payload = item.object("payload");
    let mut media = Media {
        kind,
        url: payload.text("url").or_else(|| item.text("url")),
        title: item.text("title").or_else(|| payload.text("title")),
        ..Media::default()
    };
    if let Some(sticker) = payload.id("sticker_id") {
        media.kind = "sticker".into();
        media.file_id = Some(sticker);
    }
    match media.kind.as_str() {
        "location" => media.coordinates = coordinates(&payload.object("coordinates")),
        "fallback" => media.kind = "link".into(),
        _ => {}
    }
    Some(media)
}

fn coordinates(place: &Object) -> Option<String> {
    let number = |name| place.text(name).filter(|text| text.parse::<f64>().is_ok_and(f64::is_finite));
    Some(format!("{},{}", number("lat")?, number("long")?))
}
