//! What an outage missed, and whether the account is well.

use serde_json::json;

use super::limits::LIMITS;
use super::{Access, call, parse};
use crate::Error;
use crate::event::{Event, Kind, Media};
use crate::http::Client;
use crate::json::{Object, milliseconds};

/// Looks into the conversation with a person: the messages from the `offset`th newest on, at most ten, newest first. They
/// have the ids that their webhooks had or would have had.
///
/// # Errors
/// As [`super::send`], but never [`Error::Lost`]: nothing is changed.
pub async fn conversation(client: &Client, access: &Access, person: &str, offset: u32) -> Result<Vec<Event>, Error> {
    let data = json!({"user_id": person, "offset": offset, "count": LIMITS.conversation});
    let body = call::get(client, access, "/v2.0/oa/conversation", Some(data)).await?;
    let said = Object::read(&body).unwrap_or_default();
    Ok(said.objects("data").iter().filter_map(|entry| event(entry, &access.oa_id)).collect())
}

/// One entry; without an id of its own it could come in twice and is left out.
fn event(entry: &Object<'_>, oa_id: &str) -> Option<Event> {
    let id = entry.id("message_id")?;
    let from_person = entry.integer("src")? == 1;
    let said = entry.id("type").unwrap_or_default().to_ascii_lowercase();
    let sort = match said.as_str() {
        "" => "text",
        "photo" => "image",
        "voice" => "audio",
        other => other,
    };
    Some(Event {
        kind: if from_person { Kind::Message } else { Kind::Echo },
        external_id: id.clone(),
        sender_id: entry.id("from_id").unwrap_or_default(),
        recipient_id: entry.id("to_id").unwrap_or_default(),
        text: entry.text("message"),
        attachments: media(entry, sort).into_iter().collect(),
        timestamp_ms: milliseconds(entry.integer("time")),
        account_id: oa_id.to_owned(),
        vendor_kind: format!("{}_send_{sort}", if from_person { "user" } else { "oa" }),
        message_id: Some(id),
        contact_name: entry.text("from_display_name").filter(|_| from_person),
        ..Event::default()
    })
}

fn media(entry: &Object<'_>, sort: &str) -> Option<Media> {
    let url = entry.text("url").or_else(|| entry.text("thumb"));
    // The place stands as an object, or as the text of one.
    let written = entry.text("location").unwrap_or_default();
    let place = parse::coordinates(&entry.object("location")).or_else(|| parse::coordinates(&Object::read(&written).ok()?));
    if url.is_none() && place.is_none() {
        return None;
    }
    Some(Media { kind: sort.to_owned(), url, coordinates: place, title: entry.text("description"), ..Media::default() })
}

/// The account as Zalo shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    pub oa_id: String,
    pub name: String,
}

/// Asks for the account itself: that it answers shows that token and account are good.
///
/// # Errors
/// As [`conversation`].
pub async fn account(client: &Client, access: &Access) -> Result<Account, Error> {
    let body = call::get(client, access, "/v2.0/oa/getoa", None).await?;
    let said = Object::read(&body).unwrap_or_default();
    let data = said.object("data");
    let oa_id = data.id("oa_id").or_else(|| data.id("oaid")).unwrap_or_default();
    Ok(Account { oa_id, name: data.text("name").unwrap_or_default() })
}

/// What a person shows of themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    pub display_name: Option<String>,
    pub follows: bool,
}

/// Asks who a person is: webhooks carry no name.
///
/// # Errors
/// As [`conversation`].
pub async fn person(client: &Client, access: &Access, person: &str) -> Result<Person, Error> {
    let body = call::get(client, access, "/v3.0/oa/user/detail", Some(json!({"user_id": person}))).await?;
    let said = Object::read(&body).unwrap_or_default();
    let data = said.object("data");
    Ok(Person { display_name: data.text("display_name"), follows: data.is_true("user_is_follower") })
}
