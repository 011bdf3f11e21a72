//! An officer acts on a case: one function for every row of the table of transitions that a person may take.
//!
//! The page says on which version of the case the officer decided. If somebody changed it meanwhile, nothing happens and
//! both texts stay on the page.

use domain::case::{Action, Actor, Decision};
use domain::time::local_date;
use jiff::Timestamp;
use serde_json::json;
use store::Tx;
use store::cases::CaseRow;
use uuid::Uuid;

use crate::change::{Details, OpenCase};
use crate::reference::Reference;
use crate::tell::{Reach, Words, tell};
use crate::words_of::{day, moment};
use crate::{City, Error, Officer, Result};

/// Acts, tells the sender where the table says so, saves.
pub async fn act(city: &City, officer: &Officer, case: Uuid, version: i64, action: Action) -> Result<CaseRow> {
    let reference = city.reference();
    let mut tx = city.db.begin().await?;
    let mut case = OpenCase::load(&mut tx, case).await?;
    case.expect_version(version)?;
    if matches!(action, Action::AskInfo { .. } | Action::Refuse { .. }) {
        begin_screening(city, &reference, officer, &mut case)?;
    }
    step(&mut tx, city, &reference, officer, &mut case, &action).await?;
    let row = case.save(&mut tx, city, &reference).await?;
    tx.commit().await?;
    Ok(row)
}

/// What is done in screening begins it on the way when nobody had.
fn begin_screening(city: &City, reference: &Reference, officer: &Officer, case: &mut OpenCase) -> Result<()> {
    if case.state.stage == domain::case::Stage::New && !case.state.screening {
        case.act_as(city, reference, officer, &Action::StartScreening, Details::none())?;
    }
    Ok(())
}

/// Routes a case, and begins screening on the way when nobody had: the operator's one key.
pub async fn route(city: &City, officer: &Officer, case: Uuid, version: i64, route: Routing) -> Result<CaseRow> {
    let reference = city.reference();
    let today = city.today();
    let mut tx = city.db.begin().await?;
    let mut case = OpenCase::load(&mut tx, case).await?;
    case.expect_version(version)?;
    begin_screening(city, &reference, officer, &mut case)?;
    if route.track.needs_identity() && !case.state.identity_proven && case.state.in_reception() {
        // The sender is asked to prove the contact first; the operator routes when that is done.
        let action = Action::RequireProof { track: route.track };
        case.act(city, &reference, &Actor::SYSTEM, &action, details(&action))?;
        if let Some(words) = words(&reference, &case, &action, Some(officer.id), None) {
            let reach = Reach::of_case(&mut tx, &case).await?;
            tell(&mut tx, city, &reference, &case, &reach, words).await?;
        }
        let row = case.save(&mut tx, city, &reference).await?;
        tx.commit().await?;
        return Ok(row);
    }
    let lead_competent = reference.agencies.is_competent(route.lead, today);
    let action = if case.state.returned.is_some() {
        Action::Reroute { lead: route.lead, lead_competent, co: route.co, why: route.why }
    } else {
        if !route.title.trim().is_empty() {
            case.row.title = language::title::title(&route.title);
        }
        Action::Route {
            track: route.track,
            field: route.field,
            urgency: route.urgency,
            lead: route.lead,
            lead_competent,
            co: route.co,
            why: route.why,
        }
    };
    step(&mut tx, city, &reference, officer, &mut case, &action).await?;
    let row = case.save(&mut tx, city, &reference).await?;
    tx.commit().await?;
    Ok(row)
}

/// What the operator decided.
#[derive(Debug, Clone)]
pub struct Routing {
    pub track: domain::track::Track,
    pub field: String,
    pub urgency: domain::track::Urgency,
    pub lead: Uuid,
    pub co: Vec<Uuid>,
    pub why: String,
    /// Replaces the title when not empty.
    pub title: String,
}

/// Sends the case's sender to another body: complaint, denunciation, emergency, or outside the city.
pub async fn guide(
    city: &City,
    officer: &Officer,
    case: Uuid,
    version: i64,
    track: Option<domain::track::Track>,
    guide: &str,
) -> Result<CaseRow> {
    let reference = city.reference();
    let wording = reference.guides.get(guide).ok_or(Error::NotFound)?;
    let mut tx = city.db.begin().await?;
    let mut case = OpenCase::load(&mut tx, case).await?;
    case.expect_version(version)?;
    begin_screening(city, &reference, officer, &mut case)?;
    let text = if case.row.language == "en" && !wording.text_en.is_empty() { &wording.text_en } else { &wording.text };
    let action = Action::Guide { track, to: text.clone() };
    step(&mut tx, city, &reference, officer, &mut case, &action).await?;
    let row = case.save(&mut tx, city, &reference).await?;
    tx.commit().await?;
    Ok(row)
}

/// One act inside a transaction that is already open, with the words to the sender that belong to it.
pub async fn step(
    tx: &mut Tx,
    city: &City,
    reference: &Reference,
    officer: &Officer,
    case: &mut OpenCase,
    action: &Action,
) -> Result<Decision> {
    let decision = case.act_as(city, reference, officer, action, details(action))?;
    if decision.tell_sender {
        let agency = decision.state.lead.or(Some(decision.state.received_by));
        if let Some(words) = words(reference, case, action, Some(officer.id), agency) {
            let reach = Reach::of_case(tx, case).await?;
            tell(tx, city, reference, case, &reach, words).await?;
        }
    }
    Ok(decision)
}

/// What the event keeps: free text apart from the chain, because it may name people.
pub fn details(action: &Action) -> Details {
    let Ok(mut value) = serde_json::to_value(action) else { return Details::none() };
    let mut private = serde_json::Map::new();
    if let Some(fields) = value.as_object_mut() {
        fields.remove("action");
        for name in ["question", "text", "why", "reason", "to"] {
            if let Some(free) = fields.remove(name) {
                private.insert(name.to_owned(), free);
            }
        }
    }
    Details { public: json!({ "with": value }), private: (!private.is_empty()).then_some(private.into()) }
}

/// The words that belong to an act; none for an answer, which brings its own text.
pub fn words<'a>(
    reference: &Reference,
    case: &OpenCase,
    action: &Action,
    officer: Option<Uuid>,
    agency: Option<Uuid>,
) -> Option<Words<'a>> {
    let language = case.row.language.as_str();
    let due = || case.state.due.map_or_else(|| "—".to_owned(), |due| day(due, language));
    let agency_name = || agency.map_or_else(String::new, |id| reference.name(id).to_owned());
    let (kind, values): (&str, Vec<(&str, String)>) = match action {
        Action::RequireProof { .. } => ("prove", vec![("until", until(case, language))]),
        Action::AskInfo { question, until } => {
            ("question", vec![("question", question.clone()), ("until", moment(*until, language)), ("agency", agency_name())])
        }
        Action::Remind { .. } if crate::change::waits_for_proof(&case.state) => ("prove_reminder", vec![("until", until(case, language))]),
        Action::Remind { question } => ("reminder", vec![("question", question.clone()), ("until", until(case, language))]),
        Action::InfoExpired | Action::ProofExpired => ("no_reply", vec![]),
        Action::Refuse { ground, text, .. } => {
            let wording = reference.grounds.get(ground.as_str());
            let legal = wording.map_or("", |w| if language == "en" && !w.text_en.is_empty() { &w.text_en } else { &w.text });
            ("refused", vec![("reason", [legal, text.trim()].join("\n\n").trim().to_owned())])
        }
        Action::Guide { to, .. } => ("guided", vec![("reason", to.clone())]),
        Action::Merge { .. } => ("merged", vec![]),
        Action::Route { .. } | Action::Reroute { .. } => ("routed", vec![("agency", agency_name()), ("due", due())]),
        Action::Correct { .. } => ("corrected", vec![("agency", agency_name()), ("due", due())]),
        Action::Extend { reason, .. } => ("extended", vec![("agency", agency_name()), ("due", due()), ("reason", reason.clone())]),
        Action::SendBack { .. } => ("sent_back", vec![("agency", agency_name()), ("due", due())]),
        Action::Reopen { .. } => ("reopened", vec![("agency", agency_name()), ("due", due())]),
        Action::Withdraw => ("withdrawn", vec![]),
        Action::CalendarChanged => ("corrected", vec![("agency", agency_name()), ("due", due())]),
        _ => return None,
    };
    Some(Words { kind, values, officer, agency })
}

fn until(case: &OpenCase, language: &str) -> String {
    case.state.waiting.as_ref().map_or_else(String::new, |waiting| moment(waiting.until, language))
}

/// The latest date by which the sender may be asked to answer.
pub fn latest_question_date(city: &City) -> Timestamp {
    let reference = city.reference();
    let days = reference.book.limits.info_max_working_days;
    domain::time::last_moment_of(reference.book.calendar.add_working_days(local_date(city.now()), days))
}
