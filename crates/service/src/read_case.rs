//! Everything that one officer may see of one case: one timeline, the business, earlier cases, similar answers.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use domain::case::{CaseState, Role, Row, Stage, available};
use domain::deadline::Explanation;
use domain::permission::{Act, CaseFacts};
use domain::tracking_code::TrackingCode;
use store::Query;
pub use store::answers::{AnswerRow, PublicationRow, RatingRow};
pub use store::businesses::BusinessRow;
pub use store::calls::{CallRow, RecordingRow};
pub use store::cases::{CaseRow, Line};
pub use store::contacts::{ContactRow, IdentityRow};
pub use store::events::EventRow;
pub use store::files::FileRow;
pub use store::messages::{MessageRow, NoteRow};
use uuid::Uuid;

use crate::change::{explanation_of, read_for, shown};
pub use crate::chat_window::{Allowed, ChatWindow};
use crate::reference::Reference;
use crate::tell::is_talk;
use crate::understand::Proposal;
use crate::{City, Error, Officer, Result};

/// A case as its page shows it.
#[derive(Debug, Clone)]
pub struct CaseView {
    pub row: CaseRow,
    pub state: CaseState,
    pub proposal: Option<Proposal>,
    pub explanation: Option<Explanation>,
    pub messages: Vec<MessageRow>,
    /// Empty where this officer may not write notes either.
    pub notes: Vec<NoteRow>,
    pub events: Vec<EventRow>,
    pub files: Vec<FileRow>,
    /// Files kept for the answer that is written or waits for approval; empty for whoever does neither.
    pub enclosed: Vec<FileRow>,
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
    /// Channels of the conversations that the messages belong to, where they are chats.
    pub chats: BTreeMap<Uuid, String>,
    /// What may be written in the chat now; none when the case is no chat's.
    pub window: Option<ChatWindow>,
    /// The number by which the sender is reached, where that is by SMS.
    pub sms: Option<String>,
    pub publication: Option<PublicationRow>,
    /// Telephone calls that led to the case, each with its recordings; of these nothing for whoever may not hear them.
    pub calls: Vec<(CallRow, Vec<RecordingRow>)>,
    pub may_hear: bool,
    /// The hotline whose exchange would call the sender, and the number; only for whoever takes its calls and may see it.
    pub callable: Option<(Uuid, String)>,
    /// The acts of the table that this officer is offered here.
    pub offered: Vec<&'static Row>,
    pub may_unmask: bool,
    pub may_answer: bool,
    pub may_note: bool,
    /// Names of the officers who appear on the page.
    pub people: BTreeMap<Uuid, String>,
    /// Officers of the lead agency, where this officer may assign the case.
    pub colleagues: Vec<(Uuid, String)>,
    /// Whom this officer may name when sealing the case: officers of its agency and of his own.
    pub receivers: Vec<(Uuid, String)>,
}

impl CaseView {
    /// Whether the act of this name is offered.
    pub fn offers(&self, name: &str) -> bool {
        self.offered.iter().any(|row| row.name == name)
    }

    /// The last event shown: what came after it is what changed meanwhile.
    pub fn seen(&self) -> i64 {
        self.events.last().map_or(0, |event| event.seq)
    }
}

/// The case of a code typed in any shape; who may not see it gets the same answer as for an unknown one.
pub async fn by_code(city: &City, officer: &Officer, code: &str) -> Result<CaseView> {
    let (row, state) = row_by_code(city, officer, code).await?;
    view(city, officer, row, state).await
}

/// The case of a code without all that belongs to it, under the same permission.
pub async fn row_by_code(city: &City, officer: &Officer, code: &str) -> Result<(CaseRow, CaseState)> {
    shown(officer, Act::Read, row_of(city, code).await?)
}

/// The id behind a code. Says nothing about who may see it.
pub async fn id_of(city: &City, code: &str) -> Result<Uuid> {
    Ok(row_of(city, code).await?.id)
}

async fn row_of(city: &City, code: &str) -> Result<CaseRow> {
    let code = code.parse::<TrackingCode>().map_err(|_| Error::NotFound)?;
    store::cases::by_code(&mut city.db.read(), code.as_str()).await?.ok_or(Error::NotFound)
}

/// The version of a case as it is now, asked under permission.
pub async fn version(city: &City, officer: &Officer, case: Uuid) -> Result<i64> {
    Ok(read_for(&mut city.db.read(), officer, Act::Read, case).await?.0.version)
}

/// The acts to offer: by the roles that count for this case. A case nobody has begun to screen offers what screening
/// offers, since those acts begin it on the way.
fn offered(officer: &Officer, reference: &Reference, state: &CaseState) -> Vec<&'static Row> {
    let counts = |role: &Role, agency: Uuid| {
        !role.acts_for_lead()
            || state.lead.is_some_and(|lead| lead == agency || (*role == Role::Leader && reference.agencies.is_within(lead, agency)))
    };
    let roles: Vec<Role> = officer.roles.iter().filter(|(role, agency)| counts(role, *agency)).map(|(role, _)| *role).collect();
    if state.stage == Stage::New && !state.screening && officer.viewer.may(Act::Screen, &CaseFacts::from(state)) {
        let screened = CaseState { screening: true, ..state.clone() };
        return available(&screened, &roles);
    }
    available(state, &roles)
}

/// Reads it for an officer; who may not see it gets the same answer as for an unknown case.
pub async fn read(city: &City, officer: &Officer, case: Uuid) -> Result<CaseView> {
    let (row, state) = read_for(&mut city.db.read(), officer, Act::Read, case).await?;
    view(city, officer, row, state).await
}

async fn view(city: &City, officer: &Officer, row: CaseRow, state: CaseState) -> Result<CaseView> {
    let case = row.id;
    let facts = CaseFacts::from(&state);
    let offered = offered(officer, &city.reference(), &state);
    let may_note = officer.viewer.may(Act::Note, &facts);
    let may_hear = officer.viewer.may(Act::Listen, &facts);
    // Side by side: one after the other, the trips to the database would take longer than what they fetch.
    let (sender, talk, record, work, calls, choices, hint, similar) = tokio::try_join!(
        sender(city, officer, &row, &facts),
        talk(city, &row),
        record(city, case, may_note),
        work(city, officer, case, &facts),
        calls(city, officer, case, may_hear),
        choices(city, officer, &row, &state, &offered),
        hint(city, officer, row.hint_case_id),
        similar(city, &row.title),
    )?;
    let acted = record.events.iter().filter_map(|event| event.actor.0.as_str()?.strip_prefix("officer:")?.parse().ok());
    let assigned = record.events.iter().filter_map(|event| event.body.0.get("after")?.get("officer")?.as_str()?.parse().ok());
    let named = acted
        .chain(assigned)
        .chain(talk.messages.iter().filter_map(|message| message.officer_id))
        .chain(record.notes.iter().map(|note| note.officer_id))
        .chain(work.answers.iter().flat_map(|answer| [Some(answer.drafted_by), answer.decided_by]).flatten())
        .chain(state.officer);
    let mut people: BTreeMap<Uuid, String> = choices.colleagues.iter().cloned().collect();
    let unknown: BTreeSet<Uuid> = named.filter(|id| !people.contains_key(id)).collect();
    people.extend(store::officers::names(&mut city.db.read(), unknown.into_iter().collect()).await?);
    Ok(CaseView {
        proposal: serde_json::from_value(row.proposal.0.clone()).ok(),
        explanation: explanation_of(&row),
        messages: talk.messages,
        notes: record.notes,
        events: record.events,
        files: work.files,
        enclosed: work.enclosed,
        answers: work.answers,
        ratings: work.ratings,
        publication: work.publication,
        calls,
        may_hear,
        callable: sender.callable,
        offered,
        may_unmask: officer.viewer.may(Act::Unmask, &facts),
        may_answer: officer.viewer.may(Act::Answer, &facts),
        may_note,
        people,
        colleagues: choices.colleagues,
        receivers: choices.receivers,
        contact: sender.contact,
        identities: sender.identities,
        business: sender.business,
        earlier: sender.earlier,
        similar,
        hint,
        chats: talk.chats,
        window: talk.window,
        sms: talk.sms,
        row,
        state,
    })
}

/// Who wrote; nothing of it where the sender is hidden from this officer.
#[derive(Default)]
struct Sender {
    contact: Option<ContactRow>,
    identities: Vec<IdentityRow>,
    business: Option<BusinessRow>,
    earlier: Vec<Line>,
    callable: Option<(Uuid, String)>,
}

async fn sender(city: &City, officer: &Officer, row: &CaseRow, facts: &CaseFacts) -> Result<Sender> {
    if !officer.viewer.may(Act::ReadSender, facts) {
        return Ok(Sender::default());
    }
    let mut q = city.db.read();
    let identities = store::contacts::identities(&mut q, row.contact_id).await?;
    let lines = match row.business_id {
        Some(business) => store::cases::of_business(&mut q, business, 12).await?,
        None => store::cases::of_contact(&mut q, row.contact_id, 12).await?,
    };
    let mut earlier = crate::queue::readable(officer, lines)?;
    earlier.retain(|line| line.id != row.id);
    earlier.truncate(5);
    Ok(Sender {
        contact: Some(store::contacts::find(&mut q, row.contact_id).await?),
        business: match row.business_id {
            Some(id) => Some(store::businesses::find(&mut q, id).await?),
            None => None,
        },
        callable: match officer.viewer.may(Act::Unmask, facts) {
            true => crate::call_desk::callable(city, &mut q, officer, &identities).await?,
            false => None,
        },
        identities,
        earlier,
    })
}

/// What was said, and what may be said now.
struct Talk {
    messages: Vec<MessageRow>,
    chats: BTreeMap<Uuid, String>,
    window: Option<ChatWindow>,
    sms: Option<String>,
}

async fn talk(city: &City, row: &CaseRow) -> Result<Talk> {
    let mut q = city.db.read();
    let messages = store::messages::of_case(&mut q, row.id).await?;
    let chats = chats(&mut q, row, &messages).await?;
    let window = if chats.is_empty() { None } else { crate::chat_window::of_case(city, &mut q, row, &messages).await? };
    let sms = crate::sms_text::address_of_case(&mut q, row).await?;
    Ok(Talk { messages, chats, window, sms })
}

/// What happened, and what officers noted.
struct Record {
    events: Vec<EventRow>,
    notes: Vec<NoteRow>,
}

async fn record(city: &City, case: Uuid, may_note: bool) -> Result<Record> {
    let mut q = city.db.read();
    let notes = if may_note { store::messages::notes_of_case(&mut q, case).await? } else { Vec::new() };
    Ok(Record { events: store::events::of_case(&mut q, case).await?, notes })
}

/// What the agencies made of it.
struct Work {
    files: Vec<FileRow>,
    enclosed: Vec<FileRow>,
    answers: Vec<AnswerRow>,
    ratings: Vec<RatingRow>,
    publication: Option<PublicationRow>,
}

async fn work(city: &City, officer: &Officer, case: Uuid, facts: &CaseFacts) -> Result<Work> {
    let mut q = city.db.read();
    Ok(Work {
        files: store::files::of_case(&mut q, case).await?,
        enclosed: crate::enclose::list(&mut q, officer, case, facts).await?,
        answers: store::answers::of_case(&mut q, case).await?,
        ratings: store::answers::ratings(&mut q, case).await?,
        publication: store::answers::publication_of_case(&mut q, case).await?,
    })
}

async fn calls(city: &City, officer: &Officer, case: Uuid, may_hear: bool) -> Result<Vec<(CallRow, Vec<RecordingRow>)>> {
    let mut q = city.db.read();
    let mut calls = Vec::new();
    for call in store::calls::of_case(&mut q, case).await? {
        let heard = may_hear && crate::recordings::may_hear(&mut q, officer, &call).await?;
        let recordings = if heard { store::calls::recordings(&mut q, call.id).await? } else { Vec::new() };
        calls.push((call, recordings));
    }
    Ok(calls)
}

/// Whom the acts that are offered let this officer choose from.
struct Choices {
    colleagues: Vec<(Uuid, String)>,
    receivers: Vec<(Uuid, String)>,
}

async fn choices(city: &City, officer: &Officer, row: &CaseRow, state: &CaseState, offered: &[&Row]) -> Result<Choices> {
    let offers = |names: &[&str]| offered.iter().any(|row| names.contains(&row.name));
    let colleagues = match state.lead.filter(|_| offers(&["accept", "assign"])) {
        Some(lead) => officers_of(city, [lead]).await?,
        None => Vec::new(),
    };
    let receivers = match offers(&["seal"]) {
        true => officers_of(city, officer.all_agencies().into_iter().chain([row.agency_id])).await?,
        false => Vec::new(),
    };
    Ok(Choices { colleagues, receivers })
}

/// A case it may belong to, for whoever may read that too.
async fn hint(city: &City, officer: &Officer, hint: Option<Uuid>) -> Result<Option<Line>> {
    let mut q = city.db.read();
    match hint {
        Some(id) if read_for(&mut q, officer, Act::Read, id).await.is_ok() => Ok(store::cases::line(&mut q, id).await?),
        _ => Ok(None),
    }
}

/// The channel of each conversation, for a case that came by chat.
async fn chats(q: &mut impl Query, case: &CaseRow, messages: &[MessageRow]) -> Result<BTreeMap<Uuid, String>> {
    let mut found = BTreeMap::new();
    if !is_talk(&case.channel) {
        return Ok(found);
    }
    for id in messages.iter().map(|message| message.conversation_id) {
        if let Entry::Vacant(place) = found.entry(id) {
            let account = store::conversations::find(q, id).await?.account_id;
            place.insert(store::channel_accounts::find(q, account).await?.channel);
        }
    }
    Ok(found)
}

/// Everybody who has a role there today, by name.
async fn officers_of(city: &City, agencies: impl IntoIterator<Item = Uuid>) -> Result<Vec<(Uuid, String)>> {
    let mut q = city.db.read();
    let mut found = BTreeMap::new();
    for agency in agencies {
        let of_agency = store::officers::of_agency(&mut q, agency, &city.today().to_string()).await?;
        found.extend(of_agency.into_iter().map(|row| (row.id, row.name)));
    }
    let mut found: Vec<(Uuid, String)> = found.into_iter().collect();
    found.sort_by(|one, other| one.1.cmp(&other.1));
    Ok(found)
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
