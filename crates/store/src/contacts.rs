//! People and the identities by which channels know them.

use jiff::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::{Query, Result, Tx, args, sql};

#[derive(Debug, Clone, FromRow)]
pub struct ContactRow {
    pub id: Uuid,
    pub name: String,
    pub language: String,
    pub created_at: i64,
}

/// An identity. Kinds that a channel vouches for (`email`) are unique; what was merely typed into a form
/// (`typed_email`, `typed_phone`) is a new identity each time, because typing an address proves nothing.
#[derive(Debug, Clone, FromRow)]
pub struct IdentityRow {
    pub id: Uuid,
    pub contact_id: Uuid,
    pub kind: String,
    pub value: String,
    pub verified_at: Option<i64>,
    /// The address asked to get no more mail (an abuse report).
    pub mail_stopped_at: Option<i64>,
    pub created_at: i64,
}

/// Another thing that a person is known by.
pub async fn add_identity(tx: &mut Tx, identity: &IdentityRow) -> Result<()> {
    let row = args![identity.id, identity.contact_id, &identity.kind, &identity.value, identity.verified_at, identity.created_at];
    tx.insert_many("INSERT INTO identity (id, contact_id, kind, value, verified_at, created_at)", "", vec![row]).await
}

/// Two contacts are one person: everything of `from` becomes that of `to`.
pub async fn merge(tx: &mut Tx, from: Uuid, to: Uuid) -> Result<()> {
    tx.run(sql!("UPDATE identity SET contact_id = $2 WHERE contact_id = $1"), args![from, to]).await?;
    tx.run(sql!("UPDATE conversation SET contact_id = $2 WHERE contact_id = $1"), args![from, to]).await?;
    tx.run(sql!("UPDATE cases SET contact_id = $2 WHERE contact_id = $1"), args![from, to]).await?;
    tx.run(
        sql!(
            "INSERT INTO contact_business (contact_id, business_id, relation) SELECT $2, business_id, relation FROM contact_business WHERE contact_id = $1
             ON CONFLICT DO NOTHING"
        ),
        args![from, to],
    )
    .await?;
    tx.run(sql!("DELETE FROM contact_business WHERE contact_id = $1"), args![from]).await?;
    Ok(())
}

/// The name that the person gave or the vendor vouches for.
pub async fn rename(tx: &mut Tx, contact: Uuid, name: &str) -> Result<()> {
    tx.run(sql!("UPDATE contact SET name = $2 WHERE id = $1"), args![contact, name]).await?;
    Ok(())
}

/// New people, each with what a channel knows them by.
pub async fn insert(tx: &mut Tx, people: Vec<(ContactRow, IdentityRow)>) -> Result<()> {
    let (contacts, identities): (Vec<_>, Vec<_>) = people
        .into_iter()
        .map(|(c, i)| {
            (args![c.id, c.name, c.language, c.created_at], args![i.id, i.contact_id, i.kind, i.value, i.verified_at, i.created_at])
        })
        .unzip();
    tx.insert_many("INSERT INTO contact (id, name, language, created_at)", "", contacts).await?;
    tx.insert_many("INSERT INTO identity (id, contact_id, kind, value, verified_at, created_at)", "", identities).await?;
    Ok(())
}

pub async fn find(q: &mut impl Query, id: Uuid) -> Result<ContactRow> {
    q.one(sql!("SELECT id, name, language, created_at FROM contact WHERE id = $1"), args![id]).await
}

/// An identity that a channel vouches for.
pub async fn vouched(q: &mut impl Query, kind: &str, value: &str) -> Result<Option<IdentityRow>> {
    q.opt(
        sql!(
            "SELECT id, contact_id, kind, value, verified_at, mail_stopped_at, created_at FROM identity
              WHERE kind = $1 AND value = $2 AND kind <> 'typed_email' AND kind <> 'typed_phone'"
        ),
        args![kind, value],
    )
    .await
}

/// The same of several values.
pub async fn vouched_all(q: &mut impl Query, kind: &str, values: &[&str]) -> Result<Vec<IdentityRow>> {
    q.all(
        sql!(
            pg: "SELECT id, contact_id, kind, value, verified_at, mail_stopped_at, created_at FROM identity WHERE kind = $1
                 AND value IN (SELECT jsonb_array_elements_text($2)) AND kind <> 'typed_email' AND kind <> 'typed_phone'",
            sqlite: "SELECT id, contact_id, kind, value, verified_at, mail_stopped_at, created_at FROM identity WHERE kind = $1
                 AND value IN (SELECT value FROM json_each($2)) AND kind <> 'typed_email' AND kind <> 'typed_phone'"
        ),
        args![kind, serde_json::json!(values)],
    )
    .await
}

pub async fn identity(q: &mut impl Query, id: Uuid) -> Result<IdentityRow> {
    q.one(sql!("SELECT id, contact_id, kind, value, verified_at, mail_stopped_at, created_at FROM identity WHERE id = $1"), args![id]).await
}

pub async fn identities(q: &mut impl Query, contact: Uuid) -> Result<Vec<IdentityRow>> {
    q.all(
        sql!("SELECT id, contact_id, kind, value, verified_at, mail_stopped_at, created_at FROM identity WHERE contact_id = $1 ORDER BY created_at"),
        args![contact],
    )
    .await
}

/// Everybody who was ever known by this value: a hint, never a proof.
pub async fn identities_by_value(q: &mut impl Query, value: &str, limit: i64) -> Result<Vec<IdentityRow>> {
    q.all(
        sql!("SELECT id, contact_id, kind, value, verified_at, mail_stopped_at, created_at FROM identity WHERE value = $1 ORDER BY id DESC LIMIT $2"),
        args![value, limit],
    )
    .await
}

/// The person has proven to hold this identity.
pub async fn verified(tx: &mut Tx, identity: Uuid, at: Timestamp) -> Result<()> {
    tx.run(sql!("UPDATE identity SET verified_at = $2 WHERE id = $1 AND verified_at IS NULL"), args![identity, at]).await?;
    Ok(())
}

/// The address complained: no more mail to it.
pub async fn stop_mail(tx: &mut Tx, value: &str, at: Timestamp) -> Result<()> {
    tx.run(sql!("UPDATE identity SET mail_stopped_at = $2 WHERE value = $1"), args![value, at]).await?;
    Ok(())
}

/// Whether an address wrote into a case before, confirmed, or is the one the case answers to.
pub async fn is_on_case(q: &mut impl Query, case: Uuid, address: &str) -> Result<bool> {
    let found: Option<(i64,)> = q
        .opt(
            sql!("SELECT CAST(1 AS BIGINT) FROM cases k JOIN conversation c ON c.id = k.conversation_id JOIN identity i ON i.id = c.identity_id
                  WHERE k.id = $1 AND i.value = $2
                  UNION ALL
                  SELECT CAST(1 AS BIGINT) FROM case_message t JOIN message m ON m.id = t.message_id JOIN conversation c ON c.id = m.conversation_id
                  JOIN identity i ON i.id = c.identity_id
                  WHERE t.case_id = $1 AND i.value = $2 AND m.direction = 'in' AND NOT m.unconfirmed LIMIT 1"),
            args![case, address],
        )
        .await?;
    Ok(found.is_some())
}
