//! One identity on one channel account.

use jiff::Timestamp;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::{Args, Query, Result, Tx, args, sql};

#[derive(Debug, Clone, FromRow)]
pub struct ConversationRow {
    pub id: Uuid,
    pub account_id: Uuid,
    pub identity_id: Uuid,
    pub contact_id: Uuid,
    pub subject: String,
    pub created_at: i64,
    /// What a chat waits for (`domain::chat::Talk`).
    pub talk: Json<serde_json::Value>,
    /// When the person last did what opens the vendor's window.
    pub acted_at: Option<i64>,
    /// What the vendor said is left to send.
    pub quota: Option<Json<serde_json::Value>>,
}

pub async fn insert(tx: &mut Tx, conversations: Vec<ConversationRow>) -> Result<()> {
    let rows: Vec<Args> = conversations
        .into_iter()
        .map(|c| args![c.id, c.account_id, c.identity_id, c.contact_id, c.subject, c.created_at, c.talk.0, c.acted_at])
        .collect();
    tx.insert_many("INSERT INTO conversation (id, account_id, identity_id, contact_id, subject, created_at, talk, acted_at)", "", rows)
        .await?;
    Ok(())
}

pub async fn find(q: &mut impl Query, id: Uuid) -> Result<ConversationRow> {
    q.one(
        sql!("SELECT id, account_id, identity_id, contact_id, subject, created_at, talk, acted_at, quota FROM conversation WHERE id = $1"),
        args![id],
    )
    .await
}

pub async fn of_identity(q: &mut impl Query, account: Uuid, identity: Uuid) -> Result<Option<ConversationRow>> {
    q.opt(
        sql!("SELECT id, account_id, identity_id, contact_id, subject, created_at, talk, acted_at, quota FROM conversation WHERE account_id = $1 AND identity_id = $2"),
        args![account, identity],
    )
    .await
}

/// Keeps what the chat waits for now.
pub async fn set_talk(tx: &mut Tx, id: Uuid, talk: serde_json::Value) -> Result<()> {
    tx.run(sql!("UPDATE conversation SET talk = $2 WHERE id = $1"), args![id, talk]).await?;
    Ok(())
}

/// The person did something at this moment; an older moment changes nothing.
pub async fn acted(tx: &mut Tx, id: Uuid, at: Timestamp) -> Result<()> {
    tx.run(sql!("UPDATE conversation SET acted_at = $2 WHERE id = $1 AND (acted_at IS NULL OR acted_at < $2)"), args![id, at]).await?;
    Ok(())
}

/// Keeps what the vendor said is left to send.
pub async fn set_quota(tx: &mut Tx, id: Uuid, quota: serde_json::Value) -> Result<()> {
    tx.run(sql!("UPDATE conversation SET quota = $2 WHERE id = $1"), args![id, quota]).await?;
    Ok(())
}

/// The conversations of a contact on one account, the one written to last first.
pub async fn of_contact(q: &mut impl Query, account: Uuid, contact: Uuid) -> Result<Vec<ConversationRow>> {
    q.all(
        sql!(
            "SELECT c.id, c.account_id, c.identity_id, c.contact_id, c.subject, c.created_at, c.talk, c.acted_at, c.quota
             FROM identity i JOIN conversation c ON c.identity_id = i.id WHERE i.contact_id = $1 AND c.account_id = $2 ORDER BY c.acted_at DESC"
        ),
        args![contact, account],
    )
    .await
}

/// What a channel knows the people of an account by, the last to have acted first.
pub async fn people_of(q: &mut impl Query, account: Uuid, limit: i64) -> Result<Vec<String>> {
    let found: Vec<(String,)> = q
        .all(
            sql!(
                "SELECT i.value FROM conversation c JOIN identity i ON i.id = c.identity_id
                 WHERE c.account_id = $1 AND c.acted_at IS NOT NULL ORDER BY c.acted_at DESC LIMIT $2"
            ),
            args![account, limit],
        )
        .await?;
    Ok(found.into_iter().map(|(value,)| value).collect())
}
