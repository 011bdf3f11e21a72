//! The event chains: who did what to a case, when, what it was before and after.

use jiff::Timestamp;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::{Query, Result, Tx, args, sql};

/// One link of a case's chain. Personal values stand beside the body, which holds only their salted hash, so that
/// erasing them leaves the chain whole.
#[derive(Debug, Clone, FromRow)]
pub struct EventRow {
    pub case_id: Uuid,
    pub seq: i64,
    pub at: i64,
    pub actor: Json<serde_json::Value>,
    pub kind: String,
    pub body: Json<serde_json::Value>,
    pub personal: Option<Json<serde_json::Value>>,
    pub personal_salt: Option<String>,
    pub personal_hash: Option<String>,
    pub prev_hash: String,
    pub hash: String,
}

/// Appends links.
pub async fn append(tx: &mut Tx, events: Vec<EventRow>) -> Result<()> {
    let rows = events
        .into_iter()
        .map(|event| {
            args![
                event.case_id,
                event.seq,
                event.at,
                event.actor.0,
                event.kind,
                event.body.0,
                event.personal.map(|json| json.0),
                event.personal_salt,
                event.personal_hash,
                event.prev_hash,
                event.hash
            ]
        })
        .collect();
    tx.insert_many(
        "INSERT INTO case_event (case_id, seq, at, actor, kind, body, personal, personal_salt, personal_hash, prev_hash, hash)",
        "",
        rows,
    )
    .await?;
    Ok(())
}

/// Number and hash of the newest link.
pub async fn head(q: &mut impl Query, case: Uuid) -> Result<Option<(i64, String)>> {
    q.opt(sql!("SELECT seq, hash FROM case_event WHERE case_id = $1 ORDER BY seq DESC LIMIT 1"), args![case]).await
}

/// The whole chain, oldest first.
pub async fn of_case(q: &mut impl Query, case: Uuid) -> Result<Vec<EventRow>> {
    q.all(
        sql!(
            "SELECT case_id, seq, at, actor, kind, body, personal, personal_salt, personal_hash, prev_hash, hash FROM case_event
              WHERE case_id = $1 ORDER BY seq"
        ),
        args![case],
    )
    .await
}

/// The heads of all chains in the order of case ids, after `after`.
pub async fn heads_after(q: &mut impl Query, after: Uuid, limit: i64) -> Result<Vec<(Uuid, String)>> {
    q.all(
        sql!(
            "SELECT c.id, (SELECT e.hash FROM case_event e WHERE e.case_id = c.id ORDER BY e.seq DESC LIMIT 1) AS hash
              FROM cases c WHERE c.id > $1 ORDER BY c.id LIMIT $2"
        ),
        args![after, limit],
    )
    .await
}

/// Keeps the root over all chain heads of a day. The first one of a day stays.
pub async fn keep_root(tx: &mut Tx, day: &str, root: &str, chains: i64, at: Timestamp) -> Result<()> {
    tx.run(
        sql!("INSERT INTO chain_root (day, root, chains, at) VALUES ($1, $2, $3, $4) ON CONFLICT (day) DO NOTHING"),
        args![day, root, chains, at],
    )
    .await?;
    Ok(())
}
