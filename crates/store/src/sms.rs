//! SMS: parts of long messages that wait for each other, and what was sent to whom in a day.

use jiff::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::{Query, Result, Tx, args, sql};

/// The parts of one long message.
#[derive(Debug, Clone, FromRow)]
pub struct GroupRow {
    pub id: Uuid,
    pub account_id: Uuid,
    pub sender: String,
    pub receiver: String,
    pub reference: i64,
    pub total: i64,
    pub begun_at: i64,
    /// When it was complete, or given up as incomplete.
    pub closed_at: Option<i64>,
}

/// One part as it came.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct PartRow {
    pub group_id: Uuid,
    /// From 1.
    pub position: i64,
    pub delivery_id: Uuid,
    /// `data_coding` of the PDU.
    pub coding: i64,
    /// Without its user data header.
    pub octets: Vec<u8>,
}

/// The newest group with this key that began since. Whoever asks holds the sender's lane.
pub async fn group(q: &mut impl Query, key: &GroupRow, since: Timestamp) -> Result<Option<GroupRow>> {
    q.opt(
        sql!(
            "SELECT id, account_id, sender, receiver, reference, total, begun_at, closed_at FROM sms_group
              WHERE account_id = $1 AND sender = $2 AND reference = $3 AND begun_at >= $4 AND receiver = $5 AND total = $6
              ORDER BY begun_at DESC, id DESC LIMIT 1"
        ),
        args![key.account_id, &key.sender, key.reference, since, &key.receiver, key.total],
    )
    .await
}

pub async fn find_group(q: &mut impl Query, id: Uuid) -> Result<GroupRow> {
    q.one(sql!("SELECT id, account_id, sender, receiver, reference, total, begun_at, closed_at FROM sms_group WHERE id = $1"), args![id])
        .await
}

pub async fn begin_group(tx: &mut Tx, group: &GroupRow) -> Result<()> {
    tx.run(
        sql!("INSERT INTO sms_group (id, account_id, sender, receiver, reference, total, begun_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"),
        args![group.id, group.account_id, &group.sender, &group.receiver, group.reference, group.total, group.begun_at],
    )
    .await?;
    Ok(())
}

/// The parts of a group, in order.
pub async fn parts(q: &mut impl Query, group: Uuid) -> Result<Vec<PartRow>> {
    q.all(sql!("SELECT group_id, position, delivery_id, coding, octets FROM sms_part WHERE group_id = $1 ORDER BY position"), args![group])
        .await
}

pub async fn add_part(tx: &mut Tx, part: &PartRow) -> Result<()> {
    tx.run(
        sql!("INSERT INTO sms_part (group_id, position, delivery_id, coding, octets) VALUES ($1, $2, $3, $4, $5)"),
        args![part.group_id, part.position, part.delivery_id, part.coding, part.octets.clone()],
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
