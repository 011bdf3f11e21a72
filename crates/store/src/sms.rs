//! SMS: parts of long messages that wait for each other, and what was sent to whom in a day.

use jiff::Timestamp;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::{Query, Result, Tx, args, sql};

/// The parts of one long message.
#[derive(Debug, Clone, FromRow)]
pub struct GroupRow {
    pub id: Uuid,
    pub account_id: Uuid,
    /// Sender, receiver, reference and number of parts in one; telephones use it again after days.
    pub key: String,
    pub begun_at: i64,
    /// When it was complete, or given up as incomplete.
    pub closed_at: Option<i64>,
}

/// One part as it came.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct PartRow {
    pub group_id: Uuid,
    /// From 1.
    pub position: i64,
    pub delivery_id: Uuid,
    /// `channels::sms::deliver::Part`.
    pub body: Json<serde_json::Value>,
}

/// The newest group with this key that began since. Whoever asks holds the sender's lane.
pub async fn group(q: &mut impl Query, account: Uuid, key: &str, since: Timestamp) -> Result<Option<GroupRow>> {
    q.opt(
        sql!(
            "SELECT id, account_id, key, begun_at, closed_at FROM sms_group WHERE account_id = $1 AND key = $2 AND begun_at >= $3
              ORDER BY begun_at DESC LIMIT 1"
        ),
        args![account, key, since],
    )
    .await
}

pub async fn find_group(q: &mut impl Query, id: Uuid) -> Result<GroupRow> {
    q.one(sql!("SELECT id, account_id, key, begun_at, closed_at FROM sms_group WHERE id = $1"), args![id]).await
}

pub async fn begin_group(tx: &mut Tx, id: Uuid, account: Uuid, key: &str, at: Timestamp) -> Result<()> {
    tx.run(sql!("INSERT INTO sms_group (id, account_id, key, begun_at) VALUES ($1, $2, $3, $4)"), args![id, account, key, at]).await?;
    Ok(())
}

/// Holds a group until the transaction ends, so that nobody closes it meanwhile. False when it is closed.
pub async fn hold_group(tx: &mut Tx, id: Uuid) -> Result<bool> {
    Ok(tx.run(sql!("UPDATE sms_group SET begun_at = begun_at WHERE id = $1 AND closed_at IS NULL"), args![id]).await? == 1)
}

/// The parts of a group, in order.
pub async fn parts(q: &mut impl Query, group: Uuid) -> Result<Vec<PartRow>> {
    q.all(sql!("SELECT group_id, position, delivery_id, body FROM sms_part WHERE group_id = $1 ORDER BY position"), args![group]).await
}

pub async fn add_part(tx: &mut Tx, part: &PartRow) -> Result<()> {
    tx.run(
        sql!("INSERT INTO sms_part (group_id, position, delivery_id, body) VALUES ($1, $2, $3, $4)"),
        args![part.group_id, part.position, part.delivery_id, part.body.0.clone()],
    )
    .await?;
    Ok(())
}

/// Closes a group. False when it was closed before.
pub async fn close_group(tx: &mut Tx, group: Uuid, at: Timestamp) -> Result<bool> {
    let closed = tx.run(sql!("UPDATE sms_group SET closed_at = $2 WHERE id = $1 AND closed_at IS NULL"), args![group, at]).await?;
    Ok(closed == 1)
}

/// Forgets closed groups that began before, and the counts to single numbers of days before. The octets stay where they
/// were delivered, the counts in all stay for the bill.
pub async fn forget(tx: &mut Tx, before: Timestamp, day: &str) -> Result<()> {
    tx.run(
        sql!("DELETE FROM sms_part WHERE group_id IN (SELECT id FROM sms_group WHERE closed_at IS NOT NULL AND begun_at < $1)"),
        args![before],
    )
    .await?;
    tx.run(sql!("DELETE FROM sms_group WHERE closed_at IS NOT NULL AND begun_at < $1"), args![before]).await?;
    tx.run(sql!("DELETE FROM sms_day WHERE number <> '' AND day < $1"), args![day]).await?;
    Ok(())
}

/// The newest event of an account whose external id begins with this prefix: its id and when it came.
pub async fn newest_with_prefix(q: &mut impl Query, account: Uuid, prefix: &str) -> Result<Option<(String, i64)>> {
    q.opt(
        sql!(
            "SELECT external_id, received_at FROM inbound WHERE account_id = $1 AND external_id >= $2 AND external_id < $3
              ORDER BY external_id DESC LIMIT 1"
        ),
        // Ids are ASCII: '~' comes after everything in them.
        args![account, prefix, format!("{prefix}~")],
    )
    .await
}

/// Messages and segments that an account sent on a day to a number; to all of them when it is empty.
pub async fn sent_on(q: &mut impl Query, account: Uuid, day: &str, number: &str) -> Result<(i64, i64)> {
    let found: Option<(i64, i64)> = q
        .opt(sql!("SELECT messages, segments FROM sms_day WHERE account_id = $1 AND day = $2 AND number = $3"), args![account, day, number])
        .await?;
    Ok(found.unwrap_or_default())
}

/// Messages and segments that an account sent since a day, that day included.
pub async fn sent_since(q: &mut impl Query, account: Uuid, day: &str) -> Result<(i64, i64)> {
    q.one(
        sql!(
            "SELECT CAST(COALESCE(sum(messages), 0) AS BIGINT), CAST(COALESCE(sum(segments), 0) AS BIGINT) FROM sms_day
              WHERE account_id = $1 AND number = '' AND day >= $2"
        ),
        args![account, day],
    )
    .await
}

/// Counts one message more to a number, and in all.
pub async fn count(tx: &mut Tx, account: Uuid, day: &str, number: &str, segments: i64) -> Result<()> {
    for number in [number, ""] {
        tx.run(
            sql!(
                "INSERT INTO sms_day (account_id, day, number, messages, segments) VALUES ($1, $2, $3, 1, $4)
                  ON CONFLICT (account_id, day, number) DO UPDATE SET messages = sms_day.messages + 1, segments = sms_day.segments + $4"
            ),
            args![account, day, number, segments],
        )
        .await?;
    }
    Ok(())
}
