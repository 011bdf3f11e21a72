//! The way a seeded case goes, one event a step, as the table of transitions would lead it.

use domain::case::{CaseState, Draft, DueBasis, Outcome, Promise, Received, Returned, Stage, Summary, Waiting, WaitingFor};
use domain::deadline::{Step, compute};
use domain::event::{Event, GENESIS};
use domain::track::{Track, Urgency};
use domain::visibility::Visibility;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::Json;
use store::events::EventRow;
use uuid::Uuid;

use crate::reference::{Reference, stable_id};
use crate::{Error, Result};

/// Officers who are nobody: one drafted every seeded answer, another approved it.
pub(super) fn drafter() -> Uuid {
    stable_id("seed", "drafter")
}

pub(super) fn approver() -> Uuid {
    stable_id("seed", "approver")
}

/// Where a case stands in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    New,
    Screening,
    Waiting,
    Routed,
    Returned,
    Working,
    Approval,
    Answered,
    Guided,
    Closed,
    /// Closed after a leader's approval, and published.
    Published,
    /// Closed on the field track, where the handling officer answers alone.
    ClosedField,
}

impl Ending {
    /// One of the open ones, by a throw of nine: working is the most frequent.
    pub fn open(dice: u64) -> Self {
        match dice {
            0 => Self::New,
            1 => Self::Screening,
            2 => Self::Waiting,
            3 => Self::Routed,
            4 => Self::Returned,
            5 => Self::Approval,
            6 => Self::Answered,
            _ => Self::Working,
        }
    }

    /// Of twenty closed ones: three guided elsewhere, two published, nine of the field track.
    pub fn closed(dice: u64) -> Self {
        match dice {
            0..3 => Self::Guided,
            3..5 => Self::Published,
            5..14 => Self::ClosedField,
            _ => Self::Closed,
        }
    }

    /// Its steps with the minutes that each takes.
    fn steps(self) -> &'static [(&'static str, i64)] {
        const DIRECT: &[(&str, i64)] = &[("start_screening", 20), ("route", 10), ("accept", 180), ("send_answer", 900), ("close", 4_000)];
        const LED: &[(&str, i64)] = &[
            ("start_screening", 20),
            ("route", 10),
            ("accept", 300),
            ("submit_draft", 1_000),
            ("approve", 200),
            ("close", 4_000),
            ("publish", 60),
        ];
        match self {
            Self::New => &[],
            Self::Screening => &LED[..1],
            Self::Waiting => &[("start_screening", 20), ("ask_info", 15)],
            Self::Routed => &LED[..2],
            Self::Returned => &[("start_screening", 20), ("route", 10), ("return", 400)],
            Self::Working => &LED[..3],
            Self::Approval => &LED[..4],
            Self::Answered => &LED[..5],
            Self::Guided => &[("start_screening", 30), ("guide", 10)],
            Self::Closed => &LED[..6],
            Self::Published => LED,
            Self::ClosedField => DIRECT,
        }
    }
}

/// What is fixed about a case before its first step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start<'a> {
    pub case: Uuid,
    pub at: Timestamp,
    /// No step lies after it.
    pub until: Timestamp,
    pub lead: Uuid,
    pub field: &'a str,
    /// Id of the answer, should it come to one.
    pub answer: Uuid,
}

/// A case's way: the state at its end and the events on it.
pub(super) struct Course {
    pub state: CaseState,
    pub events: Vec<EventRow>,
    pub track: Track,
    /// When a person was to have confirmed the proposal.
    pub confirm_by: Option<Timestamp>,
    pub explanation: Option<Value>,
    /// When the last step was made.
    pub last: Timestamp,
    prev: String,
}

impl Course {
    /// Leads a case to its end.
    pub fn run(reference: &Reference, start: Start<'_>, ending: Ending) -> Result<Self> {
        let at = start.at;
        let received = Received { by: reference.city, at, visibility: Visibility::Public, identity_proven: false };
        let track = if ending == Ending::ClosedField { Track::Field } else { Track::Question };
        let confirm_by = compute(&reference.book, track, Urgency::Normal, Some(reference.city), Step::Screen, at).map(|due| due.at);
        let mut course = Self {
            state: CaseState::receive(received),
            events: Vec::new(),
            track,
            confirm_by,
            explanation: None,
            last: at,
            prev: GENESIS.to_owned(),
        };
        let after = serde_json::to_value(Summary::from(&course.state))?;
        course.event(start.case, "sender", "receive", json!({ "row": "1", "channel": "web", "after": after }));
        let steps = ending.steps();
        let minutes: i64 = steps.iter().map(|(_, minutes)| minutes).sum();
        let room = start.until.duration_since(at).as_secs() / 60;
        let mut before = after;
        for (name, takes) in steps {
            let takes = if minutes > room { takes * room / minutes } else { *takes };
            course.last += SignedDuration::from_mins(takes);
            course.step(reference, name, start)?;
            let row = domain::case::row(name).ok_or_else(|| Error::Internal(format!("no transition is called {name}")))?;
            let after = serde_json::to_value(Summary::from(&course.state))?;
            let actor = match *name {
                "accept" | "submit_draft" | "send_answer" => format!("officer:{}", drafter()),
                "approve" => format!("officer:{}", approver()),
                _ => "system".to_owned(),
            };
            course.event(start.case, &actor, name, json!({ "row": row.number, "before": before, "after": after }));
            before = after;
        }
        Ok(course)
    }

    fn step(&mut self, reference: &Reference, name: &str, start: Start<'_>) -> Result<()> {
        let (now, track) = (self.last, self.track);
        let state = &mut self.state;
        match name {
            "start_screening" => state.screening = true,
            "ask_info" => {
                state.stage = Stage::Waiting;
                state.waiting = Some(Waiting {
                    for_what: WaitingFor::Info,
                    until: now + SignedDuration::from_hours(14 * 24),
                    resume_to: Stage::New,
                    paused_since: now,
                    asked_by_handler: false,
                    reminders: 0,
                });
            }
            "route" => {
                state.stage = Stage::Routed;
                state.track = Some(track);
                state.field = Some(start.field.to_owned());
                state.lead = Some(start.lead);
                state.routed_at = Some(now);
                if let Some(due) = compute(&reference.book, track, Urgency::Normal, Some(start.lead), Step::Answer, state.received_at) {
                    state.due = Some(due.at);
                    state.due_original = Some(due.at);
                    state.due_basis = Some(DueBasis::Rule);
                    state.promise =
                        Some(Promise { rule: due.explanation.rule, amount: due.explanation.amount, unit: due.explanation.unit });
                    self.explanation = Some(serde_json::to_value(due.explanation)?);
                }
            }
            "return" => {
                let reason = "Không thuộc thẩm quyền của đơn vị.".to_owned();
                state.returned = Some(Returned { by: start.lead, reason, proposed: None });
                state.bounces = 1;
            }
            "accept" => {
                state.stage = Stage::Working;
                state.officer = Some(drafter());
            }
            "submit_draft" => {
                state.stage = Stage::Approval;
                state.draft = Some(Draft { by: drafter(), at: now, answer_id: start.answer });
            }
            "approve" | "send_answer" => {
                state.stage = Stage::Answered;
                state.draft = None;
                state.answer_id = Some(start.answer);
                state.answered_at = Some(now);
            }
            "guide" | "close" => {
                state.stage = Stage::Closed;
                state.outcome = Some(if name == "guide" { Outcome::Guided } else { Outcome::Done });
                state.closed_at = Some(now);
            }
            "publish" => state.published_at = Some(now),
            other => return Err(Error::Internal(format!("a seeded case does not {other}"))),
        }
        Ok(())
    }

    fn event(&mut self, case: Uuid, actor: &str, kind: &str, data: Value) {
        let seq = self.events.len() + 1;
        let event = Event {
            case_id: case,
            seq: seq as u64,
            at: self.last,
            actor: actor.to_owned(),
            kind: kind.to_owned(),
            data,
            personal_hash: None,
            prev_hash: std::mem::take(&mut self.prev),
        };
        let hash = event.hash();
        self.events.push(EventRow {
            case_id: case,
            seq: seq as i64,
            at: event.at.as_microsecond(),
            actor: Json(Value::from(event.actor)),
            kind: event.kind,
            body: Json(event.data),
            personal: None,
            personal_salt: None,
            personal_hash: None,
            prev_hash: event.prev_hash,
            hash: hash.clone(),
        });
        self.prev = hash;
    }
}
