//! Acts that concern no single case: log-ins, edits of reference data, changed accounts.

use jiff::Timestamp;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::{Query, Result, Tx, args, sql};

#[derive(Debug, Clone, FromRow)]
pub struct AuditRow {
    pub id: Uuid,
    pub at: i64,
    pub officer_id: Option<Uuid>,
    pub act: String,
    pub subject: String,
    pub details: Json<serde_json::Value>,
}

pub async fn add(
    tx: &mut Tx,
    id: Uuid,
    at: Timestamp,
    officer: Option<Uuid>,
    act: &str,
    subject: &str,
    details: serde_json::Value,
) -> Result<()> {
    tx.run(
        sql!("INSERT INTO audit (id, at, officer_id, act, subject, details) VALUES ($1, $2, $3, $4, $5, $6)"),
        args![id, at, officer, act, subject, details],
    )
    .await?;
    Ok(())
}

/// Newest first, before `before` (microseconds).
pub async fn list(q: &mut impl Query, before: i64, limit: i64) -> Result<Vec<AuditRow>> {
    q.all(sql!("SELECT id, at, officer_id, act, subject, details FROM audit WHERE at < $1 ORDER BY at DESC LIMIT $2"), args![before, limit])
        .await
}
