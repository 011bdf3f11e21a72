//! Attached files: their names and the addresses of their contents.

use std::collections::BTreeSet;

use sqlx::FromRow;
use uuid::Uuid;

use crate::{Args, Error, Query, Result, Tx, args, sql};

#[derive(Debug, Clone, FromRow)]
pub struct FileRow {
    pub id: Uuid,
    /// The case it may be fetched through.
    pub case_id: Option<Uuid>,
    pub message_id: Option<Uuid>,
    pub position: i64,
    /// Cleaned for showing.
    pub name: String,
    /// By content, not by the sender's word.
    pub mime: String,
    pub size: i64,
    /// SHA-256 of the bytes as they came.
    pub original: String,
    /// SHA-256 of the copy that is shown (place and device removed); the original when nothing had to be removed.
    pub shown: Option<String>,
    pub content_id: Option<String>,
    /// Why it is not offered: its type is not allowed. The bytes are kept with the raw delivery.
    pub refused: Option<String>,
    pub created_at: i64,
}

pub async fn insert(tx: &mut Tx, files: Vec<FileRow>) -> Result<()> {
    let rows: Vec<Args> = files
        .into_iter()
        .map(|f| {
            args![
                f.id,
                f.case_id,
                f.message_id,
                f.position,
                f.name,
                f.mime,
                f.size,
                f.original,
                f.shown,
                f.content_id,
                f.refused,
                f.created_at
            ]
        })
        .collect();
    tx.insert_many(
        "INSERT INTO file (id, case_id, message_id, position, name, mime, size, original, shown, content_id, refused, created_at)",
        "",
        rows,
    )
    .await?;
    Ok(())
}

pub async fn find(q: &mut impl Query, id: Uuid) -> Result<FileRow> {
    q.one(
        sql!("SELECT id, case_id, message_id, position, name, mime, size, original, shown, content_id, refused, created_at FROM file WHERE id = $1"),
        args![id],
    )
    .await
}

/// The files of a case's messages.
pub async fn of_case(q: &mut impl Query, case: Uuid) -> Result<Vec<FileRow>> {
    q.all(
        sql!("SELECT f.id, f.case_id, f.message_id, f.position, f.name, f.mime, f.size, f.original, f.shown, f.content_id, f.refused, f.created_at
              FROM case_message t JOIN file f ON f.message_id = t.message_id WHERE t.case_id = $1 ORDER BY f.message_id, f.position"),
        args![case],
    )
    .await
}

pub async fn of_message(q: &mut impl Query, message: Uuid) -> Result<Vec<FileRow>> {
    q.all(
        sql!(
            "SELECT id, case_id, message_id, position, name, mime, size, original, shown, content_id, refused, created_at FROM file
              WHERE message_id = $1 ORDER BY position"
        ),
        args![message],
    )
    .await
}

/// Ties files that were uploaded for a draft to the message that sends them.
pub async fn attach(tx: &mut Tx, file: Uuid, case: Uuid, message: Uuid) -> Result<()> {
    let attached = tx
        .run(sql!("UPDATE file SET message_id = $3 WHERE id = $1 AND case_id = $2 AND message_id IS NULL"), args![file, case, message])
        .await?;
    if attached == 1 { Ok(()) } else { Err(Error::NotFound) }
}

/// Deletes a file that was uploaded for a draft and that no message carries.
pub async fn detach(tx: &mut Tx, file: Uuid, case: Uuid) -> Result<()> {
    let deleted = tx.run(sql!("DELETE FROM file WHERE id = $1 AND case_id = $2 AND message_id IS NULL"), args![file, case]).await?;
    if deleted == 1 { Ok(()) } else { Err(Error::NotFound) }
}

/// Files uploaded for a case that no message carries yet.
pub async fn unattached(q: &mut impl Query, case: Uuid) -> Result<Vec<FileRow>> {
    q.all(
        sql!(
            "SELECT id, case_id, message_id, position, name, mime, size, original, shown, content_id, refused, created_at FROM file
              WHERE case_id = $1 AND message_id IS NULL ORDER BY position"
        ),
        args![case],
    )
    .await
}

/// The files of a message go with it to a case.
pub async fn move_to_case(tx: &mut Tx, message: Uuid, case: Uuid) -> Result<()> {
    tx.run(sql!("UPDATE file SET case_id = $2 WHERE message_id = $1 AND case_id IS NULL"), args![message, case]).await?;
    Ok(())
}

/// Of these contents, those that some file names, as it came or as it is shown, or that are a kept recording.
pub async fn named(q: &mut impl Query, contents: &[String]) -> Result<BTreeSet<String>> {
    let wanted = serde_json::Value::from(contents.to_vec());
    let found: Vec<(String,)> = q
        .all(
            sql!(
                pg: "SELECT w.sha256 FROM jsonb_array_elements_text($1) AS w (sha256)
                     WHERE EXISTS (SELECT 1 FROM file f WHERE f.original = w.sha256) OR EXISTS (SELECT 1 FROM file f WHERE f.shown = w.sha256)
                     OR EXISTS (SELECT 1 FROM recording r WHERE r.sha256 = w.sha256 AND r.state = 'kept')",
                sqlite: "SELECT w.value FROM json_each($1) AS w
                     WHERE EXISTS (SELECT 1 FROM file f WHERE f.original = w.value) OR EXISTS (SELECT 1 FROM file f WHERE f.shown = w.value)
                     OR EXISTS (SELECT 1 FROM recording r WHERE r.sha256 = w.value AND r.state = 'kept')"
            ),
            args![wanted],
        )
        .await?;
    Ok(found.into_iter().map(|(sha256,)| sha256).collect())
}

/// What each file names of its contents, as it came and as it is shown, in the order of ids: for `verify`.
pub async fn contents_after(q: &mut impl Query, after: Uuid, limit: i64) -> Result<Vec<(Uuid, String, Option<String>)>> {
    q.all(
        sql!("SELECT id, original, shown FROM file WHERE id > $1 AND refused IS NULL AND original <> '' ORDER BY id LIMIT $2"),
        args![after, limit],
    )
    .await
}
