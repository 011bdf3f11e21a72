//! An update made into an event.
//!
//! `update_id` grows by one for every update of a bot and is the key; `message_id` counts within a chat only. Telegram does
//! not name the bot, so `recipient_id` and `account_id` stay empty. Of a pressed button `tracking_id` is the id that
//! [`super::send::answer_press`] needs, and `reply_to` the message below which the button stood.

use crate::event::{Event, Kind, Media, Unreadable};
use crate::json::{self, Object, milliseconds};

/// The event of one update.
///
/// # Errors
/// The body is no JSON object with an `update_id`.
pub fn parse(body: &[u8]) -> Result<Vec<Event>, Unreadable> {
    let text = json::lossy(body);
    let update = Object::read(&text)?;
    let external_id = update.id("update_id").ok_or_else(|| Unreadable("there is no update_id".into()))?;
    let vendor_kind = update.names().find(|name| *name != "update_id").unwrap_or_default().to_owned();
    let content = update.object(&vendor_kind);
    let from = content.object("from");
    let chat = content.object("chat");
    let event = Event {
        external_id,
        sender_id: from.id("id").unwrap_or_default(),
        timestamp_ms: seconds(content.integer("date")),
        chat_id: chat.id("id"),
        contact_name: full_name(&from),
        language: from.id("language_code"),
        ..Event::default()
    };
    let event = match vendor_kind.as_str() {
        "message" => message(event, &content),
        "edited_message" => {
            let edited = Event { timestamp_ms: seconds(content.integer("edit_date")).or(event.timestamp_ms), ..event };
            match said(edited, &content) {
                event if event.kind == Kind::Message => Event { kind: Kind::EditedMessage, ..event },
                event => event,
            }
        }
        "callback_query" => press(event, &content),
        "message_reaction" => reaction(event, &content),
        "my_chat_member" => membership(event, &content, &chat),
        _ => event,
    };
    // Any name may stand there: it is bounded like everything that comes in.
    let vendor_kind = vendor_kind.chars().filter(|c| !c.is_control()).take(64).collect();
    Ok(vec![Event { vendor_kind, ..event }])
}

fn message(event: Event, content: &Object<'_>) -> Event {
    let event = said(event, content);
    let own = content.object("contact");
    // The button of a request for the number sends the presser's own card; a forwarded card has another's id or none.
    if let (Some(owner), Some(phone)) = (own.id("user_id"), own.id("phone_number"))
        && owner == event.sender_id
    {
        let contact_name = full_name(&own).or(event.contact_name);
        return Event { kind: Kind::ContactShared, contact_name, contact_phone: Some(phone), attachments: Vec::new(), ..event };
    }
    if content.has("web_app_data") {
        let filled = content.object("web_app_data");
        return Event { kind: Kind::Postback, payload: filled.text("data"), text: filled.text("button_text"), ..event };
    }
    match event.text.as_deref().and_then(start) {
        Some(parameter) if event.attachments.is_empty() => {
            Event { kind: Kind::Referral, referral: (!parameter.is_empty()).then(|| parameter.to_owned()), text: None, ..event }
        }
        _ => event,
    }
}

/// What was said. Without words and without anything attached it is a service message, which is nothing to us.
fn said(event: Event, content: &Object<'_>) -> Event {
    let text = content.text("text").or_else(|| content.text("caption"));
    let attachments = attachments(content);
    Event {
        kind: if text.is_some() || !attachments.is_empty() { Kind::Message } else { Kind::Ignored },
        message_id: content.id("message_id"),
        reply_to: content.object("reply_to_message").id("message_id"),
        text,
        attachments,
        ..event
    }
}

/// The parameter of `/start PARAM` (also `/start@name PARAM`), which a person sends by opening the bot, by a link or not.
fn start(text: &str) -> Option<&str> {
    let (command, parameter) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
    let command = command.split_once('@').map_or(command, |(command, _)| command);
    (command == "/start").then_some(parameter.trim())
}

fn press(event: Event, content: &Object<'_>) -> Event {
    let message = content.object("message");
    let below = message.id("message_id");
    Event {
        kind: Kind::Postback,
        payload: content.text("data"),
        tracking_id: content.id("id"),
        chat_id: message.object("chat").id("id"),
        message_id: below.clone(),
        reply_to: below,
        // The date of the message is not that of the press, and the press has none.
        timestamp_ms: None,
        ..event
    }
}

fn reaction(event: Event, content: &Object<'_>) -> Event {
    let user = content.object("user");
    let now = content.objects("new_reaction");
    let shown = now.first().and_then(|reaction| ["emoji", "custom_emoji_id", "type"].iter().find_map(|name| reaction.text(name)));
    Event {
        kind: Kind::Reaction,
        sender_id: user.id("id").or_else(|| content.object("actor_chat").id("id")).unwrap_or_default(),
        contact_name: full_name(&user),
        language: user.id("language_code"),
        message_id: content.id("message_id"),
        reaction: Some(shown.unwrap_or_default()),
        ..event
    }
}

/// In a private chat the bot is kicked by who blocks it, and a member again for who lets it back.
fn membership(event: Event, content: &Object<'_>, chat: &Object<'_>) -> Event {
    let status = content.object("new_chat_member").text("status");
    let kind = match (chat.text("type").as_deref(), status.as_deref()) {
        (Some("private"), Some("kicked")) => Kind::Unfollow,
        (Some("private"), Some("member")) => Kind::Follow,
        _ => Kind::Ignored,
    };
    Event { kind, ..event }
}

fn attachments(content: &Object<'_>) -> Vec<Media> {
    let mut found = Vec::new();
    // Sizes ascend: the last is the picture itself.
    if let Some(largest) = content.objects("photo").last() {
        found.push(file("image", largest));
    }
    // An animation is repeated as a document.
    let document = if content.has("animation") { "animation" } else { "document" };
    for (name, kind) in [
        (document, if document == "animation" { "video" } else { "file" }),
        ("video", "video"),
        ("video_note", "video"),
        ("audio", "audio"),
        ("voice", "audio"),
        ("sticker", "sticker"),
    ] {
        if content.has(name) {
            found.push(file(kind, &content.object(name)));
        }
    }
    // A venue repeats its location.
    let venue = content.object("venue");
    let location = if content.has("venue") { venue.object("location") } else { content.object("location") };
    if let Some(coordinates) = coordinates(&location) {
        let parts: Vec<String> = ["title", "address"].iter().filter_map(|name| venue.text(name)).collect();
        let title = (!parts.is_empty()).then(|| parts.join(", "));
        found.push(Media { kind: "location".into(), coordinates: Some(coordinates), title, ..Media::default() });
    }
    if content.has("contact") {
        let card = content.object("contact");
        let parts: Vec<String> = full_name(&card).into_iter().chain(card.id("phone_number")).collect();
        found.push(Media { kind: "contact".into(), title: Some(parts.join(", ")), ..Media::default() });
    }
    found
}

/// A file has no address yet: [`super::file::address`] asks for it.
fn file(kind: &str, said: &Object<'_>) -> Media {
    Media {
        kind: kind.to_owned(),
        file_id: said.id("file_id"),
        name: said.text("file_name"),
        size: said.integer("file_size").and_then(|size| u64::try_from(size).ok()),
        title: said.text("emoji").or_else(|| said.text("title")),
        ..Media::default()
    }
}

fn coordinates(location: &Object<'_>) -> Option<String> {
    let (latitude, longitude) = (location.id("latitude")?, location.id("longitude")?);
    let (north, east): (f64, f64) = (latitude.parse().ok()?, longitude.parse().ok()?);
    (north.abs() <= 90.0 && east.abs() <= 180.0).then(|| format!("{latitude},{longitude}"))
}

fn full_name(person: &Object<'_>) -> Option<String> {
    let parts: Vec<String> = ["first_name", "last_name"].iter().filter_map(|name| person.text(name)).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn seconds(value: Option<i64>) -> Option<i64> {
    milliseconds(value?.checked_mul(1000))
}
