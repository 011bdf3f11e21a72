//! Private notes and looks at what is masked.

use domain::permission::Act;
use serde_json::json;
use store::messages::NoteRow;
use uuid::Uuid;

use crate::change::OpenCase;
use crate::{City, Error, Officer, Problem, Result};

/// Adds a note that only colleagues read. It lives in a table of its own and cannot be sent.
pub async fn add(city: &City, officer: &Officer, case: Uuid, text: &str) -> Result<()> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::new("note", "missing").into());
    }
    if text.chars().count() > 10_000 {
        return Err(Problem::with("note", "too_long", 10_000).into());
    }
    let reference = city.reference();
    let mut tx = city.db.begin().await?;
    let mut case = OpenCase::load(&mut tx, case).await?;
    if !officer.viewer.may(Act::Note, &case.facts()) {
        return Err(Error::NotFound);
    }
    let note = NoteRow {
        id: city.new_id(),
        case_id: case.id(),
        officer_id: officer.id,
        text: text.to_owned(),
        created_at: city.now().as_microsecond(),
    };
    store::messages::add_note(&mut tx, &note).await?;
    case.event(city, &format!("officer:{}", officer.id), "note", json!({ "note": note.id }), None);
    case.save(&mut tx, city, &reference).await?;
    tx.commit().await?;
    Ok(())
}

/// Shows the sender's contact unmasked: an event with a reason.
pub async fn unmask(city: &City, officer: &Officer, case: Uuid, reason: &str) -> Result<Vec<String>> {
    if reason.trim().is_empty() {
        return Err(Problem::new("reason", "missing").into());
    }
    let reference = city.reference();
    let mut tx = city.db.begin().await?;
    let mut case = OpenCase::load(&mut tx, case).await?;
    if !officer.viewer.may(Act::Read, &case.facts()) {
        return Err(Error::NotFound);
    }
    if !officer.viewer.may(Act::Unmask, &case.facts()) {
        return Err(Error::Forbidden);
    }
    let values = store::contacts::identities(&mut tx, case.row.contact_id).await?.into_iter().map(|identity| identity.value).collect();
    case.event(city, &format!("officer:{}", officer.id), "unmask", json!({}), Some(json!({ "reason": reason.trim() })));
    case.save(&mut tx, city, &reference).await?;
    tx.commit().await?;
    Ok(values)
}

/// An officer confirms that a new address belongs to the case's sender: its message joins the talk.
pub async fn confirm_address(city: &City, officer: &Officer, case: Uuid, message: Uuid) -> Result<()> {
    let reference = city.reference();
    let mut tx = city.db.begin().await?;
    let mut case = OpenCase::load(&mut tx, case).await?;
    if !officer.viewer.may(Act::Answer, &case.facts()) && !officer.viewer.may(Act::Screen, &case.facts()) {
        return Err(Error::NotFound);
    }
    let found = store::messages::of_case(&mut tx, case.id()).await?.into_iter().any(|m| m.id == message && m.unconfirmed);
    if !found {
        return Err(Error::NotFound);
    }
    store::messages::confirm(&mut tx, message).await?;
    case.event(city, &format!("officer:{}", officer.id), "address_confirmed", json!({ "message": message }), None);
    case.save(&mut tx, city, &reference).await?;
    tx.commit().await?;
    Ok(())
}
