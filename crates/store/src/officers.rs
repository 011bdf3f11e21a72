//! Officers, their dated roles, and the guard against guessing.

use jiff::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::{Error, Query, Result, Tx, args, sql, value};

#[derive(Debug, Clone, FromRow)]
pub struct OfficerRow {
    pub id: Uuid,
    pub login: String,
    pub name: String,
    pub password_hash: String,
    /// Encrypted; present once a second factor is set up.
    pub totp_secret: Option<Vec<u8>>,
    /// The step of the last accepted code: none is accepted twice.
    pub totp_last_step: i64,
    pub disabled_at: Option<i64>,
    pub created_at: i64,
    pub version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct RoleRow {
    pub officer_id: Uuid,
    pub agency_id: Uuid,
    pub role: String,
    pub valid_from: String,
    pub valid_to: Option<String>,
}

pub async fn insert(tx: &mut Tx, officer: &OfficerRow) -> Result<()> {
    tx.run(
        sql!("INSERT INTO officer (id, login, name, password_hash, totp_secret, created_at) VALUES ($1, $2, $3, $4, $5, $6)"),
        args![officer.id, &officer.login, &officer.name, &officer.password_hash, officer.totp_secret.clone(), officer.created_at],
    )
    .await?;
    Ok(())
}

pub async fn find(q: &mut impl Query, id: Uuid) -> Result<OfficerRow> {
    q.one(
        sql!("SELECT id, login, name, password_hash, totp_secret, totp_last_step, disabled_at, created_at, version FROM officer WHERE id = $1"),
        args![id],
    )
    .await
}

/// Names of some officers.
pub async fn names(q: &mut impl Query, ids: Vec<Uuid>) -> Result<Vec<(Uuid, String)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    q.all(
        sql!(
            pg: "SELECT id, name FROM officer WHERE id IN (SELECT uuid(jsonb_array_elements_text($1)))",
            sqlite: "SELECT id, name FROM officer WHERE id IN (SELECT unhex(value) FROM json_each($1))",
        ),
        args![value::ids(ids)],
    )
    .await
}

pub async fn by_login(q: &mut impl Query, login: &str) -> Result<Option<OfficerRow>> {
    q.opt(
        sql!("SELECT id, login, name, password_hash, totp_secret, totp_last_step, disabled_at, created_at, version FROM officer WHERE login = $1"),
        args![login],
    )
    .await
}

pub async fn all(q: &mut impl Query) -> Result<Vec<OfficerRow>> {
    q.all(
        sql!("SELECT id, login, name, password_hash, totp_secret, totp_last_step, disabled_at, created_at, version FROM officer ORDER BY login"),
        args![],
    )
    .await
}

/// Changes password, second factor, name or standing, if nobody has since `officer.version` was read.
pub async fn update(tx: &mut Tx, officer: &OfficerRow) -> Result<()> {
    let changed = tx
        .run(
            sql!("UPDATE officer SET name = $3, password_hash = $4, totp_secret = $5, disabled_at = $6, version = $2 + 1 WHERE id = $1 AND version = $2"),
            args![officer.id, officer.version, &officer.name, &officer.password_hash, officer.totp_secret.clone(), officer.disabled_at],
        )
        .await?;
    if changed == 1 { Ok(()) } else { Err(Error::Conflict("officer.version".into())) }
}

/// Accepts a code's step once. False when this step or a later one was accepted before.
pub async fn accept_step(tx: &mut Tx, officer: Uuid, step: i64) -> Result<bool> {
    let accepted =
        tx.run(sql!("UPDATE officer SET totp_last_step = $2 WHERE id = $1 AND totp_last_step < $2"), args![officer, step]).await?;
    Ok(accepted == 1)
}

pub async fn add_role(tx: &mut Tx, role: &RoleRow) -> Result<()> {
    tx.run(
        sql!("INSERT INTO officer_role (officer_id, agency_id, role, valid_from, valid_to) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"),
        args![role.officer_id, role.agency_id, &role.role, &role.valid_from, role.valid_to.clone()],
    )
    .await?;
    Ok(())
}

/// Ends a role on a day.
pub async fn end_role(tx: &mut Tx, officer: Uuid, agency: Uuid, role: &str, on: &str) -> Result<()> {
    tx.run(
        sql!("UPDATE officer_role SET valid_to = $4 WHERE officer_id = $1 AND agency_id = $2 AND role = $3 AND valid_to IS NULL"),
        args![officer, agency, role, on],
    )
    .await?;
    Ok(())
}

/// The roles an officer holds on a day (`YYYY-MM-DD`).
pub async fn roles(q: &mut impl Query, officer: Uuid, on: &str) -> Result<Vec<RoleRow>> {
    q.all(
        sql!(
            "SELECT officer_id, agency_id, role, valid_from, valid_to FROM officer_role
              WHERE officer_id = $1 AND valid_from <= $2 AND (valid_to IS NULL OR valid_to >= $2) ORDER BY agency_id, role"
        ),
        args![officer, on],
    )
    .await
}

/// Officers with a role in an agency on a day.
pub async fn of_agency(q: &mut impl Query, agency: Uuid, on: &str) -> Result<Vec<OfficerRow>> {
    q.all(
        sql!(
            "SELECT id, login, name, password_hash, totp_secret, totp_last_step, disabled_at, created_at, version FROM officer
              WHERE disabled_at IS NULL AND id IN (SELECT officer_id FROM officer_role
                 WHERE agency_id = $1 AND valid_from <= $2 AND (valid_to IS NULL OR valid_to >= $2)) ORDER BY name"
        ),
        args![agency, on],
    )
    .await
}

/// How often a log-in failed for a subject (`login:…` or `address:…`).
#[derive(Debug, Clone, Default, FromRow)]
pub struct GuardRow {
    pub failures: i64,
    pub last_at: i64,
    pub locked_until: i64,
}

pub async fn guard(q: &mut impl Query, subject: &str) -> Result<GuardRow> {
    Ok(q.opt(sql!("SELECT failures, last_at, locked_until FROM login_guard WHERE subject = $1"), args![subject]).await?.unwrap_or_default())
}

/// Counts a failure; failures older than `forget_before` no longer count. Answers the new count.
pub async fn failed(tx: &mut Tx, subject: &str, now: Timestamp, forget_before: Timestamp) -> Result<i64> {
    let (failures,): (i64,) = tx
        .one(
            sql!(
                "INSERT INTO login_guard (subject, failures, last_at, locked_until) VALUES ($1, 1, $2, 0)
                  ON CONFLICT (subject) DO UPDATE SET last_at = excluded.last_at,
                     failures = CASE WHEN login_guard.last_at < $3 THEN 1 ELSE login_guard.failures + 1 END
                  RETURNING failures"
            ),
            args![subject, now, forget_before],
        )
        .await?;
    Ok(failures)
}

pub async fn lock(tx: &mut Tx, subject: &str, until: Timestamp) -> Result<()> {
    tx.run(sql!("UPDATE login_guard SET locked_until = $2 WHERE subject = $1"), args![subject, until]).await?;
    Ok(())
}

pub async fn forgive(tx: &mut Tx, subject: &str) -> Result<()> {
    tx.run(sql!("DELETE FROM login_guard WHERE subject = $1"), args![subject]).await?;
    Ok(())
}
