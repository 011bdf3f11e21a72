//! Bytes become events. A parser fault costs nothing: the bytes stay, are marked, and are unpacked again after the fix.
//!
//! Deliveries that were claimed together are written by one transaction.

use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::json;
use store::deliveries_in::{self, NewInbound};
use store::jobs::{self, Job, NewJob};
use uuid::Uuid;

use super::{Done, Failure, RECEIVING, mail};
use crate::City;

#[derive(Deserialize)]
struct Payload {
    delivery: Uuid,
}

/// What one delivery holds.
struct Unpacked {
    delivery: Uuid,
    /// Each with the lane in which it is received.
    events: Vec<(NewInbound, String)>,
}

/// All of them, or none.
pub(super) async fn run(city: &City, jobs: &[Job]) -> Done {
    let unpacked = try_join_all(jobs.iter().map(|job| unpack(city, job))).await?;
    let now = city.now();
    let mut tx = city.db.begin().await?;
    let events = unpacked.iter().flat_map(|unpacked| &unpacked.events);
    // The same event delivered again is no second one, however late.
    let added = deliveries_in::add_inbounds(&mut tx, events.clone().map(|(inbound, _)| inbound.clone()).collect()).await?;
    let mut receive = Vec::with_capacity(added.len());
    for (inbound, lane) in events.filter(|(inbound, _)| added.contains(&inbound.id)) {
        receive.push(NewJob::now(RECEIVING, "receive", &json!({ "inbound": inbound.id }), now)?.in_lane(lane.clone()));
    }
    jobs::enqueue(&mut tx, receive, now).await?;
    let deliveries: Vec<Uuid> = unpacked.iter().map(|unpacked| unpacked.delivery).collect();
    deliveries_in::mark_unpacked(&mut tx, &deliveries).await?;
    jobs::finish_all(&mut tx, jobs).await?;
    fail::fail_point!("unpack::before_commit");
    tx.commit().await?;
    Ok(())
}

async fn unpack(city: &City, job: &Job) -> Result<Unpacked, Failure> {
    let Payload { delivery } = job.payload()?;
    let mut q = city.db.read();
    let delivery = deliveries_in::find(&mut q, delivery).await?;
    let Some(account_id) = delivery.account_id else { return Err(Failure::Never("the delivery belongs to no account".into())) };
    let reference = city.reference();
    let account = store::channel_accounts::find(&mut q, account_id).await?;
    let mailbox = crate::mailboxes::of(&account)?;
    let (for_task, body) = (city.clone(), delivery.body);
    let letter = tokio::task::spawn_blocking(move || mail::read(&for_task, &reference, &mailbox, &body))
        .await
        .map_err(|error| Failure::Later { after: None, why: format!("the parser failed: {error}") })?;
    let inbound = NewInbound {
        id: city.new_id(),
        delivery_id: delivery.id,
        account_id,
        external_id: mail::external_id(letter.message_id.as_deref(), &delivery.sha256),
        kind: letter.class.as_str().to_owned(),
        sender: letter.sender.clone(),
        payload: serde_json::to_value(&letter).map_err(crate::Error::from)?,
        received_at: store::time(delivery.received_at)?,
    };
    let lane = format!("in:{account_id}:{}", city.keys.hash("lane", &letter.sender));
    Ok(Unpacked { delivery: delivery.id, events: vec![(inbound, lane)] })
}

pub(super) async fn give_up(tx: &mut store::Tx, job: &Job, why: &str) -> store::Result<()> {
    match job.payload::<Payload>() {
        Ok(Payload { delivery }) => deliveries_in::mark(tx, delivery, "failed", Some(why.to_owned())).await,
        Err(_) => Ok(()),
    }
}
