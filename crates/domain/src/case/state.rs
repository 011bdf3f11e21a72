//! What is stored of a case for its rules. One JSON value; texts, messages and people stand
//! elsewhere.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::stage::{Label, Outcome, SenderStep, Stage, WaitingFor};
use crate::deadline::{Pause, Unit};
use crate::track::{Track, Urgency};
use crate::visibility::Visibility;

/// Filled while the stage is `waiting`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    pub for_what: WaitingFor,
    /// Last moment for the sender.
    pub until: Timestamp,
    /// `new` (screening) or `working`.
    pub resume_to: Stage,
    pub paused_since: Timestamp,
    /// Asked by the handling officer, not by reception.
    pub asked_by_handler: bool,
    /// Reminders that went out.
    #[serde(default)]
    pub reminders: u32,
}

/// Filled while a return is being decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// The agency that sent it back; it stays responsible until somebody else leads.
    pub by: Uuid,
    pub reason: String,
    pub proposed: Option<Uuid>,
}

/// An answer before approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Officer who drafted; may not approve it.
    pub by: Uuid,
    pub at: Timestamp,
    pub answer_id: Uuid,
}

/// A question to another agency that is not answered yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubRequest {
    pub id: Uuid,
    pub agency: Uuid,
    pub due: Timestamp,
}

/// A promised action that is not done yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPledge {
    pub id: Uuid,
    pub due: Timestamp,
    /// The one new date has been used.
    pub moved: bool,
}

/// The rule behind the due date, kept so that reopening can halve it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    pub rule: Uuid,
    pub amount: u32,
    pub unit: Unit,
}

codes! {
    /// What the present due date rests on.
    pub enum DueBasis {
        /// The rule: computed again when track, field or calendar change.
        Rule = "rule",
        Extended = "extended",
        SentBack = "sent_back",
        Reopened = "reopened",
    }
}

/// What is known when a case begins (row 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The agency whose reception got it.
    pub by: Uuid,
    pub at: Timestamp,
    pub visibility: Visibility,
    /// The contact was proven before (log-in, the channel's own identity where it counts).
    pub identity_proven: bool,
}

/// Stage and facts of one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseState {
    pub stage: Stage,
    #[serde(default)]
    pub track: Option<Track>,
    /// Field code of the reference list.
    #[serde(default)]
    pub field: Option<String>,
    pub urgency: Urgency,
    /// Somebody has begun to classify.
    #[serde(default)]
    pub screening: bool,
    #[serde(default)]
    pub screening_by: Option<Uuid>,
    #[serde(default)]
    pub waiting: Option<Waiting>,
    /// The reception agency: responsible until routing.
    pub received_by: Uuid,
    #[serde(default)]
    pub lead: Option<Uuid>,
    #[serde(default)]
    pub co_agencies: Vec<Uuid>,
    #[serde(default)]
    pub returned: Option<Returned>,
    #[serde(default)]
    pub bounces: u32,
    /// How often the handling officer asked the sender.
    #[serde(default)]
    pub handler_asks: u32,
    #[serde(default)]
    pub officer: Option<Uuid>,
    #[serde(default)]
    pub draft: Option<Draft>,
    /// The answer that stands.
    #[serde(default)]
    pub answer_id: Option<Uuid>,
    #[serde(default)]
    pub open_subrequests: Vec<SubRequest>,
    #[serde(default)]
    pub open_pledges: Vec<OpenPledge>,
    #[serde(default)]
    pub outcome: Option<Outcome>,
    #[serde(default)]
    pub merged_into: Option<Uuid>,
    /// The sender has used the one objection to a merge.
    #[serde(default)]
    pub objected: bool,
    #[serde(default)]
    pub sealed: bool,
    /// Officers who alone see a sealed case.
    #[serde(default)]
    pub sealed_receivers: BTreeSet<Uuid>,
    pub visibility: Visibility,
    #[serde(default)]
    pub published_at: Option<Timestamp>,
    #[serde(default)]
    pub identity_proven: bool,
    pub received_at: Timestamp,
    /// When the present lead got it.
    #[serde(default)]
    pub routed_at: Option<Timestamp>,
    #[serde(default)]
    pub due: Option<Timestamp>,
    /// The first promised date; never changes.
    #[serde(default)]
    pub due_original: Option<Timestamp>,
    #[serde(default)]
    pub promise: Option<Promise>,
    #[serde(default)]
    pub due_basis: Option<DueBasis>,
    /// Finished pauses since receipt.
    #[serde(default)]
    pub pauses: Vec<Pause>,
    #[serde(default)]
    pub extensions: u32,
    #[serde(default)]
    pub reopen_count: u32,
    #[serde(default)]
    pub answered_at: Option<Timestamp>,
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
}

impl CaseState {
    /// Row 1: a case as it is when it has been stored and its code issued.
    pub fn receive(received: Received) -> Self {
        Self {
            stage: Stage::New,
            track: None,
            field: None,
            urgency: Urgency::Normal,
            screening: false,
            screening_by: None,
            waiting: None,
            received_by: received.by,
            lead: None,
            co_agencies: Vec::new(),
            returned: None,
            bounces: 0,
            handler_asks: 0,
            officer: None,
            draft: None,
            answer_id: None,
            open_subrequests: Vec::new(),
            open_pledges: Vec::new(),
            outcome: None,
            merged_into: None,
            objected: false,
            sealed: false,
            sealed_receivers: BTreeSet::new(),
            visibility: received.visibility,
            published_at: None,
            identity_proven: received.identity_proven,
            received_at: received.at,
            routed_at: None,
            due: None,
            due_original: None,
            promise: None,
            due_basis: None,
            pauses: Vec::new(),
            extensions: 0,
            reopen_count: 0,
            answered_at: None,
            closed_at: None,
        }
    }

    /// The label that stage and facts show as.
    pub fn label(&self) -> Label {
        match self.stage {
            Stage::New if self.screening => Label::Screen,
            Stage::New => Label::New,
            Stage::Waiting => match self.waiting.as_ref().map(|waiting| waiting.for_what) {
                Some(WaitingFor::Proof) => Label::Verify,
                Some(WaitingFor::Info) | None => Label::NeedInfo,
            },
            Stage::Routed if self.returned.is_some() => Label::Bounced,
            Stage::Routed => Label::Routed,
            Stage::Working if !self.open_subrequests.is_empty() => Label::Coord,
            Stage::Working => Label::Working,
            Stage::Approval => Label::Draft,
            Stage::Answered if !self.open_pledges.is_empty() => Label::Pledge,
            Stage::Answered => Label::Answered,
            Stage::Closed => match self.outcome {
                Some(Outcome::Refused) => Label::Refused,
                Some(Outcome::Guided) => Label::Guided,
                Some(Outcome::Merged) => Label::Merged,
                Some(Outcome::Withdrawn) => Label::Withdrawn,
                Some(Outcome::Done | Outcome::NoReply) | None => Label::Closed,
            },
        }
    }

    /// Not closed in any way.
    pub fn is_open(&self) -> bool {
        self.stage != Stage::Closed
    }

    /// The one agency that answers for the case while it is open: the unit that received it
    /// until routing, then the lead, also while a return is being decided.
    pub fn responsible_agency(&self) -> Option<Uuid> {
        self.is_open().then(|| self.lead.unwrap_or(self.received_by))
    }

    /// Whether the answer is late at a moment: the date has passed, nobody waits for the sender
    /// and no answer stands.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.clock_runs() && self.due.is_some_and(|due| now > due)
    }

    /// Whether the answer clock runs: routed and neither waiting for the sender nor answered.
    pub fn clock_runs(&self) -> bool {
        matches!(self.stage, Stage::Routed | Stage::Working | Stage::Approval)
    }

    /// What a stopped case was doing: the stage itself, or the one it resumes to.
    pub fn effective_stage(&self) -> Stage {
        self.waiting.as_ref().map_or(self.stage, |waiting| waiting.resume_to)
    }

    /// The step on the sender's five-step bar; a waiting case shows the step it stopped at.
    pub fn sender_step(&self) -> SenderStep {
        match self.effective_stage() {
            Stage::New | Stage::Waiting => SenderStep::Received,
            Stage::Routed => SenderStep::Routed,
            Stage::Working | Stage::Approval => SenderStep::Working,
            Stage::Answered => SenderStep::Answered,
            Stage::Closed if self.answered_at.is_some() => SenderStep::Rating,
            Stage::Closed if self.lead.is_some() => SenderStep::Working,
            Stage::Closed => SenderStep::Received,
        }
    }

    /// Whether anybody may publish it at all: never when sealed or on a track that forbids it.
    pub fn may_be_public(&self) -> bool {
        use crate::track::Publishable;
        !self.sealed && self.track.is_some_and(|track| !matches!(track.publishable(), Publishable::Never | Publishable::StatisticsOnly))
    }
}
