//! The calendar was edited: open cases get their due dates anew. A promised date never moves earlier (domain.md §1.4).

use domain::case::{Action, Actor, Refused, decide};
use store::jobs::{self, Job};
use uuid::Uuid;

use super::Done;
use crate::change::state_of;
use crate::{City, Error};

pub(super) async fn run(city: &City, job: &Job) -> Done {
    // This node may not have heard of the edit yet.
    city.reload().await?;
    let reference = city.reference();
    let mut after = Uuid::nil();
    loop {
        let rows = store::cases::open_after(&mut city.db.read(), after, 200).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in rows {
            let state = state_of(&row)?;
            // Most cases are not touched: asked outside the transaction first.
            if matches!(
                decide(&state, &Action::CalendarChanged, &Actor::SYSTEM, city.now(), &reference.book),
                Err(Refused::Guard(_) | Refused::NotFromHere { .. })
            ) {
                continue;
            }
            let mut tx = city.db.begin().await?;
            match crate::follow::by_itself(&mut tx, city, row.id, Action::CalendarChanged).await {
                Ok(()) => tx.commit().await?,
                // Somebody else changed the case, which computed its date as well.
                Err(Error::Stale | Error::Refused(_)) => tx.rollback().await?,
                Err(error) => return Err(error.into()),
            }
        }
    }
    let mut tx = city.db.begin().await?;
    jobs::finish(&mut tx, job).await?;
    tx.commit().await?;
    Ok(())
}
