//! Accounts on channels: mailboxes now, pages and official accounts later. And how far each mailbox was read.

use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::{Error, Query, Result, Tx, args, sql};

#[derive(Debug, Clone, FromRow)]
pub struct AccountRow {
    pub id: Uuid,
    pub channel: String,
    pub name: String,
    /// The mail address, page id, number: unique within the channel.
    pub address: String,
    /// The agency that owns it; the city if empty.
    pub agency_id: Option<Uuid>,
    pub settings: Json<serde_json::Value>,
    /// Encrypted.
    pub secret: Option<Vec<u8>>,
    pub enabled: bool,
    pub health: Json<serde_json::Value>,
    pub created_at: i64,
    pub version: i64,
}

pub async fn insert(tx: &mut Tx, account: &AccountRow) -> Result<()> {
    tx.run(
        sql!(
            "INSERT INTO channel_account (id, channel, name, address, agency_id, settings, secret, enabled, health, created_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        ),
        args![
            account.id,
            &account.channel,
            &account.name,
            &account.address,
            account.agency_id,
            account.settings.0.clone(),
            account.secret.clone(),
            account.enabled,
            account.health.0.clone(),
            account.created_at
        ],
    )
    .await?;
    Ok(())
}

pub async fn update(tx: &mut Tx, account: &AccountRow) -> Result<()> {
    let changed = tx
        .run(
            sql!("UPDATE channel_account SET name = $3, address = $4, agency_id = $5, settings = $6, secret = $7, enabled = $8, version = $2 + 1
                  WHERE id = $1 AND version = $2"),
            args![
                account.id,
                account.version,
                &account.name,
                &account.address,
                account.agency_id,
                account.settings.0.clone(),
                account.secret.clone(),
                account.enabled
            ],
        )
        .await?;
    if changed == 1 { Ok(()) } else { Err(Error::Conflict("channel_account.version".into())) }
}

/// Writes how the account fares; not an edit, so its version stays.
pub async fn set_health(tx: &mut Tx, id: Uuid, health: serde_json::Value) -> Result<()> {
    tx.run(sql!("UPDATE channel_account SET health = $2 WHERE id = $1"), args![id, health]).await?;
    Ok(())
}

pub async fn find(q: &mut impl Query, id: Uuid) -> Result<AccountRow> {
    q.one(
        sql!("SELECT id, channel, name, address, agency_id, settings, secret, enabled, health, created_at, version FROM channel_account WHERE id = $1"),
        args![id],
    )
    .await
}

/// By its address within a channel.
pub async fn by_address(q: &mut impl Query, channel: &str, address: &str) -> Result<Option<AccountRow>> {
    q.opt(
        sql!(
            "SELECT id, channel, name, address, agency_id, settings, secret, enabled, health, created_at, version FROM channel_account
              WHERE channel = $1 AND address = $2"
        ),
        args![channel, address],
    )
    .await
}

pub async fn all(q: &mut impl Query) -> Result<Vec<AccountRow>> {
    q.all(
        sql!(
            "SELECT id, channel, name, address, agency_id, settings, secret, enabled, health, created_at, version FROM channel_account
              ORDER BY channel, address"
        ),
        args![],
    )
    .await
}

/// How far a mail folder was read.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct MailCursorRow {
    pub folder: String,
    pub uidvalidity: i64,
    pub uid: i64,
}

pub async fn mail_cursors(q: &mut impl Query, account: Uuid) -> Result<Vec<MailCursorRow>> {
    q.all(sql!("SELECT folder, uidvalidity, uid FROM mail_cursor WHERE account_id = $1 ORDER BY folder"), args![account]).await
}

pub async fn set_mail_cursor(tx: &mut Tx, account: Uuid, cursor: &MailCursorRow) -> Result<()> {
    tx.run(
        sql!(
            "INSERT INTO mail_cursor (account_id, folder, uidvalidity, uid) VALUES ($1, $2, $3, $4)
              ON CONFLICT (account_id, folder) DO UPDATE SET uidvalidity = excluded.uidvalidity, uid = excluded.uid"
        ),
        args![account, &cursor.folder, cursor.uidvalidity, cursor.uid],
    )
    .await?;
    Ok(())
}
