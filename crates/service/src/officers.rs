//! An administrator keeps the list of officers: who they are, what they may do where, and since when.

use domain::case::Role;
use serde_json::json;
pub use store::officers::{OfficerRow, RoleRow};
use uuid::Uuid;

use crate::{City, Error, Officer, Problem, Result};

/// An officer with the roles in force today.
#[derive(Debug, Clone)]
pub struct Listed {
    pub row: OfficerRow,
    pub roles: Vec<RoleRow>,
}

/// Everybody, by login.
pub async fn list(city: &City, by: &Officer) -> Result<Vec<Listed>> {
    may(by)?;
    let today = city.today().to_string();
    let mut q = city.db.read();
    let mut listed = Vec::new();
    for row in store::officers::all(&mut q).await? {
        let roles = store::officers::roles(&mut q, row.id, &today).await?;
        listed.push(Listed { row, roles });
    }
    Ok(listed)
}

/// One officer.
pub async fn read(city: &City, by: &Officer, id: Uuid) -> Result<Listed> {
    may(by)?;
    let mut q = city.db.read();
    let row = store::officers::find(&mut q, id).await?;
    let roles = store::officers::roles(&mut q, id, &city.today().to_string()).await?;
    Ok(Listed { row, roles })
}

/// Adds somebody with a first role.
pub async fn add(city: &City, by: &Officer, login: &str, name: &str, password: String, role: Role, agency: Uuid) -> Result<Uuid> {
    may(by)?;
    if name.trim().is_empty() {
        return Err(Problem::new("name", "missing").into());
    }
    let id = crate::sign_in::add_officer(city, login, name, password, &[]).await?;
    add_role(city, by, id, role, agency).await?;
    Ok(id)
}

/// Lets an officer in no more (their sessions end at once, on all nodes), or again.
pub async fn set_disabled(city: &City, by: &Officer, id: Uuid, disabled: bool) -> Result<()> {
    may(by)?;
    if disabled && id == by.id {
        return Err(Problem::new("officer", "yourself").into());
    }
    let mut tx = city.db.begin().await?;
    let mut row = store::officers::find(&mut tx, id).await?;
    row.disabled_at = disabled.then(|| city.now().as_microsecond());
    store::officers::update(&mut tx, &row).await?;
    if disabled {
        store::sessions::end_all(&mut tx, id).await?;
    }
    let act = if disabled { "officer_disabled" } else { "officer_enabled" };
    store::audit::add(&mut tx, city.new_id(), city.now(), Some(by.id), act, &row.login, json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// Sets a new password and takes the second factor away: for somebody who has lost the one or the other. Their sessions
/// end.
pub async fn reset(city: &City, by: &Officer, id: Uuid, password: String) -> Result<()> {
    may(by)?;
    let password_hash = crate::sign_in::hash(city, password).await?;
    let mut tx = city.db.begin().await?;
    let mut row = store::officers::find(&mut tx, id).await?;
    row.password_hash = password_hash;
    row.totp_secret = None;
    store::officers::update(&mut tx, &row).await?;
    store::sessions::end_all(&mut tx, id).await?;
    store::audit::add(&mut tx, city.new_id(), city.now(), Some(by.id), "officer_reset", &row.login, json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// Gives a role in an agency from today on.
pub async fn add_role(city: &City, by: &Officer, id: Uuid, role: Role, agency: Uuid) -> Result<()> {
    may(by)?;
    if matches!(role, Role::Sender | Role::System) {
        return Err(Problem::new("role", "unknown").into());
    }
    if !city.reference().agencies.is_competent(agency, city.today()) {
        return Err(Problem::new("agency", "unknown").into());
    }
    let today = city.today().to_string();
    let mut tx = city.db.begin().await?;
    let row = store::officers::find(&mut tx, id).await?;
    let held = RoleRow { officer_id: id, agency_id: agency, role: role.as_str().into(), valid_from: today, valid_to: None };
    store::officers::add_role(&mut tx, &held).await?;
    let told = json!({ "role": role, "agency": agency });
    store::audit::add(&mut tx, city.new_id(), city.now(), Some(by.id), "role_added", &row.login, told).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends a role: yesterday was its last day.
pub async fn end_role(city: &City, by: &Officer, id: Uuid, role: Role, agency: Uuid) -> Result<()> {
    may(by)?;
    if id == by.id && role == Role::Administrator {
        return Err(Problem::new("role", "yourself").into());
    }
    let yesterday = domain::time::plus_days(city.today(), -1).to_string();
    let mut tx = city.db.begin().await?;
    let row = store::officers::find(&mut tx, id).await?;
    store::officers::end_role(&mut tx, id, agency, role.as_str(), &yesterday).await?;
    let told = json!({ "role": role, "agency": agency });
    store::audit::add(&mut tx, city.new_id(), city.now(), Some(by.id), "role_ended", &row.login, told).await?;
    tx.commit().await?;
    Ok(())
}

fn may(by: &Officer) -> Result<()> {
    if by.viewer.may_administer() { Ok(()) } else { Err(Error::Forbidden) }
}
