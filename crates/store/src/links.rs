//! How a sender comes back to a case: secret links, the passes they are exchanged for, one-time codes. Only hashes rest here.

use jiff::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::{Query, Result, Tx, args, sql};

#[derive(Debug, Clone, FromRow)]
pub struct LinkRow {
    pub token_hash: String,
    pub case_id: Uuid,
    pub created_at: i64,
    pub revoked_at: Option<i64>,
}

pub async fn add_link(tx: &mut Tx, token_hash: &str, case: Uuid, at: Timestamp) -> Result<()> {
    tx.run(sql!("INSERT INTO secret_link (token_hash, case_id, created_at) VALUES ($1, $2, $3)"), args![token_hash, case, at]).await?;
    Ok(())
}

pub async fn link(q: &mut impl Query, token_hash: &str) -> Result<Option<LinkRow>> {
    q.opt(sql!("SELECT token_hash, case_id, created_at, revoked_at FROM secret_link WHERE token_hash = $1"), args![token_hash]).await
}

/// Ends every link of a case and every pass that came from one.
pub async fn revoke_links(tx: &mut Tx, case: Uuid, at: Timestamp) -> Result<u64> {
    tx.run(sql!("DELETE FROM sender_pass WHERE case_id = $1"), args![case]).await?;
    tx.run(sql!("UPDATE secret_link SET revoked_at = $2 WHERE case_id = $1 AND revoked_at IS NULL"), args![case, at]).await
}

/// What the sender's browser holds as a cookie.
#[derive(Debug, Clone, FromRow)]
pub struct PassRow {
    pub token_hash: String,
    pub case_id: Uuid,
    pub link_hash: Option<String>,
    pub created_at: i64,
    pub expires_at: i64,
}

pub async fn add_pass(tx: &mut Tx, pass: &PassRow) -> Result<()> {
    tx.run(
        sql!("INSERT INTO sender_pass (token_hash, case_id, link_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)"),
        args![&pass.token_hash, pass.case_id, pass.link_hash.clone(), pass.created_at, pass.expires_at],
    )
    .await?;
    Ok(())
}

/// A pass that is still good.
pub async fn pass(q: &mut impl Query, token_hash: &str, now: Timestamp) -> Result<Option<PassRow>> {
    q.opt(
        sql!("SELECT token_hash, case_id, link_hash, created_at, expires_at FROM sender_pass WHERE token_hash = $1 AND expires_at > $2"),
        args![token_hash, now],
    )
    .await
}

pub async fn forget_passes(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    tx.run(sql!("DELETE FROM sender_pass WHERE expires_at < $1"), args![now]).await
}

/// A one-time code that was asked for. `case_id` is empty when code and contact did not match: such a request counts for
/// the caps and answers like any other, but can never be used.
#[derive(Debug, Clone, FromRow)]
pub struct OneTimeCodeRow {
    pub id: Uuid,
    pub case_id: Option<Uuid>,
    pub contact_hash: String,
    pub address_hash: String,
    pub code_hash: String,
    pub created_at: i64,
    pub expires_at: i64,
    pub tries: i64,
    pub used_at: Option<i64>,
}

pub async fn add_code(tx: &mut Tx, code: &OneTimeCodeRow) -> Result<()> {
    tx.run(
        sql!(
            "INSERT INTO one_time_code (id, case_id, contact_hash, address_hash, code_hash, created_at, expires_at, tries)
              VALUES ($1, $2, $3, $4, $5, $6, $7, 0)"
        ),
        args![code.id, code.case_id, &code.contact_hash, &code.address_hash, &code.code_hash, code.created_at, code.expires_at],
    )
    .await?;
    Ok(())
}

/// Forgets requests from before a moment, which no cap counts any more.
pub async fn forget_codes(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.run(sql!("DELETE FROM one_time_code WHERE created_at < $1"), args![before]).await
}

/// Counts a try against a request and answers it, when it may still be tried.
pub async fn try_code(tx: &mut Tx, id: Uuid, tries: i64, now: Timestamp) -> Result<Option<OneTimeCodeRow>> {
    tx.opt(
        sql!(
            "UPDATE one_time_code SET tries = tries + 1 WHERE id = $1 AND tries < $2 AND expires_at > $3 AND used_at IS NULL
              RETURNING id, case_id, contact_hash, address_hash, code_hash, created_at, expires_at, tries, used_at"
        ),
        args![id, tries, now],
    )
    .await
}

pub async fn use_code(tx: &mut Tx, id: Uuid, now: Timestamp) -> Result<()> {
    tx.run(sql!("UPDATE one_time_code SET used_at = $2 WHERE id = $1 AND used_at IS NULL"), args![id, now]).await?;
    Ok(())
}

/// How many codes were asked for since a moment: by this contact, from this address, in the whole city.
///
/// Until the transaction ends nobody else counts: else many requests at one moment would all find room under the caps.
pub async fn asked_since(tx: &mut Tx, contact_hash: &str, address_hash: &str, since: Timestamp) -> Result<(i64, i64, i64)> {
    tx.run(sql!(pg: "SELECT pg_advisory_xact_lock(hashtext('one_time_code'))", sqlite: "SELECT 1"), args![]).await?;
    tx.one(
        sql!(
            "SELECT (SELECT count(*) FROM one_time_code WHERE contact_hash = $1 AND created_at >= $3),
                     (SELECT count(*) FROM one_time_code WHERE address_hash = $2 AND created_at >= $3),
                     (SELECT count(*) FROM one_time_code WHERE created_at >= $3)"
        ),
        args![contact_hash, address_hash, since],
    )
    .await
}
