//! What happens because nothing happened: a question that was not answered is put once more and then given up, an answer
//! that was not rated is taken for good, a call whose end is never told is given up.

use std::time::Duration;

use domain::case::{Action, Stage, WaitingFor};
use store::Tx;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

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

/// Acts on cases whose timer has run out and on calls that fell silent. Answers how many changed.
pub async fn pass(city: &City) -> Result<usize> {
    Ok(cases(city).await? + super::take_call::give_up_silent(city).await?)
}

async fn cases(city: &City) -> Result<usize> {
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

async fn one(city: &City, id: Uuid) -> Result<()> {
    let mut tx = city.db.begin().await?;
    let case = OpenCase::load(&mut tx, id).await?;
    let waiting = case.state.waiting.as_ref().map(|waiting| waiting.for_what);
    let action = match (case.state.stage, waiting) {
        (Stage::Waiting, _) if case.state.next_reminder(&city.reference().book).is_some() => {
            Action::Remind { question: question(&mut tx, id).await? }
        }
        (Stage::Waiting, Some(WaitingFor::Info)) => Action::InfoExpired,
        (Stage::Waiting, Some(WaitingFor::Proof)) => Action::ProofExpired,
        (Stage::Answered, _) => Action::Close { rating: None },
        _ => return Err(Error::Stale),
    };
    crate::follow::by_itself(&mut tx, city, id, action).await?;
    tx.commit().await?;
    Ok(())
}

/// The question that the sender was asked last; empty when none was, or when it has been erased.
async fn question(tx: &mut Tx, case: Uuid) -> Result<String> {
    let events = store::events::of_case(tx, case).await?;
    let asked = events.iter().rev().find(|event| matches!(event.kind.as_str(), "ask_info" | "handler_asks"));
    let text = asked.and_then(|event| event.personal.as_ref()?.0.get("question")?.as_str());
    Ok(text.unwrap_or_default().trim().to_owned())
}
