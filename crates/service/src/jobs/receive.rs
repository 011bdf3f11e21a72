//! What was unpacked is received, each channel in its own way.

use serde::Deserialize;
use store::deliveries_in::{self, Inbound};
use store::jobs::Job;
use uuid::Uuid;

use super::{Done, receive_event, receive_mail, take_call};
use crate::City;

#[derive(Deserialize)]
struct Payload {
    inbound: Uuid,
}

pub(super) async fn run(city: &City, job: &Job) -> Done {
    let inbound = inbound(&mut city.db.read(), job).await?;
    let account = city.account(inbound.account_id).await?;
    match account.channel.as_str() {
        "email" => receive_mail::run(city, std::slice::from_ref(job)).await,
        crate::hotlines::CHANNEL => take_call::run(city, job, &inbound, &account).await,
        _ => receive_event::run(city, job, &inbound, &account).await,
    }
}

/// What a job is about.
pub(super) async fn inbound(q: &mut impl store::Query, job: &Job) -> Result<Inbound, super::Failure> {
    let Payload { inbound } = job.payload()?;
    Ok(deliveries_in::find_inbound(q, inbound).await?)
}
