//! A message on its way: the parts in which it goes over the wire, each begun once.

use jiff::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::{Query, Result, Tx, args, sql};

#[derive(Debug, Clone, FromRow)]
pub struct PartRow {
    pub message_id: Uuid,
    pub position: i64,
    pub account_id: Uuid,
    /// Keyed hash of what was sent: an echo without our id is known by it.
    pub text_hash: String,
    pub external_id: Option<String>,
    /// `sending` before the call, `sent` after the answer, `unknown` when the answer was lost.
    pub state: String,
    pub at: i64,
    /// By which of several routes it goes: what was begun on one is not begun on another.
    pub route: Option<String>,
    /// What the handset's receipt said: `delivered` or `failed`.
    pub receipt: Option<String>,
}

/// Notes that a part is about to be sent. False when it was begun before.
pub async fn begin(tx: &mut Tx, part: &PartRow) -> Result<bool> {
    let begun = tx
        .run(
            sql!(
                "INSERT INTO message_part (message_id, position, account_id, text_hash, external_id, state, at, route)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (message_id, position) DO NOTHING"
            ),
            args![
                part.message_id,
                part.position,
                part.account_id,
                &part.text_hash,
                part.external_id.clone(),
                &part.state,
                part.at,
                part.route.clone()
            ],
        )
        .await?;
    Ok(begun == 1)
}

/// The channel took it, under its id.
pub async fn sent(tx: &mut Tx, message: Uuid, position: i64, external_id: Option<String>, at: Timestamp) -> Result<()> {
    tx.run(
        sql!(
            "UPDATE message_part SET state = 'sent', external_id = COALESCE(external_id, $3), at = $4 WHERE message_id = $1 AND position = $2"
        ),
        args![message, position, external_id, at],
    )
    .await?;
    Ok(())
}

/// Nobody knows whether the channel took it.
pub async fn lost(tx: &mut Tx, message: Uuid, position: i64, at: Timestamp) -> Result<()> {
    tx.run(
        sql!("UPDATE message_part SET state = 'unknown', at = $3 WHERE message_id = $1 AND position = $2 AND state = 'sending'"),
        args![message, position, at],
    )
    .await?;
    Ok(())
}

/// It surely did not go out: it may be begun again.
pub async fn undo(tx: &mut Tx, message: Uuid, position: i64) -> Result<()> {
    tx.run(
        sql!("DELETE FROM message_part WHERE message_id = $1 AND position = $2 AND state = 'sending' AND external_id IS NULL"),
        args![message, position],
    )
    .await?;
    Ok(())
}

/// The handset's receipt for a part: it went out, whatever was known of it.
pub async fn receipt(tx: &mut Tx, message: Uuid, position: i64, external_id: &str, receipt: &str) -> Result<()> {
    tx.run(
        sql!(
            "UPDATE message_part SET state = 'sent', external_id = COALESCE(external_id, $3), receipt = $4 WHERE message_id = $1 AND position = $2"
        ),
        args![message, position, external_id, receipt],
    )
    .await?;
    Ok(())
}

/// Parts that an account sent to a recipient by a route and whose id nobody knows: what a receipt may be of.
pub async fn awaiting_receipt(q: &mut impl Query, account: Uuid, route: &str, recipient: &str) -> Result<Vec<PartRow>> {
    q.all(
        sql!(
            "SELECT p.message_id, p.position, p.account_id, p.text_hash, p.external_id, p.state, p.at, p.route, p.receipt
             FROM message_part p JOIN message m ON m.id = p.message_id
             WHERE p.account_id = $1 AND p.state <> 'sent' AND p.external_id IS NULL AND p.route = $2 AND m.recipient = $3
             ORDER BY p.at, p.position LIMIT 20"
        ),
        args![account, route, recipient],
    )
    .await
}

/// The parts of a message that were begun, in order.
pub async fn of_message(q: &mut impl Query, message: Uuid) -> Result<Vec<PartRow>> {
    q.all(
        sql!(
            "SELECT message_id, position, account_id, text_hash, external_id, state, at, route, receipt FROM message_part WHERE message_id = $1 ORDER BY position"
        ),
        args![message],
    )
    .await
}

/// The part with this id of the channel.
pub async fn by_external(q: &mut impl Query, account: Uuid, external_id: &str) -> Result<Option<PartRow>> {
    q.opt(
        sql!(
            "SELECT message_id, position, account_id, text_hash, external_id, state, at, route, receipt FROM message_part
             WHERE account_id = $1 AND external_id = $2"
        ),
        args![account, external_id],
    )
    .await
}

/// A part of this conversation whose id is not known yet and whose text is this one: what an echo may be of.
pub async fn awaiting_echo(q: &mut impl Query, conversation: Uuid, text_hash: &str) -> Result<Option<PartRow>> {
    q.opt(
        sql!(
            "SELECT p.message_id, p.position, p.account_id, p.text_hash, p.external_id, p.state, p.at, p.route, p.receipt
             FROM message m JOIN message_part p ON p.message_id = m.id
             WHERE m.conversation_id = $1 AND m.direction = 'out' AND m.state IN ('sending', 'sent', 'delivered', 'unknown')
               AND p.text_hash = $2 AND p.external_id IS NULL ORDER BY m.state_at, p.position LIMIT 1"
        ),
        args![conversation, text_hash],
    )
    .await
}

/// Parts of this conversation that are on their way or were lost on it, and whose ids nobody knows.
pub async fn without_id(q: &mut impl Query, conversation: Uuid) -> Result<Vec<PartRow>> {
    q.all(
        sql!(
            "SELECT p.message_id, p.position, p.account_id, p.text_hash, p.external_id, p.state, p.at, p.route, p.receipt
             FROM message m JOIN message_part p ON p.message_id = m.id
             WHERE m.conversation_id = $1 AND m.direction = 'out' AND m.state IN ('sending', 'unknown')
               AND p.state <> 'sent' AND p.external_id IS NULL ORDER BY m.created_at, p.position LIMIT 20"
        ),
        args![conversation],
    )
    .await
}

/// The same under comments, which have no conversation of their own: the newest parts of an account whose answer was lost.
pub async fn awaiting_public_echo(q: &mut impl Query, account: Uuid, text_hash: &str) -> Result<Option<PartRow>> {
    q.opt(
        sql!(
            "SELECT message_id, position, account_id, text_hash, external_id, state, at, route, receipt FROM message_part
             WHERE account_id = $1 AND state <> 'sent' AND text_hash = $2 AND external_id IS NULL ORDER BY at DESC LIMIT 1"
        ),
        args![account, text_hash],
    )
    .await
}

/// When an account last sent something, found among the newest `among` parts of all.
pub async fn last_sent(q: &mut impl Query, account: Uuid, among: i64) -> Result<Option<i64>> {
    let (at,): (Option<i64>,) = q
        .one(
            sql!(
                "SELECT max(at) FROM (SELECT account_id, state, at FROM message_part ORDER BY message_id DESC LIMIT $2) AS newest
                  WHERE account_id = $1 AND state = 'sent'"
            ),
            args![account, among],
        )
        .await?;
    Ok(at)
}
