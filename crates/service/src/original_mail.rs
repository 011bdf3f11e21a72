//! A mail as it came: its formatted body cleaned for a sandboxed frame, and its octets.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use channels::email;
use domain::permission::{Act, CaseFacts};
use store::deliveries_in::{self, Delivery};
use store::files::FileRow;
use store::messages::MessageRow;
use uuid::Uuid;

use crate::change::read_for;
use crate::{City, Error, Officer, Result};

/// Pictures put into one page, in octets together; what is beyond stays an attachment.
const PICTURES: usize = 10 * 1024 * 1024;

/// The formatted body without script, form or remote picture. The mail's own pictures stand in it as `data:` addresses: a
/// sandboxed frame fetches without the session's cookie.
pub async fn formatted(city: &City, officer: &Officer, case: Uuid, message: Uuid) -> Result<String> {
    let mut q = city.db.read();
    let (_, state) = read_for(&mut q, officer, Act::Read, case).await?;
    let message = of_case(city, case, message).await?;
    if !message.html {
        return Err(Error::NotFound);
    }
    let delivery = delivery(city, &message).await?;
    let mut pictures = HashMap::new();
    if officer.viewer.may(Act::Attachment, &CaseFacts::from(&state)) {
        let files = store::files::of_message(&mut q, message.id).await?;
        pictures = inline(city, files).await?;
    }
    let page = tokio::task::spawn_blocking(move || {
        let html = email::parse(&delivery.body).html?;
        email::html::sanitise(&html, move |id| pictures.get(id).cloned())
    })
    .await
    .map_err(|error| Error::Internal(error.to_string()))?;
    page.ok_or(Error::NotFound)
}

/// The octets of the mail. They name the sender, so they go only to whoever answers the case and may know the sender.
pub async fn octets(city: &City, officer: &Officer, case: Uuid, message: Uuid) -> Result<Vec<u8>> {
    let (_, state) = read_for(&mut city.db.read(), officer, Act::Read, case).await?;
    let facts = CaseFacts::from(&state);
    if !officer.viewer.may(Act::Answer, &facts) || !officer.viewer.may(Act::ReadSender, &facts) {
        return Err(Error::Forbidden);
    }
    let message = of_case(city, case, message).await?;
    Ok(delivery(city, &message).await?.body)
}

async fn of_case(city: &City, case: Uuid, message: Uuid) -> Result<MessageRow> {
    let messages = store::messages::of_case(&mut city.db.read(), case).await?;
    messages.into_iter().find(|known| known.id == message).ok_or(Error::NotFound)
}

/// The delivery of a mail; messages of forms have no octets of their own.
async fn delivery(city: &City, message: &MessageRow) -> Result<Delivery> {
    let delivery = deliveries_in::find(&mut city.db.read(), message.delivery_id.ok_or(Error::NotFound)?).await?;
    if delivery.channel == "email" { Ok(delivery) } else { Err(Error::NotFound) }
}

/// Pictures by Content-ID, as the copies that are shown.
async fn inline(city: &City, files: Vec<FileRow>) -> Result<HashMap<String, String>> {
    let mut room = PICTURES;
    let mut pictures = HashMap::new();
    for file in files.into_iter().filter(|file| file.refused.is_none() && file.mime.starts_with("image/")) {
        let Some(id) = file.content_id else { continue };
        let bytes = city.attachments.get(file.shown.as_ref().unwrap_or(&file.original)).await?;
        if let Some(left) = room.checked_sub(bytes.len()) {
            room = left;
            pictures.insert(id, format!("data:{};base64,{}", file.mime, STANDARD.encode(bytes)));
        }
    }
    Ok(pictures)
}
