//! Telephone calls: what the exchange told of each, the log, what cases they led to, their recordings.

use jiff::Timestamp;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::cases::After;
use crate::{Error, Query, Result, Tx, args, sql};

#[derive(Debug, Clone, FromRow)]
pub struct CallRow {
    pub id: Uuid,
    pub account_id: Uuid,
    /// The reception that takes the calls of the account.
    pub agency_id: Uuid,
    /// The exchange's id of the call, unique within the account.
    pub external_id: String,
    pub direction: String,
    /// Of the person at the other end: E.164 without plus, `anonymous`, or nothing when nobody knows.
    pub number: Option<String>,
    /// Which of our numbers.
    pub hotline: Option<String>,
    pub state: String,
    /// Somebody is on the line.
    pub live: bool,
    /// `domain::call::Call`.
    pub facts: Json<serde_json::Value>,
    /// The telephone that answered, or else rang last.
    pub extension: Option<String>,
    pub queue: Option<String>,
    /// Name of who answered or was rung, as the exchange says.
    pub agent: Option<String>,
    pub cause: Option<String>,
    pub begun_at: i64,
    pub answered_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub duration_s: Option<i64>,
    pub updated_at: i64,
    pub version: i64,
}

macro_rules! calls {
    ($rest:literal) => {
        sql!(concat!(
            "SELECT c.id, c.account_id, c.agency_id, c.external_id, c.direction, c.number, c.hotline, c.state, c.live, c.facts, c.extension, c.queue, c.agent,
             c.cause, c.begun_at, c.answered_at, c.ended_at, c.duration_s, c.updated_at, c.version FROM call c ",
            $rest
        ))
    };
}

pub async fn insert(tx: &mut Tx, call: &CallRow) -> Result<()> {
    tx.run(
        sql!(
            "INSERT INTO call (id, account_id, agency_id, external_id, direction, number, hotline, state, live, facts, extension, queue, agent, cause,
              begun_at, answered_at, ended_at, duration_s, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)"
        ),
        args![
            call.id,
            call.account_id,
            call.agency_id,
            &call.external_id,
            &call.direction,
            call.number.clone(),
            call.hotline.clone(),
            &call.state,
            call.live,
            call.facts.0.clone(),
            call.extension.clone(),
            call.queue.clone(),
            call.agent.clone(),
            call.cause.clone(),
            call.begun_at,
            call.answered_at,
            call.ended_at,
            call.duration_s,
            call.updated_at
        ],
    )
    .await?;
    Ok(())
}

/// Writes what more is known. [`Error::Conflict`] when somebody else did meanwhile.
pub async fn update(tx: &mut Tx, call: &CallRow) -> Result<()> {
    let changed = tx
        .run(
            sql!(
                "UPDATE call SET direction = $3, number = $4, hotline = $5, state = $6, live = $7, facts = $8, extension = $9, queue = $10, agent = $11,
                  cause = $12, begun_at = $13, answered_at = $14, ended_at = $15, duration_s = $16, updated_at = $17, version = $2 + 1
                 WHERE id = $1 AND version = $2"
            ),
            args![
                call.id,
                call.version,
                &call.direction,
                call.number.clone(),
                call.hotline.clone(),
                &call.state,
                call.live,
                call.facts.0.clone(),
                call.extension.clone(),
                call.queue.clone(),
                call.agent.clone(),
                call.cause.clone(),
                call.begun_at,
                call.answered_at,
                call.ended_at,
                call.duration_s,
                call.updated_at
            ],
        )
        .await?;
    if changed == 1 { Ok(()) } else { Err(Error::Conflict("call.version".into())) }
}

/// Makes others who decide about the same number wait until this transaction ends. SQLite has one writer anyway.
pub async fn hold_number(tx: &mut Tx, account: Uuid, number: &str) -> Result<()> {
    let key = format!("{account}/{number}");
    let _held: Option<(i64,)> = tx
        .opt(
            sql!(
                pg: "SELECT CAST(1 AS BIGINT) FROM (SELECT pg_advisory_xact_lock(hashtextextended($1, 1022))) AS held",
                sqlite: "SELECT CAST(1 AS BIGINT) WHERE $1 <> ''"
            ),
            args![key],
        )
        .await?;
    Ok(())
}

pub async fn find(q: &mut impl Query, id: Uuid) -> Result<CallRow> {
    q.one(calls!("WHERE c.id = $1"), args![id]).await
}

pub async fn by_external(q: &mut impl Query, account: Uuid, external_id: &str) -> Result<Option<CallRow>> {
    q.opt(calls!("WHERE c.account_id = $1 AND c.external_id = $2"), args![account, external_id]).await
}

/// Calls of a reception on which somebody is, the newest first.
pub async fn live(q: &mut impl Query, agency: Uuid, limit: i64) -> Result<Vec<CallRow>> {
    q.all(calls!("WHERE c.agency_id = $1 AND c.live ORDER BY c.begun_at DESC, c.id DESC LIMIT $2"), args![agency, limit]).await
}

/// Calls that go on as far as is known, and of which nothing was said since a moment: one for calls that nobody answered yet,
/// another for those in which two people speak.
pub async fn silent(q: &mut impl Query, unanswered: Timestamp, answered: Timestamp, limit: i64) -> Result<Vec<CallRow>> {
    q.all(
        calls!(
            "WHERE c.live AND (c.answered_at IS NULL AND c.updated_at < $1 OR c.answered_at IS NOT NULL AND c.updated_at < $2)
              ORDER BY c.agency_id, c.begun_at, c.id LIMIT $3"
        ),
        args![unanswered, answered, limit],
    )
    .await
}

/// The log of a reception, newest first.
pub async fn log(q: &mut impl Query, agency: Uuid, before: After, limit: i64) -> Result<Vec<CallRow>> {
    q.all(
        calls!("WHERE c.agency_id = $1 AND (c.begun_at, c.id) < ($2, $3) ORDER BY c.begun_at DESC, c.id DESC LIMIT $4"),
        args![agency, before.key, before.id, limit],
    )
    .await
}

/// Calls with one number in a reception, newest first.
pub async fn of_number(q: &mut impl Query, agency: Uuid, number: &str, before: After, limit: i64) -> Result<Vec<CallRow>> {
    q.all(
        calls!("WHERE c.number = $2 AND c.agency_id = $1 AND (c.begun_at, c.id) < ($3, $4) ORDER BY c.begun_at DESC, c.id DESC LIMIT $5"),
        args![agency, number, before.key, before.id, limit],
    )
    .await
}

/// Numbers that begin with these digits.
pub async fn numbers_from(q: &mut impl Query, digits: &str, limit: i64) -> Result<Vec<String>> {
    let found: Vec<(String,)> = q
        .all(
            sql!("SELECT DISTINCT number FROM call WHERE number IS NOT NULL AND number >= $1 AND number < $2 ORDER BY number LIMIT $3"),
            args![digits, format!("{digits}:"), limit],
        )
        .await?;
    Ok(found.into_iter().map(|(number,)| number).collect())
}

/// When the newest call with a number began in which two people spoke, in microseconds.
pub async fn newest_answered(q: &mut impl Query, account: Uuid, number: &str, since: i64) -> Result<Option<i64>> {
    let found: Option<(i64,)> = q
        .opt(
            sql!(
                "SELECT begun_at FROM call WHERE number = $2 AND account_id = $1 AND begun_at >= $3 AND answered_at IS NOT NULL
                  ORDER BY begun_at DESC LIMIT 1"
            ),
            args![account, number, since],
        )
        .await?;
    Ok(found.map(|(at,)| at))
}

/// Ties a call to a case; again is harmless.
pub async fn tie(tx: &mut Tx, call: Uuid, case: Uuid) -> Result<()> {
    tx.run(sql!("INSERT INTO call_case (call_id, case_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"), args![call, case]).await?;
    Ok(())
}

/// The cases of a call.
pub async fn cases(q: &mut impl Query, call: Uuid) -> Result<Vec<Uuid>> {
    let found: Vec<(Uuid,)> = q.all(sql!("SELECT case_id FROM call_case WHERE call_id = $1 ORDER BY case_id"), args![call]).await?;
    Ok(found.into_iter().map(|(case,)| case).collect())
}

/// The calls of a case, oldest first.
pub async fn of_case(q: &mut impl Query, case: Uuid) -> Result<Vec<CallRow>> {
    q.all(calls!("JOIN call_case t ON t.call_id = c.id WHERE t.case_id = $1 ORDER BY c.begun_at, c.id"), args![case]).await
}

/// A recording: wanted, kept, refused (it never came, or is none), or removed when its time was over.
#[derive(Debug, Clone, FromRow)]
pub struct RecordingRow {
    pub id: Uuid,
    pub call_id: Uuid,
    pub url: String,
    /// The caller spoke to a machine.
    pub voicemail: bool,
    pub state: String,
    pub sha256: Option<String>,
    pub mime: String,
    pub size: i64,
    /// Why it was refused.
    pub note: Option<String>,
    pub created_at: i64,
    pub kept_at: Option<i64>,
}

macro_rules! recordings {
    ($rest:literal) => {
        sql!(concat!("SELECT id, call_id, url, voicemail, state, sha256, mime, size, note, created_at, kept_at FROM recording ", $rest))
    };
}

/// Wants a recording; false when it was wanted before.
pub async fn want_recording(tx: &mut Tx, id: Uuid, call: Uuid, url: &str, voicemail: bool, at: Timestamp) -> Result<bool> {
    let added = tx
        .run(
            sql!(
                "INSERT INTO recording (id, call_id, url, voicemail, state, mime, size, created_at) VALUES ($1, $2, $3, $4, 'wanted', '', 0, $5)
                  ON CONFLICT (call_id, url) DO NOTHING"
            ),
            args![id, call, url, voicemail, at],
        )
        .await?;
    Ok(added == 1)
}

pub async fn recording(q: &mut impl Query, id: Uuid) -> Result<RecordingRow> {
    q.one(recordings!("WHERE id = $1"), args![id]).await
}

/// The recordings of a call.
pub async fn recordings(q: &mut impl Query, call: Uuid) -> Result<Vec<RecordingRow>> {
    q.all(recordings!("WHERE call_id = $1 ORDER BY created_at, id"), args![call]).await
}

/// The octets are stored.
pub async fn keep_recording(tx: &mut Tx, id: Uuid, sha256: &str, mime: &str, size: i64, at: Timestamp) -> Result<()> {
    tx.run(
        sql!("UPDATE recording SET state = 'kept', sha256 = $2, mime = $3, size = $4, note = NULL, kept_at = $5 WHERE id = $1 AND state <> 'kept'"),
        args![id, sha256, mime, size, at],
    )
    .await?;
    Ok(())
}

/// It will not come, and why.
pub async fn refuse_recording(tx: &mut Tx, id: Uuid, why: &str) -> Result<()> {
    tx.run(sql!("UPDATE recording SET state = 'refused', note = $2 WHERE id = $1 AND state = 'wanted'"), args![id, why]).await?;
    Ok(())
}

/// Recordings kept since before a moment, oldest first.
pub async fn kept_before(q: &mut impl Query, before: Timestamp, limit: i64) -> Result<Vec<RecordingRow>> {
    q.all(recordings!("WHERE state = 'kept' AND kept_at < $1 ORDER BY kept_at, id LIMIT $2"), args![before, limit]).await
}

/// Its time is over: the hash stays, the octets go with what nobody names.
pub async fn remove_recording(tx: &mut Tx, id: Uuid) -> Result<()> {
    tx.run(sql!("UPDATE recording SET state = 'removed' WHERE id = $1"), args![id]).await?;
    Ok(())
}

/// What each kept recording names of its contents, in the order of ids: for `verify`.
pub async fn contents_after(q: &mut impl Query, after: Uuid, limit: i64) -> Result<Vec<(Uuid, String)>> {
    q.all(
        sql!("SELECT id, sha256 FROM recording WHERE id > $1 AND state = 'kept' AND sha256 IS NOT NULL ORDER BY id LIMIT $2"),
        args![after, limit],
    )
    .await
}

/// For the test that looks at the plans of what is listed here.
pub const HOT_FILE: &str = file!();
