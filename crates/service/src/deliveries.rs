//! What the channels delivered, as the administrator looks into a fault: the envelope always, the content with a reason.

use std::collections::BTreeMap;

use channels::{Event, Headers, Signature, email};
use domain::permission::Act;
use serde::Serialize;
use serde_json::json;
use store::deliveries_in::{self, Delivery};
use store::jobs::{self, NewJob};
use uuid::Uuid;

use crate::chat_accounts::ChatAccount;
use crate::chat_channel::ChatChannel;
use crate::hotlines::Hotline;
use crate::sms_accounts::CHANNEL;
use crate::{City, Error, Officer, Problem, Result};

/// Events of one delivery that are shown.
const EVENTS: usize = 200;
/// Characters of content that are shown.
const LENGTH: usize = 100_000;

/// The envelope of a delivery.
#[derive(Debug, Clone)]
pub struct Envelope {
    pub id: Uuid,
    /// Account and its name; none when nobody has set one up.
    pub account: Option<(Uuid, String)>,
    pub channel: String,
    pub headers: BTreeMap<String, String>,
    /// Octets.
    pub size: usize,
    pub sha256: String,
    pub received_at: i64,
    pub state: String,
    pub note: Option<String>,
}

/// What the parser makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// One line for each event, or the one object of a mail; `more` events are left out.
    Read { lines: Vec<String>, more: usize },
    /// It cannot be read: why, and how it begins.
    Unreadable { why: String, begins: String },
}

/// Reads the envelope.
pub async fn envelope(city: &City, by: &Officer, id: Uuid) -> Result<Envelope> {
    may(by)?;
    let delivery = deliveries_in::find(&mut city.db.read(), id).await?;
    let account = match delivery.account_id {
        Some(id) => Some((id, store::channel_accounts::find(&mut city.db.read(), id).await?.name)),
        None => None,
    };
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let headers = delivery.headers.0.as_object().map(|fields| fields.iter().map(|(name, value)| (name.clone(), text(value))).collect());
    Ok(Envelope {
        id,
        account,
        channel: delivery.channel,
        headers: headers.unwrap_or_default(),
        size: delivery.body.len(),
        sha256: delivery.sha256,
        received_at: delivery.received_at,
        state: delivery.state,
        note: delivery.note,
    })
}

/// Reads the content: people's words, so the reason goes into the audit first. What belongs to a sealed case is not there for
/// whoever may not read the case.
pub async fn content(city: &City, by: &Officer, id: Uuid, reason: &str) -> Result<Content> {
    may(by)?;
    if reason.trim().is_empty() {
        return Err(Problem::new("reason", "missing").into());
    }
    let delivery = deliveries_in::find(&mut city.db.read(), id).await?;
    let account = match delivery.account_id {
        Some(id) => Some(store::channel_accounts::find(&mut city.db.read(), id).await?),
        None => None,
    };
    let hotline = account.clone().filter(|account| account.channel == crate::hotlines::CHANNEL);
    let hotline = hotline.map(|account| Hotline::of(city, account)).transpose()?;
    let mut cases = deliveries_in::cases_of(&mut city.db.read(), id).await?;
    if let Some(event) = hotline.as_ref().and_then(|hotline| hotline.event(&delivery.body).ok()) {
        let call = store::calls::by_external(&mut city.db.read(), delivery.account_id.unwrap_or_default(), event.call()).await?;
        if let Some(call) = call {
            cases.extend(store::calls::cases(&mut city.db.read(), call.id).await?);
        }
    }
    for case in cases {
        let row = store::cases::find(&mut city.db.read(), case).await?;
        if row.sealed {
            crate::change::read_for(&mut city.db.read(), by, Act::Read, case).await?;
        }
    }
    let account = account.filter(|account| ChatChannel::of(&account.channel).is_some());
    let account = account.map(|account| ChatAccount::of(city, account)).transpose()?;
    let mut tx = city.db.begin().await?;
    let told = json!({ "reason": crate::understand::truncate(reason.trim(), 500) });
    store::audit::add(&mut tx, city.new_id(), city.now(), Some(by.id), "delivery_read", &id.to_string(), told).await?;
    tx.commit().await?;
    if let Some(hotline) = hotline {
        return told_of_call(&hotline, &delivery);
    }
    let read = tokio::task::spawn_blocking(move || inspect(&delivery, account.as_ref())).await;
    read.map_err(|error| Error::Internal(error.to_string()))
}

/// What an exchange told of a call, as its account reads it today.
fn told_of_call(hotline: &Hotline, delivery: &Delivery) -> Result<Content> {
    Ok(match hotline.event(&delivery.body) {
        Ok(event) => Content::Read { lines: vec![visible(&serde_json::to_string_pretty(&event)?)], more: 0 },
        Err(fault) => {
            let begins = String::from_utf8_lossy(&delivery.body);
            Content::Unreadable { why: fault.to_string(), begins: visible(crate::understand::truncate(&begins, 2000)) }
        }
    })
}

/// As `doithoai inspect` prints it.
fn inspect(delivery: &Delivery, account: Option<&ChatAccount>) -> Content {
    if delivery.channel == CHANNEL {
        let lines = match delivery.headers.0["via"].as_str() {
            Some("smpp") => {
                let seen = channels::sms::inspect::smpp(&hex::encode(&delivery.body), channels::sms::Alphabet::Gsm);
                serde_json::to_string_pretty(&seen).unwrap_or_default()
            }
            _ => String::from_utf8_lossy(&delivery.body).into_owned(),
        };
        return Content::Read { lines: vec![visible(crate::understand::truncate(&lines, LENGTH))], more: 0 };
    }
    let headers: Headers = serde_json::from_value(delivery.headers.0.clone()).unwrap_or_default();
    if delivery.channel == "email" {
        let seen = serde_json::to_string_pretty(&email::inspect(&delivery.body)).unwrap_or_default();
        return Content::Read { lines: vec![visible(crate::understand::truncate(&seen, LENGTH))], more: 0 };
    }
    let found = match (ChatChannel::of(&delivery.channel), account) {
        (Some(_), Some(account)) => account.inspect(&headers, &delivery.body),
        (Some(channel), None) => channel.read(&delivery.body).map(|events| (Signature::NotChecked, events)),
        // The text of a form is its message's own.
        (None, _) => return Content::Read { lines: Vec::new(), more: 0 },
    };
    match found {
        Ok((signature, events)) => {
            let more = events.len().saturating_sub(EVENTS);
            let line = |event| serde_json::to_string(&Line { signature, event }).unwrap_or_default();
            let mut room = LENGTH;
            let lines = events.iter().take(EVENTS).map(line).map_while(|line| {
                let cut = visible(crate::understand::truncate(&line, room));
                room = room.saturating_sub(line.len());
                (!cut.is_empty()).then_some(cut)
            });
            Content::Read { lines: lines.collect(), more }
        }
        Err(error) => {
            let begins = String::from_utf8_lossy(&delivery.body[..delivery.body.len().min(2000)]).into_owned();
            Content::Unreadable { why: error.to_string(), begins: visible(&begins) }
        }
    }
}

#[derive(Serialize)]
struct Line<'a> {
    signature: Signature,
    #[serde(flatten)]
    event: &'a Event,
}

/// What does not show, or turns the direction of what stands beside it, is written out.
fn visible(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if turns(c) || (c.is_control() && !matches!(c, '\n' | '\t')) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Unpacks a delivery once more that could not be understood: after the fault is mended.
///
/// # Errors
/// [`Error::Stale`] when it was understood meanwhile, or belongs to no account.
pub async fn unpack_again(city: &City, by: &Officer, id: Uuid) -> Result<()> {
    may(by)?;
    let mut tx = city.db.begin().await?;
    let delivery = deliveries_in::find(&mut tx, id).await?;
    if delivery.state != "failed" {
        return Err(Error::Stale);
    }
    deliveries_in::mark(&mut tx, id, "stored", None).await?;
    let job = NewJob::now("receiving", "unpack", &json!({ "delivery": id }), city.now())?;
    jobs::drop_dead(&mut tx, "unpack", "delivery", &id.to_string()).await?;
    jobs::enqueue(&mut tx, vec![job.once(format!("unpack:{id}"))], city.now()).await?;
    store::audit::add(&mut tx, city.new_id(), city.now(), Some(by.id), "delivery_unpacked_again", &id.to_string(), json!({})).await?;
    tx.commit().await?;
    Ok(())
}

fn may(by: &Officer) -> Result<()> {
    if by.viewer.may_administer() { Ok(()) } else { Err(Error::Forbidden) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_does_not_show_is_written_out() {
        assert_eq!(super::visible("a\u{202e}b\u{7}\n<b>"), "a\\u{202e}b\\u{7}\n<b>");
    }
}
