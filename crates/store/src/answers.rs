//! Drafts and answers, what was published of them, and how senders rated them.

use jiff::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::cases::After;
use crate::{Error, Query, Result, Tx, args, sql};

/// An answer in its four parts (domain.md §1.4, transition 21). `decision` is `pending`, `returned` or `sent`.
#[derive(Debug, Clone, FromRow)]
pub struct AnswerRow {
    pub id: Uuid,
    pub case_id: Uuid,
    pub number: i64,
    pub checked: String,
    pub legal_basis: String,
    pub next_steps: String,
    pub contact_line: String,
    pub drafted_by: Uuid,
    pub drafted_at: i64,
    pub decided_by: Option<Uuid>,
    pub decided_at: Option<i64>,
    pub decision: String,
    pub reason: Option<String>,
    pub message_id: Option<Uuid>,
}

pub async fn insert(tx: &mut Tx, answers: Vec<AnswerRow>) -> Result<()> {
    let rows = answers
        .into_iter()
        .map(|a| {
            args![
                a.id,
                a.case_id,
                a.number,
                a.checked,
                a.legal_basis,
                a.next_steps,
                a.contact_line,
                a.drafted_by,
                a.drafted_at,
                a.decided_by,
                a.decided_at,
                a.decision,
                a.reason,
                a.message_id
            ]
        })
        .collect();
    tx.insert_many(
        "INSERT INTO answer (id, case_id, number, checked, legal_basis, next_steps, contact_line, drafted_by, drafted_at, decided_by, decided_at, decision,
         reason, message_id)",
        "",
        rows,
    )
    .await?;
    Ok(())
}

/// The answers of a case, oldest first.
pub async fn of_case(q: &mut impl Query, case: Uuid) -> Result<Vec<AnswerRow>> {
    q.all(
        sql!("SELECT id, case_id, number, checked, legal_basis, next_steps, contact_line, drafted_by, drafted_at, decided_by, decided_at, decision, reason,
              message_id FROM answer WHERE case_id = $1 ORDER BY number"),
        args![case],
    )
    .await
}

/// Decides a pending draft, once.
pub async fn decide(
    tx: &mut Tx,
    id: Uuid,
    decision: &str,
    by: Uuid,
    reason: Option<String>,
    message: Option<Uuid>,
    at: Timestamp,
) -> Result<()> {
    let decided = tx
        .run(
            sql!("UPDATE answer SET decision = $2, decided_by = $3, reason = $4, message_id = $5, decided_at = $6 WHERE id = $1 AND decision = 'pending'"),
            args![id, decision, by, reason, message, at],
        )
        .await?;
    if decided == 1 { Ok(()) } else { Err(Error::Conflict("answer.decision".into())) }
}

/// What the public reads of a case.
#[derive(Debug, Clone, FromRow)]
pub struct PublicationRow {
    pub id: Uuid,
    pub case_id: Uuid,
    pub field: String,
    pub agency_id: Uuid,
    pub title: String,
    pub question: String,
    pub answer: String,
    pub answered_at: i64,
    pub published_at: i64,
    pub published_by: Uuid,
    pub unpublished_at: Option<i64>,
    pub unpublished_reason: Option<String>,
}

pub async fn publish(tx: &mut Tx, publications: Vec<PublicationRow>) -> Result<()> {
    let rows = publications
        .into_iter()
        .map(|p| args![p.id, p.case_id, p.field, p.agency_id, p.title, p.question, p.answer, p.answered_at, p.published_at, p.published_by])
        .collect();
    tx.insert_many(
        "INSERT INTO publication (id, case_id, field, agency_id, title, question, answer, answered_at, published_at, published_by)",
        "",
        rows,
    )
    .await?;
    Ok(())
}

/// Takes back what is published of a case.
pub async fn unpublish(tx: &mut Tx, case: Uuid, reason: &str, at: Timestamp) -> Result<u64> {
    tx.run(
        sql!("UPDATE publication SET unpublished_at = $3, unpublished_reason = $2 WHERE case_id = $1 AND unpublished_at IS NULL"),
        args![case, reason, at],
    )
    .await
}

macro_rules! publications {
    ($condition:literal) => {
        sql!(concat!(
            "SELECT id, case_id, field, agency_id, title, question, answer, answered_at, published_at, published_by, unpublished_at, unpublished_reason
             FROM publication WHERE unpublished_at IS NULL AND ",
            $condition
        ))
    };
}

pub async fn publication(q: &mut impl Query, id: Uuid) -> Result<Option<PublicationRow>> {
    q.opt(publications!("id = $1"), args![id]).await
}

pub async fn publication_of_case(q: &mut impl Query, case: Uuid) -> Result<Option<PublicationRow>> {
    q.opt(publications!("case_id = $1"), args![case]).await
}

/// Published answers, newest first.
pub async fn publications(q: &mut impl Query, before: After, limit: i64) -> Result<Vec<PublicationRow>> {
    q.all(publications!("(published_at, id) < ($1, $2) ORDER BY published_at DESC, id DESC LIMIT $3"), args![before.key, before.id, limit])
        .await
}

/// Published answers of one field, newest first.
pub async fn publications_of_field(q: &mut impl Query, field: &str, before: After, limit: i64) -> Result<Vec<PublicationRow>> {
    q.all(
        publications!("field = $1 AND (published_at, id) < ($2, $3) ORDER BY published_at DESC, id DESC LIMIT $4"),
        args![field, before.key, before.id, limit],
    )
    .await
}

#[derive(Debug, Clone, FromRow)]
pub struct RatingRow {
    pub case_id: Uuid,
    /// 0 for the first answer, then the count of reopenings.
    pub round: i64,
    pub score: i64,
    pub comment: String,
    pub at: i64,
}

/// Rates an answer; the last word of a round counts.
pub async fn rate(tx: &mut Tx, rating: &RatingRow) -> Result<()> {
    tx.run(
        sql!(
            "INSERT INTO rating (case_id, round, score, comment, at) VALUES ($1, $2, $3, $4, $5)
              ON CONFLICT (case_id, round) DO UPDATE SET score = excluded.score, comment = excluded.comment, at = excluded.at"
        ),
        args![rating.case_id, rating.round, rating.score, &rating.comment, rating.at],
    )
    .await?;
    Ok(())
}

pub async fn ratings(q: &mut impl Query, case: Uuid) -> Result<Vec<RatingRow>> {
    q.all(sql!("SELECT case_id, round, score, comment, at FROM rating WHERE case_id = $1 ORDER BY round"), args![case]).await
}
