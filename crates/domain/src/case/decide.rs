//! One door: an act on a case is either a new state with the row that allowed it, or refused.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::action::{Action, GuardCode, Refused};
use super::stage::{Label, Role, Stage};
use super::state::CaseState;
use super::steps;
use super::transition::{Row, row};
use crate::deadline::RuleBook;
use crate::time::local_date;
use crate::track::{Track, Urgency};

/// Who acts. For coordinators, handlers and leaders `agency` is the agency in whose name they
/// act; for a leader of a body above, the caller passes the lead after asking the agency tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    pub role: Role,
    pub officer: Option<Uuid>,
    pub agency: Option<Uuid>,
}

impl Actor {
    /// The program itself: expiries, reminders, calendar changes.
    pub const SYSTEM: Actor = Actor { role: Role::System, officer: None, agency: None };
    /// Whoever proved to be the sender.
    pub const SENDER: Actor = Actor { role: Role::Sender, officer: None, agency: None };

    pub const fn officer(role: Role, officer: Uuid, agency: Uuid) -> Self {
        Self { role, officer: Some(officer), agency: Some(agency) }
    }
}

/// What an event keeps of a state, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub label: Label,
    pub track: Option<Track>,
    pub field: Option<String>,
    pub urgency: Urgency,
    pub responsible: Option<Uuid>,
    pub officer: Option<Uuid>,
    pub due: Option<Timestamp>,
    pub sealed: bool,
    pub published: bool,
}

impl From<&CaseState> for Summary {
    fn from(state: &CaseState) -> Self {
        Self {
            label: state.label(),
            track: state.track,
            field: state.field.clone(),
            urgency: state.urgency,
            responsible: state.responsible_agency(),
            officer: state.officer,
            due: state.due,
            sealed: state.sealed,
            published: state.published_at.is_some(),
        }
    }
}

/// An act that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    pub state: CaseState,
    pub row: &'static Row,
    /// The sender is told in the same act.
    pub tell_sender: bool,
    pub before: Summary,
    pub after: Summary,
}

/// Applies an act. Checked in this order: the case is where the row begins, the role may do it,
/// the guard holds. `now` is never before the case was received.
pub fn decide(state: &CaseState, action: &Action, actor: &Actor, now: Timestamp, book: &RuleBook) -> Result<Decision, Refused> {
    let label = state.label();
    let row = row_of(action, label);
    if !row.from.contains(&label) {
        return Err(Refused::NotFromHere { label });
    }
    if !row.roles.contains(&actor.role) {
        return Err(Refused::NotYourRole);
    }
    if actor.role.acts_for_lead() && (state.lead.is_none() || actor.agency != state.lead) {
        return Err(GuardCode::NotYourAgency.into());
    }
    let mut next = state.clone();
    steps::apply(&mut next, action, actor, now, book)?;
    let (before, after) = (Summary::from(state), Summary::from(&next));
    Ok(Decision { state: next, row, tell_sender: row.tell_sender, before, after })
}

/// The row an action stands for; asking the sender is row 6 in screening and row 18 elsewhere.
fn row_of(action: &Action, label: Label) -> &'static Row {
    let number = match action {
        Action::RequireProof { .. } => "2",
        Action::ProofGiven => "3",
        Action::ProofExpired => "4",
        Action::StartScreening => "5",
        Action::AskInfo { .. } if label == Label::Screen => "6",
        Action::AskInfo { .. } => "18",
        Action::InfoArrived => "7",
        Action::InfoExpired => "8",
        Action::Refuse { .. } => "9",
        Action::Guide { .. } => "10",
        Action::Merge { .. } => "11",
        Action::Object => "11b",
        Action::Route { .. } => "12",
        Action::Correct { .. } => "12b",
        Action::Accept { .. } => "13",
        Action::Assign { .. } => "13b",
        Action::Return { .. } => "14",
        Action::Reroute { .. } => "15",
        Action::SubRequest { .. } => "16",
        Action::SubRequestDone { .. } => "17",
        Action::Extend { .. } => "19",
        Action::SubmitDraft { .. } => "20",
        Action::ReturnDraft { .. } => "20b",
        Action::ApproveDraft => "21",
        Action::SendAnswer { .. } => "21b",
        Action::SendBack { .. } => "22",
        Action::Pledge { .. } => "23",
        Action::PledgeKept { .. } => "24",
        Action::PledgeMissed { .. } => "25",
        Action::Reopen { .. } => "26",
        Action::Close { .. } => "27",
        Action::Withdraw => "28",
        Action::Publish { .. } => "29",
        Action::Unpublish { .. } => "30",
        Action::AnswerFromPublished { .. } => "31",
        Action::NotRight { .. } => "31b",
        Action::Seal { .. } => "32",
        Action::CalendarChanged => "33",
        Action::Remind { .. } => "34",
    };
    // A number that is not in the table is a fault of this match, found by the test that walks
    // every action; row 1 begins nowhere, so nothing could be done by it.
    row(number).unwrap_or(&super::transition::TRANSITIONS[0])
}

impl CaseState {
    /// Moment until which the agency should have accepted; later it escalates to its leader.
    pub fn accept_by(&self, book: &RuleBook) -> Option<Timestamp> {
        self.agency_step(book, crate::deadline::Step::Accept)
    }

    /// Last moment in which the agency may send the case back.
    pub fn bounce_by(&self, book: &RuleBook) -> Option<Timestamp> {
        self.agency_step(book, crate::deadline::Step::Bounce)
    }

    /// Target of reception, from receipt.
    pub fn screen_by(&self, book: &RuleBook) -> Option<Timestamp> {
        let track = self.track?;
        let step = crate::deadline::Step::Forward;
        let (urgency, at) = (self.urgency, self.received_at);
        let due = crate::deadline::compute_paused(book, track, urgency, Some(self.received_by), step, at, &self.pauses);
        due.map(|due| due.at)
    }

    fn agency_step(&self, book: &RuleBook, step: crate::deadline::Step) -> Option<Timestamp> {
        let (track, at) = (self.track?, self.routed_at?);
        crate::deadline::compute(book, track, self.urgency, self.lead, step, at).map(|due| due.at)
    }

    /// Local date of the day people are told.
    pub fn due_date(&self) -> Option<Date> {
        self.due.map(local_date)
    }

    /// Whether the case still stands in screening, or before.
    pub fn in_reception(&self) -> bool {
        self.effective_stage() == Stage::New
    }
}
