//! What an administrator looks at first: what is broken, and what somebody must do about it.

pub use channels::email::probe::{Reason, Step, Trial};
use serde_json::json;
pub use store::audit::AuditRow;
pub use store::channel_accounts::AccountRow;
pub use store::deliveries_in::DeliveryLine;
pub use store::jobs::Dead;
pub use store::messages::MessageRow;
use uuid::Uuid;

use crate::{City, Error, Officer, Result};

/// Most rows of each list.
const ROWS: i64 = 50;

/// The state of the house.
#[derive(Debug, Clone)]
pub struct Overview {
    /// Why nothing new is taken, if so.
    pub refusing: Option<String>,
    /// Jobs that were given up, newest first.
    pub dead: Vec<Dead>,
    /// What came in and could not be read.
    pub unread: Vec<DeliveryLine>,
    /// What went out and did not arrive.
    pub failed: Vec<MessageRow>,
    /// What went out and nobody knows.
    pub unknown: Vec<MessageRow>,
    pub accounts: Vec<AccountRow>,
}

/// Reads it.
pub async fn read(city: &City, by: &Officer) -> Result<Overview> {
    may(by)?;
    let mut q = city.db.read();
    Ok(Overview {
        refusing: city.accepts_input().err().map(|error| error.to_string()),
        dead: store::jobs::dead(&mut q, i64::MAX, ROWS).await?,
        unread: store::deliveries_in::in_trouble(&mut q, ROWS).await?,
        failed: store::messages::in_trouble(&mut q, "failed", ROWS).await?,
        unknown: store::messages::in_trouble(&mut q, "unknown", ROWS).await?,
        accounts: store::channel_accounts::all(&mut q).await?,
    })
}

/// Gives a dead job a new life.
pub async fn revive(city: &City, by: &Officer, job: i64) -> Result<()> {
    may(by)?;
    let mut tx = city.db.begin().await?;
    store::jobs::revive(&mut tx, job, city.now()).await?;
    store::audit::add(&mut tx, city.new_id(), city.now(), Some(by.id), "job_revived", &job.to_string(), json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// The mailboxes and other accounts.
pub async fn accounts(city: &City, by: &Officer) -> Result<Vec<AccountRow>> {
    may(by)?;
    Ok(store::channel_accounts::all(&mut city.db.read()).await?)
}

/// One account.
pub async fn account(city: &City, by: &Officer, id: Uuid) -> Result<AccountRow> {
    may(by)?;
    Ok(store::channel_accounts::find(&mut city.db.read(), id).await?)
}

/// What officers did beside cases, newest first.
pub async fn audit(city: &City, by: &Officer) -> Result<Vec<AuditRow>> {
    may(by)?;
    Ok(store::audit::list(&mut city.db.read(), i64::MAX, ROWS).await?)
}

fn may(by: &Officer) -> Result<()> {
    if by.viewer.may_administer() { Ok(()) } else { Err(Error::Forbidden) }
}
