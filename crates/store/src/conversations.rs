//! One identity on one channel account.

use sqlx::FromRow;
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
}

pub async fn insert(tx: &mut Tx, conversations: Vec<ConversationRow>) -> Result<()> {
    let rows: Vec<Args> =
        conversations.into_iter().map(|c| args![c.id, c.account_id, c.identity_id, c.contact_id, c.subject, c.created_at]).collect();
    tx.insert_many("INSERT INTO conversation (id, account_id, identity_id, contact_id, subject, created_at)", "", rows).await?;
    Ok(())
}

pub async fn find(q: &mut impl Query, id: Uuid) -> Result<ConversationRow> {
    q.one(sql!("SELECT id, account_id, identity_id, contact_id, subject, created_at FROM conversation WHERE id = $1"), args![id]).await
}

pub async fn of_identity(q: &mut impl Query, account: Uuid, identity: Uuid) -> Result<Option<ConversationRow>> {
    q.opt(
        sql!("SELECT id, account_id, identity_id, contact_id, subject, created_at FROM conversation WHERE account_id = $1 AND identity_id = $2"),
        args![account, identity],
    )
    .await
}
