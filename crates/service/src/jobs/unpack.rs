//! Bytes become events. A parser fault costs nothing: the bytes stay, are marked, and are unpacked again after the fix.

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

pub(super) async fn run(city: &City, job: &Job) -> Done {
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
    let external_id = mail::external_id(letter.message_id.as_deref(), &delivery.sha256);
    let received_at = store::time(delivery.received_at)?;
    let lane = format!("in:{account_id}:{}", city.keys.hash("lane", &letter.sender));
    let inbound = NewInbound {
        id: city.new_id(),
        delivery_id: delivery.id,
        account_id,
        external_id,
        kind: letter.class.as_str().to_owned(),
        sender: letter.sender.clone(),
        payload: serde_json::to_value(&letter).map_err(crate::Error::from)?,
        received_at,
    };
    let receive = NewJob::now(RECEIVING, "receive", &json!({ "inbound": inbound.id }), city.now())?.in_lane(lane);
    let mut tx = city.db.begin().await?;
    // The same mail delivered again is no second event, however late.
    if deliveries_in::add_inbound(&mut tx, inbound).await? {
        jobs::enqueue(&mut tx, vec![receive], city.now()).await?;
    }
    deliveries_in::mark(&mut tx, delivery.id, "unpacked", None).await?;
    jobs::finish(&mut tx, job).await?;
    fail::fail_point!("unpack::before_commit");
    tx.commit().await?;
    Ok(())
}

pub(super) async fn give_up(tx: &mut store::Tx, job: &Job, why: &str) -> store::Result<()> {
    match job.payload::<Payload>() {
        Ok(Payload { delivery }) => deliveries_in::mark(tx, delivery, "failed", Some(why.to_owned())).await,
        Err(_) => Ok(()),
    }
}
