//! What happens because nothing happened: a question that was not answered, an answer that was not rated.

use std::time::Duration;

use domain::case::{Action, Stage, WaitingFor};
use tokio_util::sync::CancellationToken;

use crate::change::OpenCase;
use crate::{City, Error, Result};

const LOOK: Duration = Duration::from_secs(20);

pub(super) async fn run(city: City, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match pass(&city).await {
            // There may be more of them.
            Ok(done) if done > 0 => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "timers could not be looked at"),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Acts on cases whose timer has run out. Answers how many changed.
pub async fn pass(city: &City) -> Result<usize> {
    let due = store::cases::timed_out(&mut city.db.read(), city.now(), 100).await?;
    let mut done = 0;
    for (case,) in due {
        match one(city, case).await {
            Ok(()) => done += 1,
            // Another node, or the sender, was faster.
            Err(Error::Stale) => {}
            Err(error) => tracing::warn!(%error, %case, "a timer could not act"),
        }
    }
    Ok(done)
}

async fn one(city: &City, id: uuid::Uuid) -> Result<()> {
    let mut tx = city.db.begin().await?;
    let case = OpenCase::load(&mut tx, id).await?;
    let limits = &city.reference().book.limits;
    let action = match (case.state.stage, case.state.waiting.as_ref().map(|waiting| waiting.for_what)) {
        (Stage::Waiting, Some(WaitingFor::Info)) => Action::InfoExpired { reminders_sent: limits.info_reminders },
        (Stage::Waiting, Some(WaitingFor::Proof)) => Action::ProofExpired { reminders_sent: limits.proof_reminders },
        (Stage::Answered, _) => Action::Close { rating: None },
        _ => return Err(Error::Stale),
    };
    crate::follow::by_itself(&mut tx, city, id, action).await?;
    tx.commit().await?;
    Ok(())
}
