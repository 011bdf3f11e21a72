//! Files that go out with an answer: uploaded while it is written, kept with the case, carried by the message that sends it.
//!
//! Each change makes a newer version of the case, so that nobody approves files other than those he saw.

use domain::case::Stage;
use domain::permission::{Act, CaseFacts};
use serde_json::json;
use store::files::FileRow;
use store::{Query, Tx};
use uuid::Uuid;

use crate::change::OpenCase;
use crate::{City, Error, Officer, Problem, Result};

/// Keeps files for the answer that is being written. Gives the version of the case after it.
pub async fn add(city: &City, officer: &Officer, case: Uuid, version: i64, files: Vec<FileRow>) -> Result<i64> {
    if files.is_empty() {
        return Ok(version);
    }
    let most = crate::take_files::limits(city)?.files;
    let mut tx = city.db.begin().await?;
    let mut case = open(&mut tx, officer, case, version).await?;
    if case.state.stage != Stage::Working || !officer.viewer.may(Act::Answer, &case.facts()) {
        return Err(Error::Forbidden);
    }
    let id = case.id();
    let there = store::files::unattached(&mut tx, id).await?;
    // A form that came back may be sent with the same file again.
    let fresh: Vec<FileRow> =
        files.into_iter().filter(|file| !there.iter().any(|known| known.original == file.original && known.name == file.name)).collect();
    if there.len() + fresh.len() > most {
        return Err(Problem::with("files", "too_many_files", most).into());
    }
    let next = there.last().map_or(0, |last| last.position + 1);
    let rows: Vec<FileRow> =
        fresh.into_iter().zip(next..).map(|(file, position)| FileRow { case_id: Some(id), message_id: None, position, ..file }).collect();
    for row in &rows {
        case.event(city, &by(officer), "file_enclosed", json!({ "file": row.id, "sha256": row.original }), None);
    }
    store::files::insert(&mut tx, rows).await?;
    save(tx, city, case).await
}

/// Takes a file away that was kept for an answer: who writes it, or who is to approve it. Gives the version after it.
pub async fn remove(city: &City, officer: &Officer, case: Uuid, version: i64, file: Uuid) -> Result<i64> {
    let mut tx = city.db.begin().await?;
    let mut case = open(&mut tx, officer, case, version).await?;
    let may = match case.state.stage {
        Stage::Working => officer.viewer.may(Act::Answer, &case.facts()),
        Stage::Approval => officer.viewer.may(Act::Approve, &case.facts()),
        _ => false,
    };
    if !may {
        return Err(Error::Forbidden);
    }
    store::files::detach(&mut tx, file, case.id()).await?;
    case.event(city, &by(officer), "file_removed", json!({ "file": file }), None);
    save(tx, city, case).await
}

/// The files that would go out with the answer, for those who write or approve it; nobody else sees what was not sent.
pub async fn list(q: &mut impl Query, officer: &Officer, case: Uuid, facts: &CaseFacts) -> Result<Vec<FileRow>> {
    if !officer.viewer.may(Act::Answer, facts) && !officer.viewer.may(Act::Approve, facts) {
        return Ok(Vec::new());
    }
    Ok(store::files::unattached(q, case).await?)
}

async fn open(tx: &mut Tx, officer: &Officer, case: Uuid, version: i64) -> Result<OpenCase> {
    let case = OpenCase::load(tx, case).await?;
    if !officer.viewer.may(Act::Read, &case.facts()) {
        return Err(Error::NotFound);
    }
    case.expect_version(version)?;
    Ok(case)
}

async fn save(mut tx: Tx, city: &City, case: OpenCase) -> Result<i64> {
    let row = case.save(&mut tx, city, &city.reference()).await?;
    tx.commit().await?;
    Ok(row.version)
}

fn by(officer: &Officer) -> String {
    format!("officer:{}", officer.id)
}
