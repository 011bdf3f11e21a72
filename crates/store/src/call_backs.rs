//! Callers whom nobody answered: to be called back by one officer, until somebody spoke with them.

use jiff::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::cases::After;
use crate::{Error, Query, Result, Tx, args, sql};

#[derive(Debug, Clone, FromRow)]
pub struct CallBackRow {
    pub id: Uuid,
    pub account_id: Uuid,
    pub agency_id: Uuid,
    pub number: String,
    /// The newest missed call.
    pub call_id: Uuid,
    /// How many missed calls it stands for.
    pub calls: i64,
    pub first_at: i64,
    pub last_at: i64,
    pub open: bool,
    /// Who took it on.
    pub officer_id: Option<Uuid>,
    pub claimed_at: Option<i64>,
    /// How often it was called back in vain.
    pub tries: i64,
    pub tried_at: Option<i64>,
    pub outcome: Option<String>,
    pub settled_at: Option<i64>,
    pub version: i64,
}

macro_rules! tasks {
    ($rest:literal) => {
        sql!(concat!(
            "SELECT id, account_id, agency_id, number, call_id, calls, first_at, last_at, open, officer_id, claimed_at, tries, tried_at, outcome,
             settled_at, version FROM call_back ",
            $rest
        ))
    };
}

pub async fn insert(tx: &mut Tx, task: &CallBackRow) -> Result<()> {
    tx.run(
        sql!(
            "INSERT INTO call_back (id, account_id, agency_id, number, call_id, calls, first_at, last_at, open) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        ),
        args![task.id, task.account_id, task.agency_id, &task.number, task.call_id, task.calls, task.first_at, task.last_at, task.open],
    )
    .await?;
    Ok(())
}

/// Writes a changed task. [`Error::Conflict`] when somebody else did meanwhile.
pub async fn update(tx: &mut Tx, task: &CallBackRow) -> Result<()> {
    let changed = tx
        .run(
            sql!(
                "UPDATE call_back SET call_id = $3, calls = $4, first_at = $5, last_at = $6, open = $7, officer_id = $8, claimed_at = $9, tries = $10,
                  tried_at = $11, outcome = $12, settled_at = $13, version = $2 + 1 WHERE id = $1 AND version = $2"
            ),
            args![
                task.id,
                task.version,
                task.call_id,
                task.calls,
                task.first_at,
                task.last_at,
                task.open,
                task.officer_id,
                task.claimed_at,
                task.tries,
                task.tried_at,
                task.outcome.clone(),
                task.settled_at
            ],
        )
        .await?;
    if changed == 1 { Ok(()) } else { Err(Error::Conflict("call_back.version".into())) }
}

pub async fn find(q: &mut impl Query, id: Uuid) -> Result<CallBackRow> {
    q.one(tasks!("WHERE id = $1"), args![id]).await
}

/// Open tasks of a reception, the one that waits longest first.
pub async fn open(q: &mut impl Query, agency: Uuid, after: After, limit: i64) -> Result<Vec<CallBackRow>> {
    q.all(
        tasks!("WHERE agency_id = $1 AND open AND (last_at, id) > ($2, $3) ORDER BY last_at, id LIMIT $4"),
        args![agency, after.key, after.id, limit],
    )
    .await
}

/// Open tasks of a number, the newest first.
pub async fn of_number(q: &mut impl Query, account: Uuid, number: &str) -> Result<Vec<CallBackRow>> {
    q.all(tasks!("WHERE account_id = $1 AND number = $2 AND open ORDER BY last_at DESC LIMIT 20"), args![account, number]).await
}

/// Somebody spoke with the number at this moment: what was missed before is settled. Answers how many tasks that were.
pub async fn settle(tx: &mut Tx, account: Uuid, number: &str, outcome: &str, up_to: i64, at: Timestamp) -> Result<u64> {
    tx.run(
        sql!(
            "UPDATE call_back SET open = FALSE, outcome = $3, settled_at = $5, version = version + 1
              WHERE account_id = $1 AND number = $2 AND open AND last_at <= $4"
        ),
        args![account, number, outcome, up_to, at],
    )
    .await
}

/// For the test that looks at the plans of what is listed here.
pub const HOT_FILE: &str = file!();
