//! Sessions of officers: seen in a list, revoked one by one. Only hashes of their tokens rest here.

use jiff::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::{Query, Result, Tx, args, sql};

#[derive(Debug, Clone, FromRow)]
pub struct SessionRow {
    pub token_hash: String,
    pub officer_id: Uuid,
    pub created_at: i64,
    pub last_seen_at: i64,
    pub address: String,
    pub agent: String,
}

pub async fn insert(tx: &mut Tx, session: &SessionRow) -> Result<()> {
    tx.run(
        sql!("INSERT INTO session (token_hash, officer_id, created_at, last_seen_at, address, agent) VALUES ($1, $2, $3, $4, $5, $6)"),
        args![&session.token_hash, session.officer_id, session.created_at, session.last_seen_at, &session.address, &session.agent],
    )
    .await?;
    Ok(())
}

/// The session, if it was begun after `begun_after` and used after `seen_after`.
pub async fn find(q: &mut impl Query, token_hash: &str, begun_after: Timestamp, seen_after: Timestamp) -> Result<Option<SessionRow>> {
    q.opt(
        sql!(
            "SELECT token_hash, officer_id, created_at, last_seen_at, address, agent FROM session
              WHERE token_hash = $1 AND created_at > $2 AND last_seen_at > $3"
        ),
        args![token_hash, begun_after, seen_after],
    )
    .await
}

pub async fn seen(tx: &mut Tx, token_hash: &str, now: Timestamp) -> Result<()> {
    tx.run(sql!("UPDATE session SET last_seen_at = $2 WHERE token_hash = $1 AND last_seen_at < $2"), args![token_hash, now]).await?;
    Ok(())
}

pub async fn of_officer(q: &mut impl Query, officer: Uuid) -> Result<Vec<SessionRow>> {
    q.all(
        sql!("SELECT token_hash, officer_id, created_at, last_seen_at, address, agent FROM session WHERE officer_id = $1 ORDER BY last_seen_at DESC"),
        args![officer],
    )
    .await
}

/// Ends one session of an officer.
pub async fn end(tx: &mut Tx, officer: Uuid, token_hash: &str) -> Result<u64> {
    tx.run(sql!("DELETE FROM session WHERE officer_id = $1 AND token_hash = $2"), args![officer, token_hash]).await
}

/// Ends all sessions of an officer: a changed password or a disabled account is out at once, on all nodes.
pub async fn end_all(tx: &mut Tx, officer: Uuid) -> Result<u64> {
    tx.run(sql!("DELETE FROM session WHERE officer_id = $1"), args![officer]).await
}

pub async fn forget(tx: &mut Tx, begun_before: Timestamp) -> Result<u64> {
    tx.run(sql!("DELETE FROM session WHERE created_at < $1"), args![begun_before]).await
}
