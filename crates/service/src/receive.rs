//! A message has come in: it joins a case or begins one.
//!
//! Everything here runs inside the caller's transaction, together with what made the message come in (a finished job, a
//! submitted form): message, case, event and receipt are stored all or not at all.

use domain::case::CaseState;
use domain::tracking_code::TrackingCode;
use domain::visibility::Visibility;
use jiff::Timestamp;
use language::written_in::Language;
use serde_json::{Value, json};
use store::Json;
use store::cases::CaseRow;
use store::contacts::{ContactRow, IdentityRow};
use store::conversations::ConversationRow;
use store::files::FileRow;
use store::messages::MessageRow;
use store::{Query, Tx};
use uuid::Uuid;

use crate::change::{Details, OpenCase, shown_code};
use crate::clock::Random;
use crate::reference::Reference;
use crate::tell::{Asking, Chat, Reach, Words, ask};
use crate::understand::Proposal;
use crate::words_of::agency_and_date;
use crate::{City, Error, Result};

/// A message from outside, already understood, not yet stored.
#[derive(Debug, Clone)]
pub struct Incoming {
    pub account_id: Uuid,
    /// The agency that owns the account; the city if none.
    pub account_agency: Option<Uuid>,
    pub channel: String,
    pub sender: Sender,
    pub external_id: Option<String>,
    pub subject: String,
    pub text: String,
    pub quoted: Option<String>,
    pub html: bool,
    /// What an answer needs to land in the same thread.
    pub threading: Value,
    pub delivery_id: Option<Uuid>,
    pub written_at: Timestamp,
    pub files: Vec<FileRow>,
}

impl Incoming {
    /// Of this sender, at this moment, without words yet.
    pub fn wordless(account_id: Uuid, account_agency: Option<Uuid>, channel: &str, sender: Sender, at: Timestamp) -> Self {
        Self {
            account_id,
            account_agency,
            channel: channel.to_owned(),
            sender,
            external_id: None,
            subject: String::new(),
            text: String::new(),
            quoted: None,
            html: false,
            threading: json!({}),
            delivery_id: None,
            written_at: at,
            files: Vec::new(),
        }
    }
}

/// By what the channel knows the sender.
#[derive(Debug, Clone)]
pub struct Sender {
    /// Nobody was known by this a moment ago, so that need not be asked again; the unique index has the last word.
    pub new: bool,
    /// `email` is vouched for by its channel and found again; `typed_email` and `typed_phone` prove nothing and are new
    /// every time.
    pub kind: String,
    pub value: String,
    pub name: String,
    pub language: String,
}

/// The language to write to a sender in: that of the text; of a text too short to tell, what is known of the contact;
/// else Vietnamese.
pub async fn language_of(q: &mut impl Query, known: Option<&IdentityRow>, text: &str) -> Result<String> {
    let told = language::written_in::written_in(text).map(|language| language.code().to_owned());
    Ok(match (told, known) {
        (Some(told), _) => told,
        (None, Some(identity)) => store::contacts::find(q, identity.contact_id).await?.language,
        (None, None) => Language::Vietnamese.code().to_owned(),
    })
}

/// What is known of a case that is about to begin.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// A code that was free a moment ago; drawn in the transaction when there is none.
    pub code: Option<TrackingCode>,
    pub proposal: Proposal,
    pub visibility: Visibility,
    pub ward: Option<String>,
    pub business_id: Option<Uuid>,
    /// A case it may belong to, for the officer's eyes.
    pub hint: Option<Uuid>,
    /// Why no receipt goes out, if none does.
    pub silent: Option<&'static str>,
}

/// A case that has begun.
#[derive(Debug, Clone)]
pub struct Begun {
    pub case: Uuid,
    /// Digits only.
    pub code: String,
    pub message: Uuid,
}

/// The reception that new cases of an account enter: the owning agency's if it has one, else the city's.
pub fn reception_of(reference: &Reference, account_agency: Option<Uuid>) -> Uuid {
    account_agency.filter(|id| reference.agencies.get(*id).is_some_and(|agency| agency.has_reception)).unwrap_or(reference.city)
}

/// Begins a case with its first message and queues the receipt.
pub async fn begin(tx: &mut Tx, city: &City, reference: &Reference, incoming: Incoming, beginning: Beginning) -> Result<Begun> {
    let now = city.now();
    let reception = reception_of(reference, incoming.account_agency);
    let (conversation, identity, name, language) = conversation_for(tx, city, &incoming).await?;
    let received_at = now;
    let state = CaseState::receive(domain::case::Received {
        by: reception,
        at: received_at,
        visibility: beginning.visibility,
        identity_proven: false,
    });
    let code = match beginning.code {
        Some(code) => code,
        None => free_codes(tx, city, received_at, 1).await?.remove(0),
    };
    let id = city.new_id();
    let proposal = beginning.proposal;
    let row = CaseRow {
        id,
        code: code.as_str().to_owned(),
        version: 1,
        state: Json(Value::Null),
        stage: String::new(),
        label: String::new(),
        queue: String::new(),
        open: true,
        sealed: false,
        visibility: String::new(),
        track: None,
        field: None,
        ward: beginning.ward,
        title: proposal.title.clone(),
        language: language.clone(),
        channel: incoming.channel.clone(),
        conversation_id: conversation.id,
        contact_id: conversation.contact_id,
        business_id: beginning.business_id,
        agency_id: reception,
        officer_id: None,
        proposal: Json(serde_json::to_value(&proposal)?),
        explanation: None,
        hint_case_id: beginning.hint,
        received_at: received_at.as_microsecond(),
        confirm_by: proposal.confirm_by.map(Timestamp::as_microsecond),
        due_at: None,
        sort_at: 0,
        clock_at: None,
        timer_at: None,
        answered_at: None,
        closed_at: None,
        published_at: None,
        updated_at: now.as_microsecond(),
    };
    let mut case = OpenCase::fresh(row, state);
    let summary = domain::case::Summary::from(&case.state);
    let told = json!({ "row": "1", "channel": incoming.channel, "after": serde_json::to_value(summary)?, "silent": beginning.silent });
    case.event(city, "sender", "receive", told, None);
    let chat = Chat::of(&identity, conversation.id, incoming.external_id.as_deref());
    let reach = Reach { identity, name, language, threading: threading_for_reply(&incoming), chat };
    let message = message_row(city, &conversation, &incoming, "report", false);
    let (message_id, files) = (message.id, incoming.files);
    let code = case.row.code.clone();
    // The row must be there before the messages that are tied to it.
    let kept = OpenCaseView::of(&case);
    case.save(tx, city, reference).await?;
    store::messages::insert(tx, Some(id), vec![message]).await?;
    store::files::insert(tx, files.into_iter().map(|file| FileRow { case_id: Some(id), message_id: Some(message_id), ..file }).collect())
        .await?;
    if beginning.silent.is_none() {
        let words = receipt(reference, &proposal, &reach);
        let asking = if reach.chat.is_some() { crate::chat::missing(reference, id, &proposal, &reach) } else { Asking::default() };
        ask(tx, city, reference, Some(&kept.into_case()), &reach, words, asking).await?;
    }
    Ok(Begun { case: id, code, message: message_id })
}

/// Adds a message of the sender's to a case; `unconfirmed` when it came from an address that the case does not know.
pub async fn join(tx: &mut Tx, city: &City, reference: &Reference, incoming: Incoming, case: Uuid, unconfirmed: bool) -> Result<Uuid> {
    let mut case = OpenCase::load(tx, case).await?;
    let (conversation, _, _, _) = conversation_for(tx, city, &incoming).await?;
    let message = message_row(city, &conversation, &incoming, "reply", unconfirmed);
    let (id, files, case_id) = (message.id, incoming.files, case.id());
    store::messages::insert(tx, Some(case_id), vec![message]).await?;
    store::files::insert(tx, files.into_iter().map(|file| FileRow { case_id: Some(case_id), message_id: Some(id), ..file }).collect())
        .await?;
    let waiting_for_info = case.state.waiting.is_some() && !crate::change::waits_for_proof(&case.state);
    if waiting_for_info && !unconfirmed {
        case.act(city, reference, &domain::case::Actor::SENDER, &domain::case::Action::InfoArrived, Details::none())?;
    } else {
        let kind = if unconfirmed { "message_unconfirmed" } else { "message_joined" };
        case.event(city, "sender", kind, json!({ "message": id, "channel": incoming.channel }), None);
    }
    case.save(tx, city, reference).await?;
    Ok(id)
}

/// Keeps a message on its conversation alone: an automatic reply belongs to no case's talk.
pub async fn keep_aside(tx: &mut Tx, city: &City, incoming: Incoming, kind: &str, case: Option<Uuid>) -> Result<Uuid> {
    let (conversation, _, _, _) = conversation_for(tx, city, &incoming).await?;
    let message = message_row(city, &conversation, &incoming, kind, false);
    let id = message.id;
    store::messages::insert(tx, case, vec![message]).await?;
    Ok(id)
}

/// The conversation of a sender on an account; made when the channel vouches for a sender seen for the first time.
pub async fn conversation_for(tx: &mut Tx, city: &City, incoming: &Incoming) -> Result<(ConversationRow, IdentityRow, String, String)> {
    let now = city.now().as_microsecond();
    let sender = &incoming.sender;
    let vouched = !sender.kind.starts_with("typed_");
    let known = if vouched && !sender.new { store::contacts::vouched(tx, &sender.kind, &sender.value).await? } else { None };
    let (identity, name, language) = match known {
        Some(identity) => {
            if let Some(conversation) = store::conversations::of_identity(tx, incoming.account_id, identity.id).await? {
                return Ok((conversation, identity, sender.name.clone(), sender.language.clone()));
            }
            (identity, sender.name.clone(), sender.language.clone())
        }
        None => {
            let contact = ContactRow { id: city.new_id(), name: sender.name.clone(), language: sender.language.clone(), created_at: now };
            let identity = IdentityRow {
                id: city.new_id(),
                contact_id: contact.id,
                kind: sender.kind.clone(),
                value: sender.value.clone(),
                verified_at: None,
                mail_stopped_at: None,
                created_at: now,
            };
            store::contacts::insert(tx, vec![(contact.clone(), identity.clone())]).await?;
            (identity, contact.name, contact.language)
        }
    };
    let conversation = ConversationRow {
        id: city.new_id(),
        account_id: incoming.account_id,
        identity_id: identity.id,
        contact_id: identity.contact_id,
        subject: incoming.subject.clone(),
        created_at: now,
        talk: Json(json!({})),
        acted_at: None,
        quota: None,
    };
    store::conversations::insert(tx, vec![conversation.clone()]).await?;
    Ok((conversation, identity, name, language))
}

/// A number or an address that the vendor vouches for.
pub fn proven_identity(city: &City, contact: Uuid, kind: &str, value: String) -> IdentityRow {
    let now = city.now().as_microsecond();
    IdentityRow {
        id: city.new_id(),
        contact_id: contact,
        kind: kind.into(),
        value,
        verified_at: Some(now),
        mail_stopped_at: None,
        created_at: now,
    }
}

pub fn message_row(city: &City, conversation: &ConversationRow, incoming: &Incoming, kind: &str, unconfirmed: bool) -> MessageRow {
    let now = city.now().as_microsecond();
    MessageRow {
        id: city.new_id(),
        conversation_id: conversation.id,
        direction: "in".into(),
        kind: kind.into(),
        officer_id: None,
        agency_id: None,
        subject: incoming.subject.clone(),
        text: incoming.text.clone(),
        quoted: incoming.quoted.clone(),
        html: incoming.html,
        external_id: incoming.external_id.clone(),
        threading: Json(incoming.threading.clone()),
        recipient: None,
        state: "received".into(),
        state_reason: None,
        state_at: now,
        unconfirmed,
        delivery_id: incoming.delivery_id,
        // A clock of the sender's that runs ahead must not put the message behind its answer.
        created_at: incoming.written_at.as_microsecond().min(now),
        stored_at: now,
    }
}

/// What a reply to this very message needs.
fn threading_for_reply(incoming: &Incoming) -> Value {
    json!({ "in_reply_to": incoming.external_id, "references": incoming.threading.get("references"), "subject": incoming.subject })
}

fn receipt<'a>(reference: &Reference, proposal: &Proposal, reach: &Reach) -> Words<'a> {
    let english = reach.language == "en";
    let field = proposal.fields.first().map_or("", |(field, _)| reference.field_name(field, english));
    let mut values = vec![("field", if field.is_empty() { proposal_field_unknown(english).to_owned() } else { field.to_owned() })];
    values.extend(agency_and_date(reference, "agency", proposal.lead, "confirm_by", proposal.confirm_by, &reach.language));
    let kind = if reach.identity.kind == crate::tell::COMMENTER { "receipt_comment" } else { "receipt" };
    Words { kind, values, officer: None, agency: None }
}

fn proposal_field_unknown(english: bool) -> &'static str {
    if english { "to be classified by our staff" } else { "cán bộ tiếp nhận sẽ phân loại" }
}

/// Tracking codes that nobody has (domain.md §2.7): drawn at random, drawn again on a clash. Asked before the transaction they
/// cost no turn of the writer; the unique index has the last word.
pub async fn free_codes(q: &mut impl Query, city: &City, at: Timestamp, count: usize) -> Result<Vec<TrackingCode>> {
    let year = domain::time::local_date(at).year();
    let mut codes: Vec<TrackingCode> = Vec::with_capacity(count);
    for _ in 0..50 {
        while codes.len() < count {
            let code = draw_code(year, city.random.as_ref())?;
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        let taken = store::cases::taken(q, &codes.iter().map(TrackingCode::as_str).collect::<Vec<_>>()).await?;
        if taken.is_empty() {
            return Ok(codes);
        }
        codes.retain(|code| !taken.iter().any(|taken| taken == code.as_str()));
    }
    Err(Error::Internal("no free tracking code was found in 50 draws".into()))
}

/// Seven digits from 2,000,000 to 9,999,999.
pub fn draw_code(year: i16, random: &dyn Random) -> Result<TrackingCode> {
    let mut bits = [0; 8];
    random.fill(&mut bits);
    let serial = 2_000_000 + u32::try_from(u64::from_le_bytes(bits) % 8_000_000).unwrap_or(0);
    TrackingCode::from_parts(year, serial).map_err(|error| Error::Internal(error.to_string()))
}

/// Enough of a case to speak about it after it was saved.
struct OpenCaseView {
    row: CaseRow,
    state: CaseState,
}

impl OpenCaseView {
    fn of(case: &OpenCase) -> Self {
        Self { row: case.row.clone(), state: case.state.clone() }
    }

    fn into_case(self) -> OpenCase {
        OpenCase::fresh(self.row, self.state)
    }
}

/// `26 4071 923 5`
pub fn spaced(code: &str) -> String {
    shown_code(code)
}
