//! What the channels delivered, byte for byte, before anybody tries to understand it.

use std::collections::HashSet;

use jiff::Timestamp;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::jobs::{self, NewJob};
use crate::notify::Topic;
use crate::{Args, Error, Query, Result, Tx, args, sql, value};

/// A delivery as it arrived.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    pub id: Uuid,
    /// `None`: no account is known by this address. It is stored and marked all the same.
    pub account_id: Option<Uuid>,
    pub channel: String,
    /// What the transport said beside the bytes: header fields of a webhook, folder and UID of a mail.
    pub headers: serde_json::Value,
    pub body: Vec<u8>,
    /// Hex.
    pub sha256: String,
    pub received_at: Timestamp,
    /// Deliveries of one lane are unpacked one after the other, in the order they came.
    pub lane: Option<String>,
}

#[derive(Debug, Clone, FromRow)]
pub struct Delivery {
    pub id: Uuid,
    pub account_id: Option<Uuid>,
    pub channel: String,
    pub headers: Json<serde_json::Value>,
    pub body: Vec<u8>,
    pub sha256: String,
    pub received_at: i64,
    pub state: String,
    pub note: Option<String>,
}

/// Stores deliveries and their `unpack` jobs: many callers' rows in two statements.
pub async fn append(tx: &mut Tx, deliveries: Vec<NewDelivery>) -> Result<()> {
    let mut rows: Vec<Args> = Vec::with_capacity(deliveries.len());
    let mut work: Vec<Args> = Vec::with_capacity(deliveries.len());
    for delivery in deliveries {
        let at = delivery.received_at;
        let state = if delivery.account_id.is_some() { "stored" } else { "unknown_account" };
        if delivery.account_id.is_some() {
            let job = NewJob::now("receiving", "unpack", &serde_json::json!({ "delivery": delivery.id }), at)?;
            work.push(NewJob { lane: delivery.lane, ..job }.row(at));
        }
        rows.push(args![delivery.id, delivery.account_id, delivery.channel, delivery.headers, delivery.body, delivery.sha256, at, state]);
    }
    tx.insert_many("INSERT INTO delivery_in (id, account_id, channel, headers, body, sha256, received_at, state)", "", rows).await?;
    if !work.is_empty() {
        tx.insert_many(jobs::INSERT, jobs::ONCE, work).await?;
        tx.wake(Topic::Jobs).await?;
    }
    Ok(())
}

/// All rows that were asked for, as they were.
fn in_order<R>(ids: &[Uuid], mut rows: Vec<R>, id_of: impl Fn(&R) -> Uuid) -> Result<Vec<R>> {
    rows.sort_by_key(|row| ids.iter().position(|id| *id == id_of(row)));
    if rows.len() == ids.len() { Ok(rows) } else { Err(Error::NotFound) }
}

/// Octets of the largest of these deliveries.
pub async fn largest(q: &mut impl Query, ids: &[Uuid]) -> Result<i64> {
    let (octets,): (i64,) = q
        .one(
            sql!(
                pg: "SELECT coalesce(max(octet_length(body)), 0)::bigint FROM delivery_in WHERE id IN (SELECT uuid(jsonb_array_elements_text($1)))",
                sqlite: "SELECT coalesce(max(length(body)), 0) FROM delivery_in WHERE id IN (SELECT unhex(value) FROM json_each($1))"
            ),
            args![value::ids(ids.iter().copied())],
        )
        .await?;
    Ok(octets)
}

/// Those of these ids, in their order. [`Error::NotFound`] when one is missing.
pub async fn find_all(q: &mut impl Query, ids: &[Uuid]) -> Result<Vec<Delivery>> {
    let found = q
        .all(
            sql!(
                pg: "SELECT id, account_id, channel, headers, body, sha256, received_at, state, note FROM delivery_in
                     WHERE id IN (SELECT uuid(jsonb_array_elements_text($1)))",
                sqlite: "SELECT id, account_id, channel, headers, body, sha256, received_at, state, note FROM delivery_in
                     WHERE id IN (SELECT unhex(value) FROM json_each($1))"
            ),
            args![value::ids(ids.iter().copied())],
        )
        .await?;
    in_order(ids, found, |delivery: &Delivery| delivery.id)
}

pub async fn find(q: &mut impl Query, id: Uuid) -> Result<Delivery> {
    q.one(sql!("SELECT id, account_id, channel, headers, body, sha256, received_at, state, note FROM delivery_in WHERE id = $1"), args![id])
        .await
}

/// Marks what became of it: `unpacked`, or `failed` with the reason. The bytes stay.
pub async fn mark(tx: &mut Tx, id: Uuid, state: &str, note: Option<String>) -> Result<()> {
    tx.run(sql!("UPDATE delivery_in SET state = $2, note = $3 WHERE id = $1"), args![id, state, note]).await?;
    Ok(())
}

/// Marks deliveries as unpacked.
pub async fn mark_unpacked(tx: &mut Tx, ids: &[Uuid]) -> Result<()> {
    tx.run(
        sql!(
            pg: "UPDATE delivery_in SET state = 'unpacked', note = NULL WHERE id IN (SELECT uuid(jsonb_array_elements_text($1)))",
            sqlite: "UPDATE delivery_in SET state = 'unpacked', note = NULL WHERE id IN (SELECT unhex(value) FROM json_each($1))"
        ),
        args![value::ids(ids.iter().copied())],
    )
    .await?;
    Ok(())
}

/// A delivery without its octets, for lists.
#[derive(Debug, Clone, FromRow)]
pub struct DeliveryLine {
    pub id: Uuid,
    pub account_id: Option<Uuid>,
    pub channel: String,
    /// Octets.
    pub size: i64,
    pub received_at: i64,
    pub state: String,
    pub note: Option<String>,
}

/// Deliveries that could not be understood or belong to no account, newest first.
pub async fn in_trouble(q: &mut impl Query, limit: i64) -> Result<Vec<DeliveryLine>> {
    q.all(
        sql!(
            "SELECT id, account_id, channel, CAST(length(body) AS BIGINT) AS size, received_at, state, note FROM delivery_in
              WHERE state IN ('failed', 'unknown_account') ORDER BY received_at DESC LIMIT $1"
        ),
        args![limit],
    )
    .await
}

/// The newest deliveries of one account, found among the newest `among` of all: ids rise with time, and an index of its own
/// would cost every delivery something.
pub async fn newest_of_account(q: &mut impl Query, account: Uuid, among: i64, limit: i64) -> Result<Vec<DeliveryLine>> {
    q.all(
        sql!(
            "SELECT d.id, d.account_id, d.channel, CAST(length(d.body) AS BIGINT) AS size, d.received_at, d.state, d.note
              FROM (SELECT id, account_id FROM delivery_in ORDER BY id DESC LIMIT $2) AS newest JOIN delivery_in d ON d.id = newest.id
              WHERE newest.account_id = $1 ORDER BY d.id DESC LIMIT $3"
        ),
        args![account, among, limit],
    )
    .await
}

/// Deliveries of an account since a moment that could not be understood, counted up to `most`.
pub async fn count_failed(q: &mut impl Query, account: Uuid, since: Timestamp, most: i64) -> Result<i64> {
    let (count,): (i64,) = q
        .one(
            sql!(
                "SELECT count(*) FROM (SELECT 1 FROM delivery_in WHERE state IN ('failed', 'unknown_account') AND state = 'failed'
                  AND received_at >= $2 AND account_id = $1 LIMIT $3) AS failed"
            ),
            args![account, since, most],
        )
        .await?;
    Ok(count)
}

/// The ids of the cases that what a delivery held belongs to.
pub async fn cases_of(q: &mut impl Query, delivery: Uuid) -> Result<Vec<Uuid>> {
    let found: Vec<(Uuid,)> = q
        .all(
            sql!(
                "SELECT DISTINCT t.case_id FROM inbound i JOIN case_message t ON t.message_id = i.message_id
                  WHERE i.delivery_id = $1 AND i.message_id IS NOT NULL"
            ),
            args![delivery],
        )
        .await?;
    Ok(found.into_iter().map(|(case,)| case).collect())
}

/// When the newest delivery of an account came, in microseconds.
pub async fn newest_of(q: &mut impl Query, account: Uuid) -> Result<Option<i64>> {
    let found: Option<(i64,)> =
        q.opt(sql!("SELECT received_at FROM delivery_in WHERE account_id = $1 ORDER BY received_at DESC LIMIT 1"), args![account]).await?;
    Ok(found.map(|(at,)| at))
}

/// One event of a delivery, unique for ever on (account, external id).
#[derive(Debug, Clone)]
pub struct NewInbound {
    pub id: Uuid,
    pub delivery_id: Uuid,
    pub account_id: Uuid,
    pub external_id: String,
    pub kind: String,
    pub sender: String,
    pub payload: serde_json::Value,
    pub received_at: Timestamp,
}

#[derive(Debug, Clone, FromRow)]
pub struct Inbound {
    pub id: Uuid,
    pub delivery_id: Uuid,
    pub account_id: Uuid,
    pub external_id: String,
    pub kind: String,
    pub sender: String,
    pub payload: Json<serde_json::Value>,
    pub received_at: i64,
    pub state: String,
    pub message_id: Option<Uuid>,
}

/// Stores the event. False when one with this external id is there already, however long ago.
pub async fn add_inbound(tx: &mut Tx, inbound: NewInbound) -> Result<bool> {
    Ok(!add_inbounds(tx, vec![inbound]).await?.is_empty())
}

/// Stores events and answers the ids of those that were not there yet, however long ago.
pub async fn add_inbounds(tx: &mut Tx, inbounds: Vec<NewInbound>) -> Result<HashSet<Uuid>> {
    let mut rows: Vec<Args> = inbounds
        .into_iter()
        .map(|new| {
            args![new.id, new.delivery_id, new.account_id, new.external_id, new.kind, new.sender, new.payload, new.received_at, "pending"]
        })
        .collect();
    let mut added = HashSet::with_capacity(rows.len());
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(500));
        let stored: Vec<(Uuid,)> = tx
            .insert_returning(
                "INSERT INTO inbound (id, delivery_id, account_id, external_id, kind, sender, payload, received_at, state)",
                "ON CONFLICT (account_id, external_id) DO NOTHING RETURNING id",
                rows,
            )
            .await?;
        added.extend(stored.into_iter().map(|(id,)| id));
        rows = rest;
    }
    Ok(added)
}

/// Those of these ids, in their order. [`Error::NotFound`] when one is missing.
pub async fn find_inbounds(q: &mut impl Query, ids: &[Uuid]) -> Result<Vec<Inbound>> {
    let found = q
        .all(
            sql!(
                pg: "SELECT id, delivery_id, account_id, external_id, kind, sender, payload, received_at, state, message_id FROM inbound
                     WHERE id IN (SELECT uuid(jsonb_array_elements_text($1)))",
                sqlite: "SELECT id, delivery_id, account_id, external_id, kind, sender, payload, received_at, state, message_id FROM inbound
                     WHERE id IN (SELECT unhex(value) FROM json_each($1))"
            ),
            args![value::ids(ids.iter().copied())],
        )
        .await?;
    in_order(ids, found, |inbound: &Inbound| inbound.id)
}

pub async fn find_inbound(q: &mut impl Query, id: Uuid) -> Result<Inbound> {
    q.one(
        sql!("SELECT id, delivery_id, account_id, external_id, kind, sender, payload, received_at, state, message_id FROM inbound WHERE id = $1"),
        args![id],
    )
    .await
}

/// The message that an external id became, if it became one.
pub async fn inbound_by_external(q: &mut impl Query, account: Uuid, external_id: &str) -> Result<Option<Inbound>> {
    q.opt(
        sql!(
            "SELECT id, delivery_id, account_id, external_id, kind, sender, payload, received_at, state, message_id FROM inbound
              WHERE account_id = $1 AND external_id = $2"
        ),
        args![account, external_id],
    )
    .await
}

/// Marks an event as done: `received` with its message, or `ignored`. Whoever holds its job alone may.
pub async fn settle_inbound(tx: &mut Tx, id: Uuid, state: &str, message_id: Option<Uuid>) -> Result<()> {
    tx.run_later(
        sql!(
            pg: "UPDATE inbound SET state = $1, message_id = $2 WHERE id = $3 AND state = 'pending'",
            sqlite: "UPDATE inbound SET state = ?, message_id = ? WHERE id = ? AND state = 'pending'"
        ),
        args![state, message_id, id],
    )
    .await
}

/// Records that a form was sent. Its text is the message's own; there are no other bytes to keep.
pub async fn record_form(tx: &mut Tx, id: Uuid, account: Uuid, at: Timestamp) -> Result<()> {
    let row = args![id, account, "web", serde_json::json!({}), Vec::<u8>::new(), "", at, "unpacked"];
    tx.insert_many("INSERT INTO delivery_in (id, account_id, channel, headers, body, sha256, received_at, state)", "", vec![row]).await?;
    Ok(())
}

/// Stored octets with their hash, in the order of ids: for `verify`.
pub async fn bodies_after(q: &mut impl Query, after: Uuid, limit: i64) -> Result<Vec<(Uuid, String, Vec<u8>, String)>> {
    q.all(sql!("SELECT id, channel, body, sha256 FROM delivery_in WHERE id > $1 ORDER BY id LIMIT $2"), args![after, limit]).await
}
