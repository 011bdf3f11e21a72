//! An administrator edits reference data: dated rows, each with the document it comes from.

use jiff::civil::Date;
use serde_json::{Value, json};
use store::Json;
use store::jobs::{self, NewJob};
pub use store::reference::ReferenceRow;

use crate::reference::Reference;
use crate::{City, Error, Officer, Problem, Result};

/// The kinds of rows, in the order of the menu.
pub const KINDS: [&str; 10] = ["agency", "ward", "field", "route", "deadline", "calendar", "ground", "guide", "text", "limit"];

/// The rows of one kind, by item and first day.
pub async fn list(city: &City, by: &Officer, kind: &str) -> Result<Vec<ReferenceRow>> {
    may(by, kind)?;
    Ok(store::reference::of_kind(&mut city.db.read(), kind).await?)
}

/// One row.
pub async fn read(city: &City, by: &Officer, kind: &str, item: &str, valid_from: &str) -> Result<ReferenceRow> {
    may(by, kind)?;
    store::reference::find(&mut city.db.read(), kind, item, valid_from).await?.ok_or(Error::NotFound)
}

/// A row as it was typed.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    pub kind: String,
    pub item: String,
    pub valid_from: String,
    pub valid_to: String,
    pub body: Value,
    pub source: String,
    pub status: String,
    /// When the row was last edited as the page showed it; 0 for a row that is new.
    pub updated_at: i64,
}

/// Saves a row, once the whole of the reference data with it in place can be understood.
///
/// # Errors
/// [`Error::Stale`] when somebody edited the row meanwhile, [`Error::Setup`] naming what cannot be understood.
pub async fn save(city: &City, by: &Officer, edit: Edit) -> Result<()> {
    may(by, &edit.kind)?;
    let mut problems = Vec::new();
    let date = |text: &str| text.parse::<Date>().ok();
    if edit.item.trim().is_empty() {
        problems.push(Problem::new("item", "missing"));
    }
    if date(&edit.valid_from).is_none() {
        problems.push(Problem::new("valid_from", "date"));
    }
    if !edit.valid_to.is_empty() && date(&edit.valid_to).is_none_or(|to| date(&edit.valid_from).is_some_and(|from| to < from)) {
        problems.push(Problem::new("valid_to", "date"));
    }
    if edit.source.trim().is_empty() {
        problems.push(Problem::new("source", "missing"));
    }
    if edit.status.trim().is_empty() {
        problems.push(Problem::new("status", "missing"));
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let now = city.now();
    let row = ReferenceRow {
        kind: edit.kind,
        item: edit.item.trim().to_owned(),
        valid_from: edit.valid_from,
        valid_to: Some(edit.valid_to).filter(|to| !to.is_empty()),
        body: Json(edit.body),
        source: edit.source.trim().to_owned(),
        status: edit.status,
        updated_at: now.as_microsecond(),
        updated_by: Some(by.id),
    };
    let mut tx = city.db.begin().await?;
    let mut rows = store::reference::all(&mut tx).await?;
    let same = |other: &ReferenceRow| other.kind == row.kind && other.item == row.item && other.valid_from == row.valid_from;
    let before = rows.iter().find(|other| same(other)).cloned();
    if before.as_ref().map_or(0, |before| before.updated_at) != edit.updated_at {
        return Err(Error::Stale);
    }
    rows.retain(|other| !same(other));
    rows.push(row.clone());
    rows.sort_by(|a, b| (&a.kind, &a.item, &a.valid_from).cmp(&(&b.kind, &b.item, &b.valid_from)));
    check(city, &rows)?;
    let told = json!({ "before": before.map(|before| before.body.0), "after": row.body.0, "source": row.source });
    let subject = format!("{}/{}@{}", row.kind, row.item, row.valid_from);
    if row.kind == "calendar" {
        let job = NewJob::now("calendar", "calendar", &json!({ "day": row.item }), now)?.in_lane("calendar");
        jobs::enqueue(&mut tx, vec![job], now).await?;
    }
    store::reference::put(&mut tx, vec![row]).await?;
    store::audit::add(&mut tx, city.new_id(), now, Some(by.id), "reference_edited", &subject, told).await?;
    tx.commit().await?;
    city.reload().await
}

/// What was true stays understandable, and the limits the program counts on are still there.
fn check(city: &City, rows: &[ReferenceRow]) -> Result<()> {
    let fresh = Reference::from_rows(rows, city.today())?;
    for route in &fresh.routes.routes {
        for agency in std::iter::once(&route.lead).chain(&route.co) {
            if fresh.agencies.get(*agency).is_none() {
                return Err(Error::Setup("a route names an agency that does not exist".into()));
            }
        }
    }
    Ok(())
}

fn may(by: &Officer, kind: &str) -> Result<()> {
    if !by.viewer.may_administer() {
        return Err(Error::Forbidden);
    }
    if KINDS.contains(&kind) { Ok(()) } else { Err(Error::NotFound) }
}
