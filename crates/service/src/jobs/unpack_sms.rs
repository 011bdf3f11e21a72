//! SMS become events: a message without an id is known by its words and the time, the parts of a long one wait for each
//! other, receipts name messages of ours.

use channels::sms::deliver::{self, Delivered, Part};
use channels::sms::{Alphabet, pdu, receipt, tlv};
use channels::{Event, Kind};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use store::channel_accounts::AccountRow;
use store::deliveries_in::{Delivery, NewInbound};
use store::jobs::{self, Job, NewJob};
use store::sms::{self, GroupRow, PartRow};
use store::{Json, Tx};
use uuid::Uuid;

use super::{Done, Failure, RECEIVING};
use crate::City;
use crate::sms_accounts::SmsAccount;

/// What a delivery of the account holds, as far as its octets tell.
pub(super) struct Found {
    account: Uuid,
    delivery: Uuid,
    received_at: Timestamp,
    alphabet: Alphabet,
    what: What,
}

enum What {
    /// It has an id of its own.
    Known(Event),
    /// Only its words tell it from others.
    Said(Event),
    Part(Part),
}

/// Reads the octets. `None`: nothing for us.
pub(super) fn read(city: &City, account: &AccountRow, delivery: &Delivery) -> Result<Option<Found>, Failure> {
    let settings = SmsAccount::of(city, account.clone())?;
    let told = &delivery.headers.0;
    let route = told["route"].as_str().and_then(|id| id.parse::<Uuid>().ok());
    let alphabet = route.and_then(|route| settings.route(route)).map(|route| route.alphabet).unwrap_or_default();
    let what = match told["via"].as_str() {
        Some("smpp") => smpp(&delivery.body, route.unwrap_or_default(), alphabet).map_err(|error| Failure::Never(error.to_string()))?,
        Some(via) => gateway(via, route.unwrap_or_default(), &delivery.body)?,
        None => return Err(Failure::Never("it does not say how it came".into())),
    };
    let received_at = store::time(delivery.received_at)?;
    Ok(what.map(|what| Found { account: account.id, delivery: delivery.id, received_at, alphabet, what }))
}

fn smpp(octets: &[u8], route: Uuid, alphabet: Alphabet) -> Result<Option<What>, deliver::Unreadable> {
    Ok(match deliver::read(octets, alphabet)? {
        Delivered::Message(event) if event.kind == Kind::Ignored => None,
        Delivered::Message(event) => Some(What::Said(event)),
        Delivered::Part(part) => Some(What::Part(part)),
        Delivered::Receipt(_, told) if !told.is_some() => None,
        Delivered::Receipt(event, told) => {
            let reference = match pdu::decode(octets)?.body {
                pdu::Body::ShortMessage(message) => tlv::find(&message.tlvs, tlv::USER_MESSAGE_REFERENCE).and_then(tlv::Tlv::number),
                _ => None,
            };
            let ids = told.id.as_deref().map(receipt::id_forms).unwrap_or_default();
            Some(What::Known(Event {
                // Not final: it proves all the same that the message went out.
                kind: if event.kind == Kind::Ignored { Kind::Echo } else { event.kind },
                external_id: format!("receipt:{route}:{}", event.external_id),
                receipt_ids: ids.into_iter().map(|id| part_id(route, &id)).collect(),
                tracking_id: reference.map(|reference| reference.to_string()),
                chat_id: Some(route.to_string()),
                text: told.text,
                ..event
            }))
        }
    })
}

/// What an HTTP gateway delivered; ids are its own.
fn gateway(via: &str, route: Uuid, body: &[u8]) -> Result<Option<What>, Failure> {
    let event = crate::sms_hooks::read(via, route, body).map_err(|error| Failure::Never(error.to_string()))?;
    Ok((event.kind != Kind::Ignored).then_some(What::Known(event)))
}

/// The id under which a part of ours is known: SMSCs count each for itself.
pub(super) fn part_id(route: Uuid, id: &str) -> String {
    format!("{route}:{id}")
}

/// Keeps parts and tells repeats from new messages, in the transaction that marks the delivery as unpacked. Answers the
/// events with the lanes in which they are received.
pub(super) async fn settle(tx: &mut Tx, city: &City, found: Found) -> Result<Vec<(NewInbound, String)>, Failure> {
    let event = match &found.what {
        What::Known(event) => Some(event.clone()),
        What::Said(event) => Some(Event { external_id: told_apart(tx, city, &found, &event.external_id).await?, ..event.clone() }),
        What::Part(part) => wait_for_others(tx, city, &found, part).await?,
    };
    event.map(|event| inbound(city, found.account, found.delivery, found.received_at, event)).into_iter().collect()
}

/// The same words within the span of the list of limits are the same message delivered again; later they are another one.
async fn told_apart(tx: &mut Tx, city: &City, found: &Found, fingerprint: &str) -> Result<String, Failure> {
    let span = SignedDuration::from_mins(city.reference().number("sms_repeat_minutes")?);
    let prefix = format!("said:{fingerprint}:");
    if let Some((id, at)) = sms::newest_with_prefix(tx, found.account, &prefix).await?
        && store::time(at)? + span >= found.received_at
    {
        return Ok(id);
    }
    // Of one length, so that the newest comes last.
    Ok(format!("{prefix}{:020}", found.received_at.as_microsecond()))
}

/// Keeps a part; the event of the whole when it was the last one.
async fn wait_for_others(tx: &mut Tx, city: &City, found: &Found, part: &Part) -> Result<Option<Event>, Failure> {
    let patience = SignedDuration::from_hours(city.reference().number("sms_parts_hours")?);
    let position = i64::from(part.concat.part);
    // A part that comes late still finds what was given up.
    let since = found.received_at - patience - patience;
    let mut group = sms::group(tx, found.account, &part.key, since).await?;
    let mut kept = Vec::new();
    if let Some(known) = &group {
        let open = sms::hold_group(tx, known.id).await?;
        kept = parts(tx, known.id).await?;
        match kept.iter().find(|other| other.concat.part == part.concat.part) {
            Some(same) if same.fingerprint == part.fingerprint && (open || is_repeat(city, known, found)?) => return Ok(None),
            // Another message under the same reference.
            Some(_) if open => {
                let whole = close(tx, city, known, &kept, found.alphabet, found.received_at).await?;
                begin(tx, city, found, part, patience).await?;
                return Ok(whole);
            }
            Some(_) => group = None,
            None if open => {}
            // The others were given up: it comes by itself.
            None => {
                keep(tx, known.id, found.delivery, part).await?;
                let id = format!("part:{}:{position}", known.id);
                let event = deliver::join([part], found.alphabet).map(|joined| Event { external_id: id, ..joined.event });
                return Ok(event.map(|event| late(event, part)));
            }
        }
    }
    let Some(group) = group else {
        begin(tx, city, found, part, patience).await?;
        return Ok(None);
    };
    keep(tx, group.id, found.delivery, part).await?;
    kept.push(part.clone());
    if kept.len() < usize::from(part.concat.total) {
        return Ok(None);
    }
    close(tx, city, &group, &kept, found.alphabet, found.received_at).await
}

/// Whether a part that came before belongs to the same message and not to another one under the same reference.
fn is_repeat(city: &City, group: &GroupRow, found: &Found) -> Result<bool, Failure> {
    let span = SignedDuration::from_mins(city.reference().number("sms_repeat_minutes")?);
    let closed = group.closed_at.map(store::time).transpose()?;
    Ok(closed.is_none_or(|closed| closed + span >= found.received_at))
}

async fn begin(tx: &mut Tx, city: &City, found: &Found, part: &Part, patience: SignedDuration) -> Result<(), Failure> {
    let id = city.new_id();
    sms::begin_group(tx, id, found.account, &part.key, found.received_at).await?;
    keep(tx, id, found.delivery, part).await?;
    let end =
        NewJob { run_at: found.received_at + patience, ..NewJob::now(RECEIVING, "sms_incomplete", &json!({ "group": id }), city.now())? };
    Ok(jobs::enqueue(tx, vec![end], city.now()).await?)
}

async fn keep(tx: &mut Tx, group: Uuid, delivery: Uuid, part: &Part) -> Result<(), Failure> {
    let body = Json(serde_json::to_value(part).map_err(crate::Error::from)?);
    Ok(sms::add_part(tx, &PartRow { group_id: group, position: i64::from(part.concat.part), delivery_id: delivery, body }).await?)
}

async fn parts(tx: &mut Tx, group: Uuid) -> Result<Vec<Part>, Failure> {
    let rows = sms::parts(tx, group).await?;
    Ok(rows.into_iter().map(|row| serde_json::from_value(row.body.0).map_err(crate::Error::from)).collect::<Result<_, _>>()?)
}

/// Closes a group and makes one message of what there is.
async fn close(
    tx: &mut Tx,
    city: &City,
    group: &GroupRow,
    parts: &[Part],
    alphabet: Alphabet,
    at: Timestamp,
) -> Result<Option<Event>, Failure> {
    if !sms::close_group(tx, group.id, at.max(city.now())).await? {
        return Ok(None);
    }
    let Some(joined) = deliver::join(parts, alphabet) else { return Ok(None) };
    let mut event = Event { external_id: format!("parts:{}", group.id), ..joined.event };
    if !joined.missing.is_empty() {
        event.verb = Some("incomplete".into());
    }
    Ok(Some(event))
}

fn late(event: Event, part: &Part) -> Event {
    let note = format!("{}/{}", part.concat.part, part.concat.total);
    Event { verb: Some("late_part".into()), parent_id: Some(note), ..event }
}

#[derive(Deserialize)]
struct Payload {
    group: Uuid,
}

/// The others did not come in time: what there is becomes a message that says so.
pub(super) async fn incomplete(city: &City, job: &Job) -> Done {
    let Payload { group } = job.payload()?;
    let mut tx = city.db.begin().await?;
    let group = sms::find_group(&mut tx, group).await?;
    if sms::hold_group(&mut tx, group.id).await? {
        let parts = parts(&mut tx, group.id).await?;
        let rows = sms::parts(&mut tx, group.id).await?;
        let account = SmsAccount::of(city, store::channel_accounts::find(&mut tx, group.account_id).await?)?;
        let delivery = rows.last().map(|row| row.delivery_id).unwrap_or_default();
        let told = store::deliveries_in::find(&mut tx, delivery).await?.headers.0;
        let route = told["route"].as_str().and_then(|id| id.parse::<Uuid>().ok());
        let alphabet = route.and_then(|route| account.route(route)).map(|route| route.alphabet).unwrap_or_default();
        let now = city.now();
        if let Some(event) = close(&mut tx, city, &group, &parts, alphabet, now).await? {
            let (inbound, lane) = inbound(city, group.account_id, delivery, now, event)?;
            let receive = NewJob::now(RECEIVING, "receive", &json!({ "inbound": inbound.id }), now)?.in_lane(lane);
            if store::deliveries_in::add_inbound(&mut tx, inbound).await? {
                jobs::enqueue(&mut tx, vec![receive], now).await?;
            }
        }
    }
    jobs::finish(&mut tx, job).await?;
    tx.commit().await?;
    Ok(())
}

/// The row of an event. Receipts wait for what they are of in a lane of their own: they hold up no message.
fn inbound(city: &City, account: Uuid, delivery: Uuid, received_at: Timestamp, event: Event) -> Result<(NewInbound, String), Failure> {
    let number = |said: &str| domain::sms::recipient(said).unwrap_or_else(|_| said.to_owned());
    let event = Event { sender_id: number(&event.sender_id), ..event };
    let about = if event.kind == Kind::Message { "in" } else { "receipt" };
    let lane = format!("{about}:{account}:{}", city.keys.hash("lane", &event.sender_id));
    let inbound = NewInbound {
        id: city.new_id(),
        delivery_id: delivery,
        account_id: account,
        external_id: event.external_id.clone(),
        kind: event.kind.as_str().to_owned(),
        sender: event.sender_id.clone(),
        payload: serde_json::to_value(&event).map_err(crate::Error::from)?,
        received_at,
    };
    Ok((inbound, lane))
}
