//! What an administrator edits: agencies, wards, fields, routes, deadlines, calendar, refusal grounds, guides, texts,
//! limits. Every row is dated and names the document it comes from.

use jiff::Timestamp;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::notify::Topic;
use crate::{Query, Result, Tx, args, sql};

#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct ReferenceRow {
    pub kind: String,
    pub item: String,
    /// `YYYY-MM-DD`, first day it holds.
    pub valid_from: String,
    /// Last day it holds; open if empty.
    pub valid_to: Option<String>,
    pub body: Json<serde_json::Value>,
    pub source: String,
    pub status: String,
    pub updated_at: i64,
    pub updated_by: Option<Uuid>,
}

/// Everything: it is small, and `service` keeps it in memory.
pub async fn all(q: &mut impl Query) -> Result<Vec<ReferenceRow>> {
    q.all(
        sql!("SELECT kind, item, valid_from, valid_to, body, source, status, updated_at, updated_by FROM reference ORDER BY kind, item, valid_from"),
        args![],
    )
    .await
}

pub async fn of_kind(q: &mut impl Query, kind: &str) -> Result<Vec<ReferenceRow>> {
    q.all(
        sql!("SELECT kind, item, valid_from, valid_to, body, source, status, updated_at, updated_by FROM reference WHERE kind = $1 ORDER BY item, valid_from"),
        args![kind],
    )
    .await
}

pub async fn find(q: &mut impl Query, kind: &str, item: &str, valid_from: &str) -> Result<Option<ReferenceRow>> {
    q.opt(
        sql!(
            "SELECT kind, item, valid_from, valid_to, body, source, status, updated_at, updated_by FROM reference
              WHERE kind = $1 AND item = $2 AND valid_from = $3"
        ),
        args![kind, item, valid_from],
    )
    .await
}

/// Writes rows, replacing those of the same kind, item and first day; wakes whoever keeps them in memory.
pub async fn put(tx: &mut Tx, rows: Vec<ReferenceRow>) -> Result<()> {
    let rows = rows
        .into_iter()
        .map(|r| args![r.kind, r.item, r.valid_from, r.valid_to, r.body.0, r.source, r.status, r.updated_at, r.updated_by])
        .collect();
    tx.insert_many(
        "INSERT INTO reference (kind, item, valid_from, valid_to, body, source, status, updated_at, updated_by)",
        "ON CONFLICT (kind, item, valid_from) DO UPDATE SET valid_to = excluded.valid_to, body = excluded.body, source = excluded.source,
         status = excluded.status, updated_at = excluded.updated_at, updated_by = excluded.updated_by",
        rows,
    )
    .await?;
    tx.wake(Topic::Settings).await
}

pub async fn remove(tx: &mut Tx, kind: &str, item: &str, valid_from: &str) -> Result<u64> {
    let removed =
        tx.run(sql!("DELETE FROM reference WHERE kind = $1 AND item = $2 AND valid_from = $3"), args![kind, item, valid_from]).await?;
    tx.wake(Topic::Settings).await?;
    Ok(removed)
}

/// When anything was last edited; rises with every edit.
pub async fn edited_at(q: &mut impl Query) -> Result<Option<Timestamp>> {
    let row: Option<(Option<i64>,)> = q.opt(sql!("SELECT max(updated_at) FROM reference"), args![]).await?;
    row.and_then(|(at,)| at).map(crate::value::time).transpose()
}
