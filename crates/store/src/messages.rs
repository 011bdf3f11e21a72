//! What was said in conversations, and the notes that are never sent.

use jiff::Timestamp;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::{Args, Query, Result, Tx, args, sql};

/// A message as stored. `direction` is `in` or `out`; inbound ones are `received`, outbound ones walk the states of
/// DESIGN §5.
#[derive(Debug, Clone, FromRow)]
pub struct MessageRow {
    pub id: Uuid,
    pub conversation_id: Uuid,
    pub direction: String,
    /// `report`, `reply`, `receipt`, `routed`, `question`, `answer`, `update`, `auto_reply`, …
    pub kind: String,
    pub officer_id: Option<Uuid>,
    pub agency_id: Option<Uuid>,
    pub subject: String,
    /// What the writer wrote this time.
    pub text: String,
    /// The whole text when more of it was quoted.
    pub quoted: Option<String>,
    /// The raw delivery has an HTML body that can be shown.
    pub html: bool,
    /// The channel's own id: for mail the Message-ID without its brackets.
    pub external_id: Option<String>,
    pub threading: Json<serde_json::Value>,
    pub recipient: Option<String>,
    pub state: String,
    pub state_reason: Option<String>,
    pub state_at: i64,
    /// Came with a valid token from an address the case does not know: shown as such, not answered until confirmed.
    pub unconfirmed: bool,
    pub delivery_id: Option<Uuid>,
    /// When it was written, by the channel's clock.
    pub created_at: i64,
    pub stored_at: i64,
}

const INSERT: &str =
    "INSERT INTO message (id, conversation_id, direction, kind, officer_id, agency_id, subject, text, quoted, html, external_id, threading,
 recipient, state, state_reason, state_at, unconfirmed, delivery_id, created_at, stored_at)";

fn row(message: MessageRow) -> Args {
    args![
        message.id,
        message.conversation_id,
        message.direction,
        message.kind,
        message.officer_id,
        message.agency_id,
        message.subject,
        message.text,
        message.quoted,
        message.html,
        message.external_id,
        message.threading.0,
        message.recipient,
        message.state,
        message.state_reason,
        message.state_at,
        message.unconfirmed,
        message.delivery_id,
        message.created_at,
        message.stored_at
    ]
}

/// Stores messages and ties them to a case.
pub async fn insert(tx: &mut Tx, case: Option<Uuid>, messages: Vec<MessageRow>) -> Result<()> {
    let ties: Vec<Args> = case.map(|case| messages.iter().map(|m| args![case, m.id]).collect()).unwrap_or_default();
    tx.insert_many(INSERT, "", messages.into_iter().map(row).collect()).await?;
    tx.insert_many("INSERT INTO case_message (case_id, message_id)", "ON CONFLICT DO NOTHING", ties).await?;
    Ok(())
}

/// Ties messages to cases: the seeder's way, and a split's.
pub async fn tie(tx: &mut Tx, ties: Vec<(Uuid, Uuid)>) -> Result<()> {
    let ties = ties.into_iter().map(|(case, message)| args![case, message]).collect();
    tx.insert_many("INSERT INTO case_message (case_id, message_id)", "ON CONFLICT DO NOTHING", ties).await?;
    Ok(())
}

/// Takes a message out of a case's talk; it stays on its conversation.
pub async fn untie(tx: &mut Tx, message: Uuid, case: Uuid) -> Result<()> {
    tx.run(sql!("DELETE FROM case_message WHERE case_id = $2 AND message_id = $1"), args![message, case]).await?;
    tx.run(sql!("UPDATE file SET case_id = NULL WHERE message_id = $1 AND case_id = $2"), args![message, case]).await?;
    Ok(())
}

/// Writes what a person made of a message of theirs: edited, or taken back.
pub async fn rewrite(tx: &mut Tx, id: Uuid, text: &str, earlier: Option<String>, reason: &str) -> Result<()> {
    tx.run(sql!("UPDATE message SET text = $2, quoted = $3, state_reason = $4 WHERE id = $1"), args![id, text, earlier, reason]).await?;
    Ok(())
}

/// Messages of ours in a conversation that were sent before a moment and are not yet known to be read (or delivered).
pub async fn sent_before(q: &mut impl Query, conversation: Uuid, until: Timestamp, limit: i64) -> Result<Vec<(Uuid, String)>> {
    q.all(
        sql!(
            "SELECT id, state FROM message WHERE conversation_id = $1 AND direction = 'out' AND state IN ('sending', 'sent', 'delivered', 'unknown')
               AND state_at <= $2 ORDER BY state_at DESC LIMIT $3"
        ),
        args![conversation, until, limit],
    )
    .await
}

pub async fn find(q: &mut impl Query, id: Uuid) -> Result<MessageRow> {
    q.one(
        sql!("SELECT id, conversation_id, direction, kind, officer_id, agency_id, subject, text, quoted, html, external_id, threading, recipient, state,
              state_reason, state_at, unconfirmed, delivery_id, created_at, stored_at FROM message WHERE id = $1"),
        args![id],
    )
    .await
}

/// The messages of a case by the time they were written; of one moment, what came in stands before what answers it.
pub async fn of_case(q: &mut impl Query, case: Uuid) -> Result<Vec<MessageRow>> {
    q.all(
        sql!("SELECT m.id, m.conversation_id, m.direction, m.kind, m.officer_id, m.agency_id, m.subject, m.text, m.quoted, m.html, m.external_id, m.threading,
              m.recipient, m.state, m.state_reason, m.state_at, m.unconfirmed, m.delivery_id, m.created_at, m.stored_at
              FROM case_message t JOIN message m ON m.id = t.message_id WHERE t.case_id = $1 ORDER BY m.created_at, m.direction, m.id"),
        args![case],
    )
    .await
}

/// The newest messages of a conversation, by the time they were written.
pub async fn of_conversation(q: &mut impl Query, conversation: Uuid) -> Result<Vec<MessageRow>> {
    q.all(
        sql!("SELECT id, conversation_id, direction, kind, officer_id, agency_id, subject, text, quoted, html, external_id, threading, recipient, state,
              state_reason, state_at, unconfirmed, delivery_id, created_at, stored_at FROM message WHERE conversation_id = $1
              ORDER BY created_at, id LIMIT 10000"),
        args![conversation],
    )
    .await
}

/// Messages with this id of their channel, ours or received.
pub async fn by_external(q: &mut impl Query, external_id: &str) -> Result<Vec<MessageRow>> {
    q.all(
        sql!("SELECT id, conversation_id, direction, kind, officer_id, agency_id, subject, text, quoted, html, external_id, threading, recipient, state,
              state_reason, state_at, unconfirmed, delivery_id, created_at, stored_at FROM message WHERE external_id = $1 LIMIT 10"),
        args![external_id],
    )
    .await
}

/// The cases that messages with one of these channel ids belong to, in the order of the ids given.
pub async fn cases_of_external(q: &mut impl Query, external_ids: &[String]) -> Result<Vec<(String, Uuid)>> {
    if external_ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids = serde_json::Value::from(external_ids.to_vec());
    let mut found: Vec<(String, Uuid)> = q
        .all(
            sql!(
                pg: "SELECT m.external_id, t.case_id FROM jsonb_array_elements_text($1) AS wanted (id)
                     JOIN message m ON m.external_id = wanted.id JOIN case_message t ON t.message_id = m.id",
                sqlite: "SELECT m.external_id, t.case_id FROM json_each($1) AS wanted
                     JOIN message m ON m.external_id = wanted.value JOIN case_message t ON t.message_id = m.id"
            ),
            args![ids],
        )
        .await?;
    found.sort_by_key(|(external, _)| external_ids.iter().position(|id| id == external));
    Ok(found)
}

/// Moves an outbound message on. The caller has asked the domain whether the step is allowed; `from` guards against
/// somebody else's step in between. True when it was made.
pub async fn advance(tx: &mut Tx, id: Uuid, from: &str, to: &str, reason: Option<String>, at: Timestamp) -> Result<bool> {
    let moved = tx
        .run(
            sql!("UPDATE message SET state = $3, state_reason = $4, state_at = $5 WHERE id = $1 AND state = $2"),
            args![id, from, to, reason, at],
        )
        .await?;
    Ok(moved == 1)
}

/// Fixes the channel id under which a message goes out, before its first try.
pub async fn set_external(tx: &mut Tx, id: Uuid, external_id: &str) -> Result<()> {
    tx.run(sql!("UPDATE message SET external_id = $2 WHERE id = $1"), args![id, external_id]).await?;
    Ok(())
}

/// An officer has confirmed that the new address belongs to the case.
pub async fn confirm(tx: &mut Tx, id: Uuid) -> Result<()> {
    tx.run(sql!("UPDATE message SET unconfirmed = $2 WHERE id = $1"), args![id, false]).await?;
    Ok(())
}

/// How many receipts went to each of these addresses since a moment, counted up to `limit`: their caps stop two robots from
/// writing to each other for ever.
pub async fn receipts_since(q: &mut impl Query, recipients: &[&str], since: Timestamp, limit: i64) -> Result<Vec<(String, i64)>> {
    q.all(
        sql!(
            pg: "SELECT w.value, (SELECT count(*) FROM (SELECT 1 FROM message WHERE kind = 'receipt' AND recipient = w.value AND created_at >= $2
                 LIMIT $3) AS r) FROM jsonb_array_elements_text($1) AS w (value)",
            sqlite: "SELECT w.value, (SELECT count(*) FROM (SELECT 1 FROM message WHERE kind = 'receipt' AND recipient = w.value AND created_at >= $2
                 LIMIT $3) AS r) FROM json_each($1) AS w"
        ),
        args![serde_json::json!(recipients), since, limit],
    )
    .await
}

/// Outbound messages that did not arrive or whose fate is unknown, newest first.
pub async fn in_trouble(q: &mut impl Query, state: &str, limit: i64) -> Result<Vec<MessageRow>> {
    q.all(
        sql!("SELECT id, conversation_id, direction, kind, officer_id, agency_id, subject, text, quoted, html, external_id, threading, recipient, state,
              state_reason, state_at, unconfirmed, delivery_id, created_at, stored_at FROM message
              WHERE state = $1 AND state IN ('queued', 'sending', 'unknown', 'failed') ORDER BY state_at DESC LIMIT $2"),
        args![state, limit],
    )
    .await
}

/// Outbound messages of an account in one of these states since a moment, counted up to `most`.
pub async fn count_in_trouble(q: &mut impl Query, account: Uuid, state: &str, since: Timestamp, most: i64) -> Result<i64> {
    let (count,): (i64,) = q
        .one(
            sql!(
                "SELECT count(*) FROM (SELECT 1 FROM message m JOIN conversation c ON c.id = m.conversation_id
                  WHERE m.state = $2 AND m.state IN ('queued', 'sending', 'unknown', 'failed') AND m.state_at >= $3 AND c.account_id = $1
                  LIMIT $4) AS found"
            ),
            args![account, state, since, most],
        )
        .await?;
    Ok(count)
}

/// Whether somebody was written to in this conversation by a message other than this one, which is known to have gone out.
pub async fn is_written_to(q: &mut impl Query, conversation: Uuid, recipient: &str, but: Uuid) -> Result<bool> {
    let found: Option<(i64,)> = q
        .opt(
            sql!(
                "SELECT CAST(1 AS BIGINT) FROM message WHERE conversation_id = $1 AND recipient = $2 AND id <> $3
                  AND state IN ('sending', 'sent', 'delivered', 'read') LIMIT 1"
            ),
            args![conversation, recipient, but],
        )
        .await?;
    Ok(found.is_some())
}

#[derive(Debug, Clone, FromRow)]
pub struct NoteRow {
    pub id: Uuid,
    pub case_id: Uuid,
    pub officer_id: Uuid,
    pub text: String,
    pub created_at: i64,
}

pub async fn add_note(tx: &mut Tx, note: &NoteRow) -> Result<()> {
    tx.run(
        sql!("INSERT INTO note (id, case_id, officer_id, text, created_at) VALUES ($1, $2, $3, $4, $5)"),
        args![note.id, note.case_id, note.officer_id, &note.text, note.created_at],
    )
    .await?;
    Ok(())
}

pub async fn notes_of_case(q: &mut impl Query, case: Uuid) -> Result<Vec<NoteRow>> {
    q.all(sql!("SELECT id, case_id, officer_id, text, created_at FROM note WHERE case_id = $1 ORDER BY created_at, id"), args![case]).await
}

/// The newest message that the sender wrote into a case.
pub async fn newest_inbound(q: &mut impl Query, case: Uuid) -> Result<Option<MessageRow>> {
    q.opt(
        sql!("SELECT m.id, m.conversation_id, m.direction, m.kind, m.officer_id, m.agency_id, m.subject, m.text, m.quoted, m.html, m.external_id, m.threading,
              m.recipient, m.state, m.state_reason, m.state_at, m.unconfirmed, m.delivery_id, m.created_at, m.stored_at
              FROM case_message t JOIN message m ON m.id = t.message_id
              WHERE t.case_id = $1 AND m.direction = 'in' AND m.kind IN ('report', 'reply') ORDER BY m.created_at DESC, m.id DESC LIMIT 1"),
        args![case],
    )
    .await
}

/// Names what a message is when its text is a variant of another kind.
pub async fn set_kind(tx: &mut Tx, id: Uuid, kind: &str) -> Result<()> {
    tx.run(sql!("UPDATE message SET kind = $2 WHERE id = $1"), args![id, kind]).await?;
    Ok(())
}
