//! Once a night: the root over all chain heads, and forgetting what may be forgotten.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{City, Result};

pub(super) async fn run(city: City, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = pass(&city).await {
            tracing::warn!(%error, "the nightly work could not be done, trying again");
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(300)) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Does the work of the day that has ended, if no node has done it yet.
pub async fn pass(city: &City) -> Result<()> {
    let today = city.today().to_string();
    let done = store::settings::get(&mut city.db.read(), "nightly").await?;
    if done.as_ref().and_then(|day| day.as_str()) == Some(&today) {
        return Ok(());
    }
    let holder = &city.settings.node;
    let Some(lease) = store::leases::take(&city.db, "nightly", holder, city.now(), SignedDuration::from_mins(30)).await? else {
        return Ok(());
    };
    crate::recordings::forget(city).await?;
    super::contents::forget(city).await?;
    let (root, chains) = root(city).await?;
    let now = city.now();
    let mut tx = city.db.begin().await?;
    if !store::leases::check(&mut tx, &lease).await? {
        return Ok(());
    }
    store::events::keep_root(&mut tx, &today, &root, chains, now).await?;
    store::change_feed::forget(&mut tx, now - SignedDuration::from_hours(24 * 7)).await?;
    store::links::forget_passes(&mut tx, now).await?;
    store::links::forget_codes(&mut tx, now - SignedDuration::from_hours(24 * 2)).await?;
    let day = domain::time::local_date(now - SignedDuration::from_hours(24 * 2)).to_string();
    store::sms::forget(&mut tx, now - SignedDuration::from_hours(24 * 7), &day).await?;
    store::sessions::forget(&mut tx, now - SignedDuration::from_hours(24 * 2)).await?;
    store::settings::set(&mut tx, "nightly", json!(today), now).await?;
    tx.commit().await?;
    store::leases::release(&city.db, &lease).await?;
    Ok(())
}

/// Hash over all chain heads in the order of case ids: whoever keeps it elsewhere can prove that no chain was rewritten.
async fn root(city: &City) -> Result<(String, i64)> {
    let (mut after, mut count, mut hash) = (Uuid::nil(), 0, Sha256::new());
    loop {
        let heads = store::events::heads_after(&mut city.db.read(), after, 1000).await?;
        let Some((last, _)) = heads.last() else { return Ok((hex::encode(hash.finalize()), count)) };
        after = *last;
        for (case, head) in &heads {
            hash.update(case.as_bytes());
            hash.update(head.as_bytes());
            count += 1;
        }
    }
}
