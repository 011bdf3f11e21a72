//! What was unpacked is received, each channel in its own way.

use serde::Deserialize;
use store::deliveries_in;
use store::jobs::Job;
use uuid::Uuid;

use super::{Done, receive_event, receive_mail, take_call};
use crate::City;

#[derive(Deserialize)]
struct Payload {
    inbound: Uuid,
}

/// Mails have a kind of job of their own; one that an earlier version queued is received all the same.
pub(super) async fn run(city: &City, job: &Job) -> Done {
    let inbound = deliveries_in::find_inbound(&mut city.db.read(), inbound_of(job)?).await?;
    let account = city.account(inbound.account_id).await?;
    match account.channel.as_str() {
        "email" => receive_mail::run(city, std::slice::from_ref(job)).await,
        crate::hotlines::CHANNEL => take_call::run(city, job, &inbound, &account).await,
        _ => receive_event::run(city, job, &inbound, &account).await,
    }
}

/// What a job is about.
pub(super) fn inbound_of(job: &Job) -> store::Result<Uuid> {
    let Payload { inbound } = job.payload()?;
    Ok(inbound)
}
