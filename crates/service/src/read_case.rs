//! Everything that one officer may see of one case: one timeline, the business, earlier cases, similar answers.

use domain::case::{CaseState, Row, available};
use domain::deadline::Explanation;
use domain::permission::{Act, CaseFacts};
use store::answers::{AnswerRow, PublicationRow, RatingRow};
use store::businesses::BusinessRow;
use store::cases::{CaseRow, Line};
use store::contacts::{ContactRow, IdentityRow};
use store::events::EventRow;
use store::files::FileRow;
use store::messages::{MessageRow, NoteRow};
use uuid::Uuid;

use crate::change::{explanation_of, read_for};
use crate::understand::Proposal;
use crate::{City, Officer, Result};

/// A case as its page shows it.
#[derive(Debug, Clone)]
pub struct CaseView {
    pub row: CaseRow,
    pub state: CaseState,
    pub proposal: Option<Proposal>,
    pub explanation: Option<Explanation>,
    pub messages: Vec<MessageRow>,
    pub notes: Vec<NoteRow>,
    pub events: Vec<EventRow>,
    pub files: Vec<FileRow>,
    pub answers: Vec<AnswerRow>,
    pub ratings: Vec<RatingRow>,
    /// Empty where the sender is hidden from this officer.
    pub contact: Option<ContactRow>,
    pub identities: Vec<IdentityRow>,
    pub business: Option<BusinessRow>,
    /// Earlier cases of the same business or sender that this officer may see.
    pub earlier: Vec<Line>,
    /// Published answers to similar questions.
    pub similar: Vec<PublicationRow>,
    pub hint: Option<Line>,
    pub publication: Option<PublicationRow>,
    /// The acts of the table that this officer is offered here.
    pub offered: Vec<&'static Row>,
    pub may_unmask: bool,
    pub may_answer: bool,
}

/// Reads it for an officer; who may not see it gets the same answer as for an unknown case.
pub async fn read(city: &City, officer: &Officer, case: Uuid) -> Result<CaseView> {
    let mut q = city.db.read();
    let (row, state) = read_for(&mut q, officer, Act::Read, case).await?;
    let facts = CaseFacts::from(&state);
    let sees_sender = officer.viewer.may(Act::ReadSender, &facts);
    let (contact, identities) = if sees_sender {
        let contact = store::contacts::find(&mut q, row.contact_id).await?;
        (Some(contact), store::contacts::identities(&mut q, row.contact_id).await?)
    } else {
        (None, Vec::new())
    };
    let business = match row.business_id.filter(|_| sees_sender) {
        Some(id) => Some(store::businesses::find(&mut q, id).await?),
        None => None,
    };
    let mut earlier = Vec::new();
    if sees_sender {
        let lines = match row.business_id {
            Some(business) => store::cases::of_business(&mut q, business, 12).await?,
            None => store::cases::of_contact(&mut q, row.contact_id, 12).await?,
        };
        earlier = crate::queue::readable(&mut q, officer, lines).await?;
        earlier.retain(|line| line.id != row.id);
        earlier.truncate(5);
    }
    let hint = match row.hint_case_id {
        Some(id) if read_for(&mut q, officer, Act::Read, id).await.is_ok() => store::cases::line(&mut q, id).await?,
        _ => None,
    };
    let similar = similar(city, &row.title).await?;
    let roles: Vec<_> = officer.roles.iter().map(|(role, _)| *role).collect();
    Ok(CaseView {
        proposal: serde_json::from_value(row.proposal.0.clone()).ok(),
        explanation: explanation_of(&row),
        messages: store::messages::of_case(&mut q, case).await?,
        notes: store::messages::notes_of_case(&mut q, case).await?,
        events: store::events::of_case(&mut q, case).await?,
        files: store::files::of_case(&mut q, case).await?,
        answers: store::answers::of_case(&mut q, case).await?,
        ratings: store::answers::ratings(&mut q, case).await?,
        publication: store::answers::publication_of_case(&mut q, case).await?,
        offered: available(&state, &roles),
        may_unmask: officer.viewer.may(Act::Unmask, &facts),
        may_answer: officer.viewer.may(Act::Answer, &facts),
        contact,
        identities,
        business,
        earlier,
        similar,
        hint,
        row,
        state,
    })
}

/// Published answers to similar questions; published ones only (DESIGN §6.7).
async fn similar(city: &City, text: &str) -> Result<Vec<PublicationRow>> {
    let index = city.search.clone();
    let text = text.to_owned();
    let hits = tokio::task::spawn_blocking(move || index.similar(&text, 3)).await;
    let Ok(Ok(hits)) = hits else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for hit in hits {
        found.extend(store::answers::publication(&mut city.db.read(), hit.id).await?);
    }
    Ok(found)
}

/// Reads a file for an officer, as its shown copy or (for whoever answers the case) as it came.
pub async fn file(city: &City, officer: &Officer, case: Uuid, file: Uuid, original: bool) -> Result<(FileRow, Vec<u8>)> {
    let mut q = city.db.read();
    let (_, state) = read_for(&mut q, officer, Act::Attachment, case).await?;
    if original && !officer.viewer.may(Act::Answer, &CaseFacts::from(&state)) {
        return Err(crate::Error::Forbidden);
    }
    let row = store::files::find(&mut q, file).await?;
    contents(city, case, row, original).await
}

/// The contents of a file of this case.
pub async fn contents(city: &City, case: Uuid, row: FileRow, original: bool) -> Result<(FileRow, Vec<u8>)> {
    if row.case_id != Some(case) || row.refused.is_some() {
        return Err(crate::Error::NotFound);
    }
    let hash = if original { &row.original } else { row.shown.as_ref().unwrap_or(&row.original) };
    let bytes = city.attachments.get(hash).await?;
    Ok((row, bytes))
}
