//! An officer searches: by code, by sender, by words. The index gives candidates; each is read again under permission.

use domain::permission::{Act, ScopeReach};
use domain::tracking_code::TrackingCode;
use store::cases::Line;
use uuid::Uuid;

use crate::queue::readable;
use crate::{City, Error, Officer, Result};

/// Finds cases, best first; a code typed in any shape finds its case at once.
pub async fn find(city: &City, officer: &Officer, words: &str) -> Result<Vec<Line>> {
    let mut q = city.db.read();
    if let Ok(code) = words.parse::<TrackingCode>()
        && let Some(case) = store::cases::by_code(&mut q, code.as_str()).await?
    {
        let line = store::cases::line(&mut q, case.id).await?;
        return readable(officer, line.into_iter().collect());
    }
    let (agencies, received_by) = match officer.viewer.scope(Act::Search).reach {
        ScopeReach::Nothing | ScopeReach::Published => return Ok(Vec::new()),
        ScopeReach::All => (None, Vec::new()),
        ScopeReach::Agencies { party, lead, received } => {
            (Some(party.into_iter().chain(lead).collect::<Vec<Uuid>>()), received.into_iter().collect())
        }
    };
    // Who may not read senders must not find cases by their names either.
    let by_sender = officer.viewer.scope(Act::ReadSender).reach == officer.viewer.scope(Act::Search).reach;
    let query = search::Query {
        kind: search::Kind::Case,
        words: words.to_owned(),
        agencies,
        received_by,
        by_sender,
        newest_first: false,
        limit: 50,
        ..search::Query::default()
    };
    let mut lines = Vec::new();
    for id in hits(city, query).await? {
        lines.extend(store::cases::line(&mut q, id).await?);
    }
    readable(officer, lines)
}

/// Ids of the hits; the index works outside the async threads.
pub(crate) async fn hits(city: &City, query: search::Query) -> Result<Vec<Uuid>> {
    let index = city.search.clone();
    let hits = tokio::task::spawn_blocking(move || index.search(&query))
        .await
        .map_err(|error| Error::Internal(error.to_string()))?
        .map_err(|error| Error::Unavailable(error.to_string()))?;
    Ok(hits.into_iter().map(|hit| hit.id).collect())
}
