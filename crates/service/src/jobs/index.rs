//! Feeds the search index from the change feed; the index is disposable and rebuilds from the tables.

use std::time::Duration;

use search::{Change, Document, Kind};
use store::change_feed::{self, Position};
use store::notify::Topic;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::change::state_of;
use crate::{City, Error, Result};

pub(super) async fn run(city: City, stop: CancellationToken) {
    let mut news = city.db.notices().listen();
    while !stop.is_cancelled() {
        match pass(&city).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => tracing::warn!(%error, "the search index could not follow"),
        }
        tokio::select! {
            topic = news.recv() => {
                if !matches!(topic, Ok(Topic::Changes)) { continue; }
                // What changes together is indexed together, well inside the second that the design allows.
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            () = tokio::time::sleep(Duration::from_secs(5)) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Indexes the next news. Answers how many there were.
pub async fn pass(city: &City) -> Result<usize> {
    let position: Option<Position> = city.search.position().and_then(|json| serde_json::from_value(json).ok());
    let Some(position) = position else {
        rebuild(city, |_| {}).await?;
        return Ok(1);
    };
    let changes = change_feed::after(&mut city.db.read(), position, 500).await?;
    let Some(last) = changes.last().map(change_feed::Change::position) else { return Ok(0) };
    let mut seen: Vec<(String, Uuid)> = Vec::new();
    let mut documents = Vec::new();
    for change in &changes {
        let key = (change.kind.clone(), change.subject);
        if !seen.contains(&key) {
            documents.extend(document(city, &change.kind, change.subject).await?);
            seen.push(key);
        }
    }
    apply(city, documents, serde_json::to_value(last)?).await?;
    Ok(changes.len())
}

/// Builds the index from the tables. What changes meanwhile is news that comes after.
pub async fn rebuild(city: &City, mut told: impl FnMut(u64)) -> Result<()> {
    let start = change_feed::end(&mut city.db.read()).await?;
    let (mut after, mut done) = (Uuid::nil(), 0);
    loop {
        // A flush of the index costs more than its documents: large steps.
        let rows = store::cases::all_after(&mut city.db.read(), after, 5_000).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        done += rows.len() as u64;
        let mut documents = Vec::with_capacity(rows.len());
        for row in rows {
            let publication = store::answers::publication_of_case(&mut city.db.read(), row.id).await?;
            if let Some(publication) = publication {
                documents.extend(document(city, "publication", publication.id).await?);
            }
            documents.extend(case_document(city, row).await?);
        }
        // Without a position until it is whole: a rebuild that is cut off begins anew.
        apply(city, documents, serde_json::Value::Null).await?;
        told(done);
    }
    apply(city, Vec::new(), serde_json::to_value(start)?).await
}

async fn apply(city: &City, changes: Vec<Change>, position: serde_json::Value) -> Result<()> {
    let index = city.search.clone();
    tokio::task::spawn_blocking(move || index.apply(changes, position))
        .await
        .map_err(|error| Error::Internal(error.to_string()))?
        .map_err(|error| Error::Unavailable(error.to_string()))
}

async fn document(city: &City, kind: &str, id: Uuid) -> Result<Option<Change>> {
    let mut q = city.db.read();
    match kind {
        "case" => match store::cases::find(&mut q, id).await {
            Ok(row) => case_document(city, row).await,
            Err(store::Error::NotFound) => Ok(Some(Change::Remove { kind: Kind::Case, id })),
            Err(error) => Err(error.into()),
        },
        "publication" => Ok(Some(match store::answers::publication(&mut q, id).await? {
            Some(published) => Change::Put(Document {
                kind: Kind::Publication,
                id,
                title: published.title,
                text: format!("{}\n{}", published.question, published.answer),
                sender: String::new(),
                code: String::new(),
                field: Some(published.field),
                agencies: vec![published.agency_id],
                received_by: published.agency_id,
                at: published.published_at,
                open: false,
            }),
            None => Change::Remove { kind: Kind::Publication, id },
        })),
        _ => Ok(None),
    }
}

/// A sealed case has no place in the index.
async fn case_document(city: &City, row: store::cases::CaseRow) -> Result<Option<Change>> {
    if row.sealed {
        return Ok(Some(Change::Remove { kind: Kind::Case, id: row.id }));
    }
    let mut q = city.db.read();
    let state = state_of(&row)?;
    let messages = store::messages::of_case(&mut q, row.id).await?;
    let text: Vec<&str> = messages.iter().map(|message| message.text.as_str()).collect();
    let contact = store::contacts::find(&mut q, row.contact_id).await?;
    let mut agencies = vec![state.received_by];
    agencies.extend(state.lead);
    agencies.extend(state.co_agencies.iter().copied());
    // Where the sender is hidden, agencies must not find the case by the name either.
    let hidden = !state.visibility.sees(domain::visibility::Onlooker::Agency).sender;
    Ok(Some(Change::Put(Document {
        kind: Kind::Case,
        id: row.id,
        title: row.title,
        text: text.join("\n"),
        sender: if hidden { String::new() } else { contact.name },
        code: row.code,
        field: row.field,
        agencies,
        received_by: state.received_by,
        at: row.received_at,
        open: row.open,
    })))
}
