//! What was unpacked is received, each channel in its own way.

use serde::Deserialize;
use store::deliveries_in::{self, Inbound};
use store::jobs::Job;
use uuid::Uuid;

use super::{Done, Failure, receive_event, receive_mail, take_call};
use crate::City;

#[derive(Deserialize)]
struct Payload {
    inbound: Uuid,
}

pub(super) async fn run(city: &City, job: &Job) -> Done {
    let inbounds = inbounds(&mut city.db.read(), std::slice::from_ref(job)).await?;
    for inbound in &inbounds {
        let account = city.account(inbound.account_id).await?;
        match account.channel.as_str() {
            "email" => receive_mail::run(city, std::slice::from_ref(job)).await?,
            crate::hotlines::CHANNEL => take_call::run(city, job, inbound, &account).await?,
            _ => receive_event::run(city, job, inbound, &account).await?,
        }
    }
    Ok(())
}

/// What jobs are about, in their order.
pub(super) async fn inbounds(q: &mut impl store::Query, jobs: &[Job]) -> Result<Vec<Inbound>, Failure> {
    let mut ids = Vec::with_capacity(jobs.len());
    for job in jobs {
        let Payload { inbound } = job.payload()?;
        ids.push(inbound);
    }
    let mut found = deliveries_in::find_inbounds(q, &ids).await?;
    if found.len() != ids.len() {
        return Err(store::Error::NotFound.into());
    }
    found.sort_by_key(|inbound| ids.iter().position(|id| *id == inbound.id));
    Ok(found)
}
