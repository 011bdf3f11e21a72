//! Bytes become events. A parser fault costs nothing: the bytes stay, are marked, and are unpacked again after the fix.
//!
//! Deliveries that were claimed together are written by one transaction.

use std::collections::HashMap;

use channels::cti::Fault;
use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use store::channel_accounts::AccountRow;
use store::deliveries_in::{self, Delivery, NewInbound};
use store::jobs::{self, Job, NewJob};
use uuid::Uuid;

use super::{Done, Failure, RECEIVING, catch_up, mail, take_call, unpack_sms};
use crate::City;
use crate::chat_accounts::ChatAccount;
use crate::hotlines::Hotline;
use crate::sms_accounts::CHANNEL;

/// Octets from which on a delivery is large: many such at a time would fill the memory.
const LARGE: i64 = 1 << 20;

#[derive(Deserialize)]
struct Payload {
    delivery: Uuid,
}

/// What one delivery holds.
struct Unpacked {
    /// The kind of the jobs that receive its events.
    receive: &'static str,
    /// Each with the lane in which it is received.
    events: Vec<(NewInbound, String)>,
    /// An SMS: what came before it decides what it is.
    sms: Option<unpack_sms::Found>,
}

/// All of them, or none.
pub(super) async fn run(city: &City, jobs: &[Job]) -> Done {
    let mut deliveries = Vec::with_capacity(jobs.len());
    for job in jobs {
        let Payload { delivery } = job.payload()?;
        deliveries.push(delivery);
    }
    let mut q = city.db.read();
    let large = deliveries_in::largest(&mut q, &deliveries).await? > LARGE;
    if large && jobs.len() > 1 {
        return Err(Failure::Later { after: None, why: "one of them is large: each goes by itself".into() });
    }
    let _room = if large { Some(city.room_for_large().await?) } else { None };
    let found = deliveries_in::find_all(&mut q, &deliveries).await?;
    let unpacked = try_join_all(found.into_iter().map(|delivery| unpack(city, delivery))).await?;
    let now = city.now();
    let mut tx = city.db.begin().await?;
    let (mut inbounds, mut receive) = (Vec::new(), Vec::new());
    for unpacked in unpacked {
        let events = match unpacked.sms {
            Some(found) => unpack_sms::settle(&mut tx, city, found).await?,
            None => unpacked.events,
        };
        for (inbound, lane) in events {
            // Due since it came: whoever asks what is left never sees a moment in which nothing is.
            let job = NewJob::now(RECEIVING, unpacked.receive, &json!({ "inbound": inbound.id }), inbound.received_at)?.in_lane(lane);
            receive.push((inbound.id, job));
            inbounds.push(inbound);
        }
    }
    // The same event delivered again is no second one, however late.
    let added = deliveries_in::add_inbounds(&mut tx, inbounds).await?;
    receive.retain(|(inbound, _)| added.contains(inbound));
    jobs::enqueue(&mut tx, receive.into_iter().map(|(_, job)| job).collect(), now).await?;
    deliveries_in::mark_unpacked(&mut tx, &deliveries).await?;
    jobs::finish_all(&mut tx, jobs).await?;
    fail::fail_point!("unpack::before_commit");
    tx.commit().await?;
    Ok(())
}

async fn unpack(city: &City, delivery: Delivery) -> Result<Unpacked, Failure> {
    let Some(account_id) = delivery.account_id else { return Err(Failure::Never("the delivery belongs to no account".into())) };
    let account = city.account(account_id).await?;
    let (events, sms) = match account.channel.as_str() {
        "email" => (vec![mail(city, &account, delivery).await?], None),
        CHANNEL => (Vec::new(), unpack_sms::read(city, &account, &delivery)?),
        crate::hotlines::CHANNEL => (call(city, &account, delivery)?, None),
        _ => (chat(city, &account, delivery).await?, None),
    };
    let receive = if account.channel == "email" { "receive_mail" } else { "receive" };
    Ok(Unpacked { receive, events, sms })
}

async fn mail(city: &City, account: &AccountRow, delivery: Delivery) -> Result<(NewInbound, String), Failure> {
    let reference = city.reference();
    let mailbox = crate::mailboxes::of(account)?;
    let (for_task, body) = (city.clone(), delivery.body);
    let read = move || (mail::read(&for_task, &reference, &mailbox, &body), channels::email::fingerprint(&body));
    let (letter, fingerprint) = tokio::task::spawn_blocking(read).await.map_err(|error| fault(&error))?;
    let inbound = NewInbound {
        id: city.new_id(),
        delivery_id: delivery.id,
        account_id: account.id,
        external_id: mail::external_id(letter.message_id.as_deref(), &fingerprint),
        kind: letter.class.as_str().to_owned(),
        sender: letter.sender.clone(),
        payload: serde_json::to_value(&letter).map_err(crate::Error::from)?,
        received_at: store::time(delivery.received_at)?,
    };
    Ok((inbound, lane(city, account.id, &letter.sender)))
}

/// News of a call. What an exchange repeats word for word is one event; what it has no word for in its mapping is left in
/// the delivery.
fn call(city: &City, account: &AccountRow, delivery: Delivery) -> Result<Vec<(NewInbound, String)>, Failure> {
    let event = match Hotline::of(city, account.clone())?.event(&delivery.body) {
        Ok(event) => event,
        Err(Fault::UnknownEvent { .. }) => return Ok(Vec::new()),
        Err(fault) => return Err(Failure::Never(fault.to_string())),
    };
    let payload = serde_json::to_value(&event).map_err(crate::Error::from)?;
    let inbound = NewInbound {
        id: city.new_id(),
        delivery_id: delivery.id,
        account_id: account.id,
        external_id: hex::encode(Sha256::digest(payload.to_string())),
        kind: event.kind.as_str().to_owned(),
        sender: event.party().unwrap_or_default().to_owned(),
        payload,
        received_at: store::time(delivery.received_at)?,
    };
    Ok(vec![(inbound, take_call::lane(city, account.id, &event))])
}

/// A webhook may carry events of several pages of one app: each goes to its own account.
async fn chat(city: &City, account: &AccountRow, delivery: Delivery) -> Result<Vec<(NewInbound, String)>, Failure> {
    let (for_task, body) = (ChatAccount::of(city, account.clone())?, delivery.body);
    let ours = delivery.headers.0["via"] == catch_up::VIA;
    let read = tokio::task::spawn_blocking(move || match ours {
        true => serde_json::from_slice(&body).map_err(|error| error.to_string()),
        false => for_task.channel.events(&body).map_err(|error| error.to_string()),
    });
    let read = read.await.map_err(|error| fault(&error))?.map_err(Failure::Never)?;
    let received_at = store::time(delivery.received_at)?;
    let mut accounts = HashMap::from([(account.address.clone(), Some(account.id))]);
    let mut events = Vec::new();
    // The octets keep what is nothing to us.
    for event in read.into_iter().filter(|event| event.kind != channels::Kind::Ignored) {
        if !event.account_id.is_empty() && !accounts.contains_key(&event.account_id) {
            let other = store::channel_accounts::by_address(&mut city.db.read(), &account.channel, &event.account_id).await?;
            accounts.insert(event.account_id.clone(), other.filter(|other| other.enabled).map(|other| other.id));
        }
        let owner = if event.account_id.is_empty() { Some(account.id) } else { accounts[&event.account_id] };
        let Some(owner) = owner else {
            tracing::warn!(channel = account.channel, "an event of an account that nobody has set up was left in its delivery");
            continue;
        };
        let person = crate::chat::person_of(&event).to_owned();
        let inbound = NewInbound {
            id: city.new_id(),
            delivery_id: delivery.id,
            account_id: owner,
            external_id: event.external_id.clone(),
            kind: event.kind.as_str().to_owned(),
            sender: person.clone(),
            payload: serde_json::to_value(&event).map_err(crate::Error::from)?,
            received_at,
        };
        events.push((inbound, lane(city, owner, &person)));
    }
    Ok(events)
}

/// What one person wrote is received in the order it came.
fn lane(city: &City, account: Uuid, person: &str) -> String {
    format!("in:{account}:{}", city.keys.hash("lane", person))
}

fn fault(error: &tokio::task::JoinError) -> Failure {
    Failure::Later { after: None, why: format!("the parser failed: {error}") }
}

pub(super) async fn give_up(tx: &mut store::Tx, job: &Job, why: &str) -> store::Result<()> {
    match job.payload::<Payload>() {
        Ok(Payload { delivery }) => deliveries_in::mark(tx, delivery, "failed", Some(why.to_owned())).await,
        Err(_) => Ok(()),
    }
}
