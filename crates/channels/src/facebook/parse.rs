//! A delivery made into events: raw octets in, every item of every entry out, in their order.

use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::{feed, messaging};
use crate::event::{Event, Kind, Unreadable};
use crate::json::{self, Object, milliseconds};

/// Ignored items that are told one by one. Of the rest, which only a flood has, one event tells the number.
const IGNORED: usize = 1000;

/// Octets of the shortest item that makes an event which is not ignored, with its comma.
const SHORTEST: usize = 31;

/// The events of one delivery. One delivery may carry entries of several pages: `account_id` says whose an event is.
///
/// # Errors
/// The body is no JSON object with a list of entries.
pub fn parse(body: &[u8]) -> Result<Vec<Event>, Unreadable> {
    let text = json::lossy(body);
    let delivery = Object::read(&text)?;
    let of_a_page = delivery.text("object").is_none_or(|object| object == "page");
    // Room for a body full of the shortest items, once: a list that grows would stand in memory twice.
    let mut events = Events { kept: Vec::with_capacity(text.len() / SHORTEST), seen: 0, ignored: 0 };
    let is_list = delivery.each("entry", |written| {
        let entry = json::object(written).unwrap_or_default();
        let page_id = entry.id("id").unwrap_or_default();
        let at = moment(entry.integer("time"));
        let before = events.seen;
        if of_a_page {
            entry.each("messaging", |item| events.push(messaging::event(&json::object(item).unwrap_or_default(), &page_id), item));
            entry.each("standby", |item| events.push(messaging::aside(&json::object(item).unwrap_or_default(), &page_id), item));
            entry.each("changes", |item| events.push(feed::event(&json::object(item).unwrap_or_default(), &page_id, at), item));
        }
        if events.seen == before {
            let unknown = Event { account_id: page_id, timestamp_ms: at, ..Event::default() };
            events.push(unknown, written);
        }
    });
    if !is_list {
        return Err(Unreadable("there is no list of entries".into()));
    }
    Ok(events.all(body))
}

/// Facebook writes seconds in some places and milliseconds in others: what is below 10^12 are seconds.
pub(super) fn moment(number: Option<i64>) -> Option<i64> {
    let number = number.filter(|number| *number > 0)?;
    milliseconds(Some(if number < 1_000_000_000_000 { number * 1000 } else { number }))
}

struct Events {
    kept: Vec<Event>,
    seen: usize,
    ignored: usize,
}

impl Events {
    fn push(&mut self, mut event: Event, written: &RawValue) {
        self.seen += 1;
        if event.kind == Kind::Ignored {
            self.ignored += 1;
            if self.ignored > IGNORED {
                return;
            }
        }
        if event.external_id.is_empty() {
            event.external_id = key(&event, written);
        }
        self.kept.push(event);
    }

    fn all(mut self, body: &[u8]) -> Vec<Event> {
        if let Some(more @ 1..) = self.ignored.checked_sub(IGNORED) {
            let external_id = hex::encode(Sha256::digest(body));
            self.kept.push(Event { external_id, reason: Some(format!("{more} more that are ignored")), ..Event::default() });
        }
        self.kept
    }
}

/// The key of an event to which Facebook gives no id: the hash of what it says, however it was written; of an event that we
/// do not understand, the hash of how it was written too.
fn key(event: &Event, written: &RawValue) -> String {
    let mut hash = Sha256::new();
    // An event is plain text and numbers: it can always be written.
    hash.update(serde_json::to_vec(event).unwrap_or_default());
    if event.kind == Kind::Ignored {
        hash.update(written.get());
    }
    hex::encode(hash.finalize())
}
