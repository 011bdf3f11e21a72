//! The items of `entry[].changes[]`: what happens in public on the page.

use sha2::{Digest, Sha256};

use super::messaging;
use super::parse::moment;
use crate::event::{Event, Kind, Media};
use crate::json::Object;

/// What can happen to a comment or a post more than words.
const VERBS: [&str; 5] = ["add", "edited", "remove", "hide", "unhide"];

/// One item; `at` is when Facebook sent its entry, in milliseconds.
pub(super) fn event(change: &Object, page_id: &str, at: Option<i64>) -> Event {
    let field = change.text("field").unwrap_or_default();
    let value = change.object("value");
    // So comes what the button "Test" of the app's page sends.
    if (field == "messages" || field.starts_with("messaging_") || field.starts_with("message_")) && value.has("sender") {
        return messaging::event(&value, page_id);
    }
    let item = value.text("item").unwrap_or_default();
    let verb = value.text("verb").map(|verb| if verb == "edit" { "edited".to_owned() } else { verb });
    let author = value.object("from");
    let created = moment(value.integer("created_time"));
    let mut event = Event {
        // Older payloads know the author by other names; one we may not see is not named at all.
        sender_id: author.id("id").or_else(|| value.id("sender_id")).unwrap_or_default(),
        contact_name: author.text("name").or_else(|| value.text("sender_name")),
        recipient_id: page_id.to_owned(),
        account_id: page_id.to_owned(),
        page_id: Some(page_id.to_owned()).filter(|id| !id.is_empty()),
        vendor_kind: [field.as_str(), &item].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("."),
        text: value.text("message"),
        attachments: pictures(&value, &item),
        comment_id: value.id("comment_id"),
        post_id: value.id("post_id"),
        parent_id: value.id("parent_id"),
        timestamp_ms: if verb.as_deref() == Some("add") { created.or(at) } else { at.or(created) },
        verb,
        ..Event::default()
    };
    let ours = !page_id.is_empty() && event.sender_id == page_id;
    let is_verb = event.verb.as_deref().is_some_and(|verb| VERBS.contains(&verb));
    match (field.as_str(), item.as_str()) {
        ("feed" | "mention", "comment") if is_verb => written(event.comment_id.clone(), at, ours, &mut event),
        // What the page itself posts is addressed to nobody.
        ("feed" | "mention", "post" | "status" | "photo" | "video" | "share") if is_verb && !ours => {
            written(event.post_id.clone(), at, false, &mut event);
        }
        ("feed", "reaction" | "like") if !ours && (event.comment_id.is_some() || event.post_id.is_some()) => {
            event.kind = Kind::Reaction;
            let name = || value.text("reaction_type").unwrap_or(item);
            event.reaction = Some(if event.verb.as_deref() == Some("remove") { String::new() } else { name() });
            event.message_id = event.comment_id.clone().or_else(|| event.post_id.clone());
        }
        _ => {}
    }
    event
}

/// Words in public, with the id of the comment or post they stand in.
fn written(id: Option<String>, at: Option<i64>, ours: bool, event: &mut Event) {
    let (Some(id), Some(verb)) = (id, event.verb.as_deref()) else { return };
    event.kind = if ours { Kind::Echo } else { Kind::Comment };
    event.external_id = match (verb, at) {
        ("add", _) => added(&id),
        ("remove", _) => format!("{id}:remove"),
        // Two edits in one second, which share the time of their entry, differ in what they say.
        ("edited", Some(at)) => format!("{id}:edited:{at}:{}", digest(event)),
        (verb, Some(at)) => format!("{id}:{verb}:{at}"),
        (_, None) => String::new(),
    };
    event.message_id = Some(id);
}

/// The key of a new comment or post. It is new but once, so the time at which Facebook tells of it is no part: the poll
/// after an outage does not know it.
pub(super) fn added(id: &str) -> String {
    format!("{id}:add")
}

fn digest(event: &Event) -> String {
    let mut hash = Sha256::new();
    hash.update(event.text.as_deref().unwrap_or_default());
    for media in &event.attachments {
        hash.update(media.url.as_deref().unwrap_or_default());
    }
    hex::encode(&hash.finalize()[..4])
}

fn pictures(value: &Object, item: &str) -> Vec<Media> {
    let media = |kind: &str, url| Media { kind: kind.to_owned(), url: Some(url), ..Media::default() };
    let mut found: Vec<Media> = value.texts("photos").into_iter().map(|url| media("image", url)).collect();
    let link = match item {
        "photo" => "image",
        "video" => "video",
        _ => "link",
    };
    for (member, kind) in [("photo", "image"), ("video", "video"), ("link", link)] {
        if let Some(url) = value.text(member)
            && !found.iter().any(|known| known.url.as_deref() == Some(&url))
        {
            found.push(media(kind, url));
        }
    }
    found
}
