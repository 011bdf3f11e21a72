//! Cases, and the lists of them that people look at all day.
//!
//! Lists are read along an index, page by page from where the last one ended; nothing is counted or sorted. The tests
//! check that on the plans of both engines.

use jiff::Timestamp;
use serde_json::value::RawValue;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::{Args, Error, Query, Result, Tx, args, sql};

/// `sort_at` of a case without a date: after all others.
pub const NO_DATE: i64 = i64::MAX;

/// A whole row. `state` is the domain's; the columns beside it are drawn from it by `service` for the lists.
#[derive(Debug, Clone, FromRow)]
pub struct CaseRow {
    pub id: Uuid,
    pub code: String,
    pub version: i64,
    pub state: Json<serde_json::Value>,
    pub stage: String,
    pub label: String,
    pub queue: String,
    pub open: bool,
    pub sealed: bool,
    pub visibility: String,
    pub track: Option<String>,
    pub field: Option<String>,
    pub ward: Option<String>,
    pub title: String,
    pub language: String,
    pub channel: String,
    pub conversation_id: Uuid,
    pub contact_id: Uuid,
    pub business_id: Option<Uuid>,
    pub agency_id: Uuid,
    pub officer_id: Option<Uuid>,
    pub proposal: Json<serde_json::Value>,
    pub explanation: Option<Json<serde_json::Value>>,
    pub hint_case_id: Option<Uuid>,
    pub received_at: i64,
    pub confirm_by: Option<i64>,
    pub due_at: Option<i64>,
    pub sort_at: i64,
    pub clock_at: Option<i64>,
    pub timer_at: Option<i64>,
    pub answered_at: Option<i64>,
    pub closed_at: Option<i64>,
    pub published_at: Option<i64>,
    pub updated_at: i64,
}

impl CaseRow {
    fn args(&self) -> Args {
        args![
            self.id,
            &self.code,
            self.version,
            self.state.0.clone(),
            &self.stage,
            &self.label,
            &self.queue,
            self.open,
            self.sealed,
            &self.visibility,
            self.track.clone(),
            self.field.clone(),
            self.ward.clone(),
            &self.title,
            &self.language,
            &self.channel,
            self.conversation_id,
            self.contact_id,
            self.business_id,
            self.agency_id,
            self.officer_id,
            self.proposal.0.clone(),
            self.explanation.as_ref().map(|json| json.0.clone()),
            self.hint_case_id,
            self.received_at,
            self.confirm_by,
            self.due_at,
            self.sort_at,
            self.clock_at,
            self.timer_at,
            self.answered_at,
            self.closed_at,
            self.published_at,
            self.updated_at,
        ]
    }
}

const INSERT: &str = "INSERT INTO cases (id, code, version, state, stage, label, queue, open, sealed, visibility, track, field, ward, title, language, channel,
 conversation_id, contact_id, business_id, agency_id, officer_id, proposal, explanation, hint_case_id, received_at, confirm_by, due_at, sort_at, clock_at,
 timer_at, answered_at, closed_at, published_at, updated_at)";

/// Stores a new case. [`Error::Conflict`] when its code is taken: draw another.
pub async fn insert(tx: &mut Tx, case: &CaseRow) -> Result<()> {
    tx.insert_many(INSERT, "", vec![case.args()]).await?;
    Ok(())
}

/// Stores many new cases: the seeder's way.
pub async fn insert_many(tx: &mut Tx, cases: &[CaseRow]) -> Result<()> {
    tx.insert_many(INSERT, "", cases.iter().map(CaseRow::args).collect()).await?;
    Ok(())
}

/// Writes the case if nobody has since `case.version` was read; on success the row's version is one higher.
/// [`Error::Conflict`] otherwise.
pub async fn update(tx: &mut Tx, case: &mut CaseRow) -> Result<()> {
    let changed = tx
        .run(
            sql!("UPDATE cases SET version = $3 + 1, state = $4, stage = $5, label = $6, queue = $7, open = $8, sealed = $9, visibility = $10, track = $11,
                  field = $12, ward = $13, title = $14, language = $15, channel = $16, conversation_id = $17, contact_id = $18, business_id = $19, agency_id = $20,
                  officer_id = $21, proposal = $22, explanation = $23, hint_case_id = $24, received_at = $25, confirm_by = $26, due_at = $27, sort_at = $28,
                  clock_at = $29, timer_at = $30, answered_at = $31, closed_at = $32, published_at = $33, updated_at = $34
                  WHERE id = $1 AND code = $2 AND version = $3"),
            case.args(),
        )
        .await?;
    if changed != 1 {
        return Err(Error::Conflict("cases.version".into()));
    }
    case.version += 1;
    Ok(())
}

macro_rules! whole {
    ($condition:literal) => {
        sql!(concat!(
            "SELECT id, code, version, state, stage, label, queue, open, sealed, visibility, track, field, ward, title, language, channel, conversation_id,
             contact_id, business_id, agency_id, officer_id, proposal, explanation, hint_case_id, received_at, confirm_by, due_at, sort_at, clock_at, timer_at,
             answered_at, closed_at, published_at, updated_at FROM cases WHERE ",
            $condition
        ))
    };
}

pub async fn find(q: &mut impl Query, id: Uuid) -> Result<CaseRow> {
    q.one(whole!("id = $1"), args![id]).await
}

/// By its stored code, digits only.
pub async fn by_code(q: &mut impl Query, code: &str) -> Result<Option<CaseRow>> {
    q.opt(whole!("code = $1"), args![code]).await
}

/// Which of these codes have a case.
pub async fn taken(q: &mut impl Query, codes: &[&str]) -> Result<Vec<String>> {
    let taken: Vec<(String,)> = q
        .all(
            sql!(
                pg: "SELECT code FROM cases WHERE code IN (SELECT jsonb_array_elements_text($1))",
                sqlite: "SELECT code FROM cases WHERE code IN (SELECT value FROM json_each($1))"
            ),
            args![serde_json::json!(codes)],
        )
        .await?;
    Ok(taken.into_iter().map(|(code,)| code).collect())
}

/// The cases that a message is part of.
pub async fn of_message(q: &mut impl Query, message: Uuid) -> Result<Vec<CaseRow>> {
    q.all(whole!("id IN (SELECT case_id FROM case_message WHERE message_id = $1)"), args![message]).await
}

/// Cases of one conversation, newest first.
pub async fn of_conversation(q: &mut impl Query, conversation: Uuid, limit: i64) -> Result<Vec<CaseRow>> {
    q.all(whole!("conversation_id = $1 ORDER BY received_at DESC LIMIT $2"), args![conversation, limit]).await
}

/// Cases whose timer has run out.
pub async fn timed_out(q: &mut impl Query, now: Timestamp, limit: i64) -> Result<Vec<(Uuid,)>> {
    q.all(sql!("SELECT id FROM cases WHERE timer_at <= $1 ORDER BY timer_at LIMIT $2"), args![now, limit]).await
}

/// Open cases in the order of their ids, after `after`: for recomputing due dates when the calendar changes.
pub async fn open_after(q: &mut impl Query, after: Uuid, limit: i64) -> Result<Vec<CaseRow>> {
    q.all(whole!("open AND id > $1 ORDER BY id LIMIT $2"), args![after, limit]).await
}

/// Every case in the order of ids: for `verify` and for rebuilding the search index.
pub async fn all_after(q: &mut impl Query, after: Uuid, limit: i64) -> Result<Vec<CaseRow>> {
    q.all(whole!("id > $1 ORDER BY id LIMIT $2"), args![after, limit]).await
}

/// What a line of a list shows.
#[derive(Debug, Clone, FromRow)]
pub struct Line {
    pub id: Uuid,
    pub code: String,
    pub title: String,
    pub label: String,
    pub track: Option<String>,
    pub field: Option<String>,
    pub channel: String,
    pub visibility: String,
    pub agency_id: Uuid,
    pub officer_id: Option<Uuid>,
    pub received_at: i64,
    pub due_at: Option<i64>,
    pub clock_at: Option<i64>,
    pub sort_at: i64,
    /// Who may see the line is asked of this very row. Not every list asks: it is read when it is.
    pub state: Json<Box<RawValue>>,
    pub contact_name: String,
    pub business_name: Option<String>,
}

/// Where a page begins: the key of the last line of the page before.
#[derive(Debug, Clone, Copy)]
pub struct After {
    pub key: i64,
    pub id: Uuid,
}

impl After {
    /// The beginning of a list whose keys rise.
    pub const START: After = After { key: i64::MIN, id: Uuid::nil() };
    /// The beginning of a list whose keys fall.
    pub const END: After = After { key: i64::MAX, id: Uuid::max() };
}

/// The lines of the cases `c` that come `from`.
macro_rules! lines_of {
    ($from:literal, $($rest:tt)*) => {
        concat!(
            "SELECT c.id, c.code, c.title, c.label, c.track, c.field, c.channel, c.visibility, c.agency_id, c.officer_id, c.received_at, c.due_at, c.clock_at,
             c.sort_at, c.state, p.name AS contact_name, b.name AS business_name
             FROM ",
            $from,
            " JOIN contact p ON p.id = c.contact_id LEFT JOIN business b ON b.id = c.business_id ",
            $($rest)*
        )
    };
}

macro_rules! lines {
    ($condition:literal) => {
        sql!(lines_of!("cases c", concat!("WHERE ", $condition)))
    };
}

/// Open cases of one officer, most urgent first.
pub async fn of_officer(q: &mut impl Query, officer: Uuid, after: After, limit: i64) -> Result<Vec<Line>> {
    q.all(
        lines!("c.officer_id = $1 AND c.open AND NOT c.sealed AND (c.sort_at, c.id) > ($2, $3) ORDER BY c.sort_at, c.id LIMIT $4"),
        args![officer, after.key, after.id, limit],
    )
    .await
}

/// Open cases that one agency answers for, most urgent first.
pub async fn of_agency(q: &mut impl Query, agency: Uuid, after: After, limit: i64) -> Result<Vec<Line>> {
    q.all(
        lines!("c.agency_id = $1 AND c.open AND NOT c.sealed AND (c.sort_at, c.id) > ($2, $3) ORDER BY c.sort_at, c.id LIMIT $4"),
        args![agency, after.key, after.id, limit],
    )
    .await
}

/// Open cases of one agency that wait in one queue, most urgent first.
pub async fn of_agency_queue(q: &mut impl Query, agency: Uuid, queue: &str, after: After, limit: i64) -> Result<Vec<Line>> {
    q.all(
        lines!("c.agency_id = $1 AND c.queue = $2 AND c.open AND NOT c.sealed AND (c.sort_at, c.id) > ($3, $4) ORDER BY c.sort_at, c.id LIMIT $5"),
        args![agency, queue, after.key, after.id, limit],
    )
    .await
}

/// Open cases of the whole city in one queue, most urgent first.
pub async fn of_queue(q: &mut impl Query, queue: &str, after: After, limit: i64) -> Result<Vec<Line>> {
    q.all(
        lines!("c.queue = $1 AND c.open AND NOT c.sealed AND (c.sort_at, c.id) > ($2, $3) ORDER BY c.sort_at, c.id LIMIT $4"),
        args![queue, after.key, after.id, limit],
    )
    .await
}

/// Cases of one agency whose clock runs and ends between `after.key` and `until`.
pub async fn of_agency_clock(q: &mut impl Query, agency: Uuid, until: Timestamp, after: After, limit: i64) -> Result<Vec<Line>> {
    q.all(
        lines!(
            "c.agency_id = $1 AND c.clock_at IS NOT NULL AND NOT c.sealed AND c.clock_at < $2 AND (c.clock_at, c.id) > ($3, $4)
             ORDER BY c.clock_at, c.id LIMIT $5"
        ),
        args![agency, until, after.key, after.id, limit],
    )
    .await
}

/// The same for the whole city.
pub async fn of_clock(q: &mut impl Query, until: Timestamp, after: After, limit: i64) -> Result<Vec<Line>> {
    q.all(
        lines!(
            "c.clock_at IS NOT NULL AND NOT c.sealed AND c.clock_at < $1 AND (c.clock_at, c.id) > ($2, $3)
             ORDER BY c.clock_at, c.id LIMIT $4"
        ),
        args![until, after.key, after.id, limit],
    )
    .await
}

/// Every case that one agency answers for, has part in, or received and passed on: newest first, which the lines need not be.
/// The newest of the three are told by their keys, so that no more lines are read than the page shows.
pub async fn of_agency_all(q: &mut impl Query, agency: Uuid, before: After, limit: i64) -> Result<Vec<Line>> {
    macro_rules! newest {
        ($keys:literal) => {
            concat!("WITH newest AS (", $keys, ") ", lines_of!("newest n JOIN cases c ON c.id = n.id", ""))
        };
    }
    q.all(
        sql!(
            // Each with its own end, else PostgreSQL would sort all of the three.
            pg: newest!(
                "SELECT received_at, id FROM (
                 (SELECT received_at, id FROM cases WHERE agency_id = $1 AND NOT sealed AND (received_at, id) < ($2, $3)
                  ORDER BY received_at DESC, id DESC LIMIT $4)
                 UNION ALL (SELECT received_at, case_id FROM case_party WHERE agency_id = $1 AND role = 'received' AND (received_at, case_id) < ($2, $3)
                  ORDER BY received_at DESC, case_id DESC LIMIT $4)
                 UNION ALL (SELECT received_at, case_id FROM case_party WHERE agency_id = $1 AND role = 'co' AND (received_at, case_id) < ($2, $3)
                  ORDER BY received_at DESC, case_id DESC LIMIT $4)
                 ) keys GROUP BY received_at, id ORDER BY received_at DESC, id DESC LIMIT $4"
            ),
            // SQLite merges them as they come, and would sort what has an end of its own.
            sqlite: newest!(
                "SELECT received_at, id FROM cases WHERE agency_id = $1 AND NOT sealed AND (received_at, id) < ($2, $3)
                 UNION SELECT received_at, case_id FROM case_party WHERE agency_id = $1 AND role = 'received' AND (received_at, case_id) < ($2, $3)
                 UNION SELECT received_at, case_id FROM case_party WHERE agency_id = $1 AND role = 'co' AND (received_at, case_id) < ($2, $3)
                 ORDER BY 1 DESC, 2 DESC LIMIT $4"
            )
        ),
        args![agency, before.key, before.id, limit],
    )
    .await
}

/// Every case of the city, newest first.
pub async fn of_city(q: &mut impl Query, before: After, limit: i64) -> Result<Vec<Line>> {
    q.all(
        lines!("NOT c.sealed AND (c.received_at, c.id) < ($1, $2) ORDER BY c.received_at DESC, c.id DESC LIMIT $3"),
        args![before.key, before.id, limit],
    )
    .await
}

/// Cases that one agency has part in without answering for them (`co`), or that are sealed for it (`sealed`), newest first.
pub async fn of_party(q: &mut impl Query, agency: Uuid, role: &str, before: After, limit: i64) -> Result<Vec<Line>> {
    q.all(
        sql!(lines_of!(
            "case_party y JOIN cases c ON c.id = y.case_id",
            "WHERE y.agency_id = $1 AND y.role = $2 AND (y.received_at, y.case_id) < ($3, $4)
             ORDER BY y.received_at DESC, y.case_id DESC LIMIT $5"
        )),
        args![agency, role, before.key, before.id, limit],
    )
    .await
}

/// Lines of cases by id, in no order: search hits are read again here before anybody sees them.
pub async fn line(q: &mut impl Query, id: Uuid) -> Result<Option<Line>> {
    q.opt(lines!("c.id = $1"), args![id]).await
}

/// Earlier cases of a business, newest first.
pub async fn of_business(q: &mut impl Query, business: Uuid, limit: i64) -> Result<Vec<Line>> {
    q.all(lines!("c.business_id = $1 AND NOT c.sealed ORDER BY c.received_at DESC LIMIT $2"), args![business, limit]).await
}

/// Earlier cases of a contact, newest first.
pub async fn of_contact(q: &mut impl Query, contact: Uuid, limit: i64) -> Result<Vec<Line>> {
    q.all(lines!("c.contact_id = $1 AND NOT c.sealed ORDER BY c.received_at DESC LIMIT $2"), args![contact, limit]).await
}

/// A contact's case as a chat asks for it.
#[derive(Debug, Clone, FromRow)]
pub struct OwnRow {
    pub id: Uuid,
    pub open: bool,
    pub state: Json<serde_json::Value>,
    /// When the contact last wrote to it.
    pub written_at: i64,
}

/// The newest cases of a contact.
pub async fn own(q: &mut impl Query, contact: Uuid, limit: i64) -> Result<Vec<OwnRow>> {
    q.all(
        sql!(
            "SELECT c.id, c.open, c.state, COALESCE((SELECT MAX(m.stored_at) FROM case_message t JOIN message m ON m.id = t.message_id
               WHERE t.case_id = c.id AND m.direction = 'in'), c.received_at) AS written_at
             FROM cases c WHERE c.contact_id = $1 ORDER BY c.received_at DESC LIMIT $2"
        ),
        args![contact, limit],
    )
    .await
}

/// An agency's part in a case: `received`, `lead`, `co` or `sealed` (named receiver).
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Party {
    pub agency_id: Uuid,
    pub role: String,
}

pub async fn parties(q: &mut impl Query, case: Uuid) -> Result<Vec<Party>> {
    q.all(sql!("SELECT agency_id, role FROM case_party WHERE case_id = $1 ORDER BY role, agency_id"), args![case]).await
}

pub async fn add_parties(tx: &mut Tx, rows: Vec<(Uuid, Uuid, &str, i64)>) -> Result<()> {
    let rows = rows.into_iter().map(|(case, agency, role, at)| args![case, agency, role, at]).collect();
    tx.insert_many("INSERT INTO case_party (case_id, agency_id, role, received_at)", "ON CONFLICT DO NOTHING", rows).await?;
    Ok(())
}

/// Takes a role from all agencies of a case: before a new lead or new co-agencies are written.
pub async fn drop_parties(tx: &mut Tx, case: Uuid, role: &str) -> Result<()> {
    tx.run(sql!("DELETE FROM case_party WHERE case_id = $1 AND role = $2"), args![case, role]).await?;
    Ok(())
}

/// Statements whose plans the tests look at: each must be answered along an index, unsorted.
pub const HOT_FILE: &str = file!();
