//! The one door by which a case changes.
//!
//! A case is read, acted on and saved inside one transaction: the domain decides, the row and its columns follow, every
//! act leaves an event in the case's chain, and the change feed tells who listens.

use domain::case::{Action, Actor, CaseState, Decision, GuardCode, Refused, Stage, WaitingFor};
use domain::deadline::{Explanation, Step, compute_paused};
use domain::event::{Event, GENESIS, personal_hash};
use domain::permission::{Act, CaseFacts};
use domain::tracking_code::TrackingCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use store::Json;
use store::cases::{CaseRow, NO_DATE};
use store::events::EventRow;
use store::{Query, Tx, change_feed};
use uuid::Uuid;

use crate::reference::Reference;
use crate::{City, Error, Officer, Result};

/// A case on the desk: read, perhaps changed, not yet saved.
pub struct OpenCase {
    pub row: CaseRow,
    pub state: CaseState,
    head: Option<(i64, String)>,
    events: Vec<EventRow>,
    fresh: bool,
}

impl OpenCase {
    /// A case that does not exist yet.
    pub fn fresh(row: CaseRow, state: CaseState) -> Self {
        Self { row, state, head: None, events: Vec::new(), fresh: true }
    }

    /// Reads a case to change it.
    pub async fn load(tx: &mut Tx, id: Uuid) -> Result<Self> {
        let row = store::cases::find(tx, id).await?;
        let head = store::events::head(tx, id).await?;
        let state = state_of(&row)?;
        Ok(Self { row, state, head, events: Vec::new(), fresh: false })
    }

    pub fn id(&self) -> Uuid {
        self.row.id
    }

    pub fn code(&self) -> String {
        shown_code(&self.row.code)
    }

    pub fn facts(&self) -> CaseFacts {
        CaseFacts::from(&self.state)
    }

    /// Whether an officer may do this with the case. Who may not even read it learns nothing of it.
    pub fn allow(&self, officer: &Officer, act: Act) -> Result<()> {
        let facts = self.facts();
        match (officer.viewer.may(Act::Read, &facts), officer.viewer.may(act, &facts)) {
            (true, true) => Ok(()),
            (true, false) => Err(Error::Forbidden),
            (false, _) => Err(Error::NotFound),
        }
    }

    /// Refuses what was decided on an older reading of the case.
    pub fn expect_version(&self, version: i64) -> Result<()> {
        if self.row.version == version { Ok(()) } else { Err(Error::Stale) }
    }

    /// An officer acts in whichever of his roles may. Who may not even read the case learns nothing of it.
    pub fn act_as(&mut self, city: &City, reference: &Reference, officer: &Officer, action: &Action, details: Details) -> Result<Decision> {
        if !officer.viewer.may(Act::Read, &self.facts()) {
            return Err(Error::NotFound);
        }
        let mut refused = Refused::NotYourRole;
        for (role, agency) in &officer.roles {
            // A leader acts for the bodies below his own as well.
            let agency = match self.state.lead {
                Some(lead) if *role == domain::case::Role::Leader && reference.agencies.is_within(lead, *agency) => lead,
                _ => *agency,
            };
            let actor = Actor::officer(*role, officer.id, agency);
            match domain::case::decide(&self.state, action, &actor, city.now(), &reference.book) {
                Ok(decision) => {
                    self.take(city, reference, &decision, &actor, details)?;
                    return Ok(decision);
                }
                Err(reason) => refused = more_telling(refused, reason),
            }
        }
        Err(refused.into())
    }

    /// The sender or the program acts.
    pub fn act(&mut self, city: &City, reference: &Reference, actor: &Actor, action: &Action, details: Details) -> Result<Decision> {
        let decision = domain::case::decide(&self.state, action, actor, city.now(), &reference.book)?;
        self.take(city, reference, &decision, actor, details)?;
        Ok(decision)
    }

    fn take(&mut self, city: &City, reference: &Reference, decision: &Decision, actor: &Actor, details: Details) -> Result<()> {
        self.state = decision.state.clone();
        let mut data = json!({
            "row": decision.row.number,
            "before": serde_json::to_value(&decision.before)?,
            "after": serde_json::to_value(&decision.after)?,
        });
        merge(&mut data, details.public);
        self.explain(reference)?;
        self.event(city, &actor_code(actor), decision.row.name, data, details.private);
        Ok(())
    }

    /// Adds an event that is no transition: a note, a failed delivery, unmasked contact data.
    pub fn event(&mut self, city: &City, actor: &str, kind: &str, data: Value, private: Option<Value>) {
        let (seq, prev_hash) = self.head.clone().unwrap_or((0, GENESIS.to_owned()));
        let salt = private.as_ref().map(|_| {
            let mut bits = [0; 16];
            city.random.fill(&mut bits);
            bits
        });
        let personal = private.as_ref().zip(salt.as_ref()).map(|(values, salt)| personal_hash(salt, values));
        let at = city.now();
        let event = Event {
            case_id: self.row.id,
            seq: u64::try_from(seq + 1).unwrap_or(1),
            at,
            actor: actor.to_owned(),
            kind: kind.to_owned(),
            data,
            personal_hash: personal,
            prev_hash,
        };
        let hash = event.hash();
        self.head = Some((seq + 1, hash.clone()));
        self.events.push(EventRow {
            case_id: event.case_id,
            seq: seq + 1,
            at: at.as_microsecond(),
            actor: Json(Value::from(event.actor)),
            kind: event.kind,
            body: Json(event.data),
            personal: private.map(Json),
            personal_salt: salt.map(hex::encode),
            personal_hash: event.personal_hash,
            prev_hash: event.prev_hash,
            hash,
        });
    }

    /// Keeps the explanation of the due date beside the case, as it stands after this act.
    fn explain(&mut self, reference: &Reference) -> Result<()> {
        let (Some(track), Some(lead)) = (self.state.track, self.state.lead) else { return Ok(()) };
        let due = compute_paused(
            &reference.book,
            track,
            self.state.urgency,
            Some(lead),
            Step::Answer,
            self.state.received_at,
            &self.state.pauses,
        );
        self.row.explanation = match due {
            Some(due) => Some(Json(serde_json::to_value(due.explanation)?)),
            None => None,
        };
        Ok(())
    }

    /// Writes row, parties, events and news. [`Error::Stale`] when somebody else was faster.
    pub async fn save(mut self, tx: &mut Tx, city: &City, reference: &Reference) -> Result<CaseRow> {
        let now = city.now();
        if self.row.published_at.is_some() && self.state.published_at.is_none() {
            self.unpublish(tx, now).await?;
        }
        self.draw(reference, now)?;
        if self.fresh {
            store::cases::insert(tx, &self.row).await?;
        } else {
            store::cases::update(tx, &mut self.row).await?;
        }
        self.write_parties(tx).await?;
        store::events::append(tx, self.events).await?;
        change_feed::add(tx, "case", self.row.id, now).await?;
        Ok(self.row)
    }

    /// What may no longer be public leaves the public pages with the act that made it so.
    async fn unpublish(&self, tx: &mut Tx, now: Timestamp) -> Result<()> {
        let publication = store::answers::publication_of_case(tx, self.id()).await?;
        if store::answers::unpublish(tx, self.id(), "case_not_public", now).await? > 0
            && let Some(publication) = publication
        {
            change_feed::add(tx, "publication", publication.id, now).await?;
        }
        Ok(())
    }

    /// Columns for lists and timers, drawn from the state.
    fn draw(&mut self, reference: &Reference, now: Timestamp) -> Result<()> {
        draw(&mut self.row, &self.state, reference, now)
    }

    async fn write_parties(&self, tx: &mut Tx) -> Result<()> {
        let (id, at) = (self.row.id, self.row.received_at);
        if !self.fresh {
            store::cases::drop_parties(tx, id, "co").await?;
        }
        let mut rows = vec![(id, self.state.received_by, "received", at)];
        rows.extend(self.state.lead.map(|lead| (id, lead, "lead", at)));
        rows.extend(self.state.co_agencies.iter().map(|co| (id, *co, "co", at)));
        rows.extend(self.state.sealed_receivers.iter().map(|officer| (id, *officer, "sealed", at)));
        store::cases::add_parties(tx, rows).await?;
        Ok(())
    }
}

/// What an event says beside before and after: `public` goes into the hashed body, `private` (free text, which may name
/// people) stands beside it under a salted hash.
#[derive(Debug, Default)]
pub struct Details {
    pub public: Value,
    pub private: Option<Value>,
}

impl Details {
    pub fn none() -> Self {
        Self::default()
    }

    pub fn private(value: Value) -> Self {
        Self { public: Value::Null, private: Some(value) }
    }

    pub fn public(value: Value) -> Self {
        Self { public: value, private: None }
    }
}

/// The state in a row.
pub fn state_of(row: &CaseRow) -> Result<CaseState> {
    state_in(&row.state.0)
}

/// The state as it is stored.
pub fn state_in(stored: &Value) -> Result<CaseState> {
    Ok(CaseState::deserialize(stored)?)
}

/// The state of a case in a list.
pub fn state_of_line(line: &store::cases::Line) -> Result<CaseState> {
    Ok(serde_json::from_str(line.state.0.get())?)
}

/// The explanation of a row's due date, if it has one.
pub fn explanation_of(row: &CaseRow) -> Option<Explanation> {
    serde_json::from_value(row.explanation.as_ref()?.0.clone()).ok()
}

/// `26 4071 923 5` of the stored digits.
pub fn shown_code(stored: &str) -> String {
    stored.parse::<TrackingCode>().map_or_else(|_| stored.to_owned(), |code| code.display())
}

/// Columns of a row, drawn from the state. `verify` draws them again and compares.
pub fn draw(row: &mut CaseRow, state: &CaseState, reference: &Reference, now: Timestamp) -> Result<()> {
    row.state = Json(serde_json::to_value(state)?);
    row.stage = state.stage.as_str().to_owned();
    row.label = state.label().as_str().to_owned();
    row.queue = queue_of(state).to_owned();
    row.open = state.is_open();
    row.sealed = state.sealed;
    row.visibility = state.visibility.as_str().to_owned();
    row.track = state.track.map(|track| track.as_str().to_owned());
    row.field = state.field.clone();
    // A closed case stays with the agency that answered it.
    row.agency_id = state.responsible_agency().or(state.lead).unwrap_or(state.received_by);
    row.officer_id = state.officer;
    row.due_at = state.due.map(Timestamp::as_microsecond);
    row.clock_at = state.due.filter(|_| state.clock_runs()).map(Timestamp::as_microsecond);
    row.timer_at = state.next_timer(&reference.book).map(Timestamp::as_microsecond);
    let sort_at = row.clock_at.or(match state.stage {
        Stage::New => row.confirm_by.or(Some(row.received_at)),
        Stage::Waiting => state.waiting.as_ref().map(|waiting| waiting.until.as_microsecond()),
        Stage::Answered => row.timer_at,
        _ => None,
    });
    row.sort_at = sort_at.unwrap_or(NO_DATE);
    row.answered_at = state.answered_at.map(Timestamp::as_microsecond);
    row.closed_at = state.closed_at.map(Timestamp::as_microsecond);
    row.published_at = state.published_at.map(Timestamp::as_microsecond);
    row.updated_at = now.as_microsecond();
    Ok(())
}

/// The queue a case waits in.
pub fn queue_of(state: &CaseState) -> &'static str {
    match state.stage {
        Stage::New => "screen",
        Stage::Waiting => "waiting",
        Stage::Routed if state.returned.is_some() => "returned",
        Stage::Routed => "accept",
        Stage::Working => "work",
        Stage::Approval => "approve",
        Stage::Answered => "answered",
        Stage::Closed => "closed",
    }
}

/// Whether the sender has to prove the contact first.
pub fn waits_for_proof(state: &CaseState) -> bool {
    state.waiting.as_ref().is_some_and(|waiting| waiting.for_what == WaitingFor::Proof)
}

/// `officer:<id>`, `sender`, `system`.
pub fn actor_code(actor: &Actor) -> String {
    match actor.officer {
        Some(officer) => format!("officer:{officer}"),
        None => actor.role.as_str().to_owned(),
    }
}

/// Of two refusals the one that helps more: a guard says what is missing, a role only that somebody else may.
fn more_telling(one: Refused, other: Refused) -> Refused {
    let rank = |refused: &Refused| match refused {
        Refused::NotYourRole => 0,
        // These two say no more than that it takes another role.
        Refused::Guard(GuardCode::NotYourAgency | GuardCode::NeedsLeader) => 1,
        Refused::NotFromHere { .. } => 2,
        Refused::Guard(_) => 3,
    };
    if rank(&other) > rank(&one) { other } else { one }
}

fn merge(into: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (into, more) {
        into.extend(more);
    }
}

/// Adds an event to a case's chain without changing the case: news of a delivery must not make an officer's open page old.
/// Two that append at once meet in the key of the chain; the later one's job comes again.
pub async fn note_event(tx: &mut Tx, city: &City, case: Uuid, kind: &str, data: Value, private: Option<Value>) -> store::Result<()> {
    event_by(tx, city, case, "system", kind, data, private).await
}

/// The same of what somebody did.
pub async fn event_by(
    tx: &mut Tx,
    city: &City,
    case: Uuid,
    actor: &str,
    kind: &str,
    data: Value,
    private: Option<Value>,
) -> store::Result<()> {
    let row = store::cases::find(tx, case).await?;
    let head = store::events::head(tx, case).await?;
    let state = serde_json::from_value(row.state.0.clone()).map_err(store::Error::corrupt)?;
    let mut open = OpenCase { row, state, head, events: Vec::new(), fresh: false };
    open.event(city, actor, kind, data, private);
    store::events::append(tx, open.events).await
}

/// Reads a case for somebody who wants to do `act` with it; who may not gets the same answer as for an unknown one.
pub async fn read_for(q: &mut impl Query, officer: &Officer, act: Act, id: Uuid) -> Result<(CaseRow, CaseState)> {
    shown(officer, act, store::cases::find(q, id).await?)
}

/// The same of a row that was read.
pub fn shown(officer: &Officer, act: Act, row: CaseRow) -> Result<(CaseRow, CaseState)> {
    let state = state_of(&row)?;
    if officer.viewer.may(act, &CaseFacts::from(&state)) { Ok((row, state)) } else { Err(Error::NotFound) }
}

/// The same for an act on a case that may be read: who may not act is told so.
pub async fn read_to(q: &mut impl Query, officer: &Officer, act: Act, id: Uuid) -> Result<(CaseRow, CaseState)> {
    let (row, state) = read_for(q, officer, Act::Read, id).await?;
    if officer.viewer.may(act, &CaseFacts::from(&state)) { Ok((row, state)) } else { Err(Error::Forbidden) }
}
