//! One event of one call, the same for every exchange.

use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// The exchange has the call; nobody's telephone rings yet.
    CallNew,
    /// It waits in a queue, or a telephone rings.
    CallRinging,
    CallAnswered,
    CallEnded,
    /// The caller gave up before anybody answered.
    CallMissed,
    /// The record that is written when all is over; often with the address of the recording.
    CallRecord,
}

impl CallKind {
    pub const ALL: [CallKind; 6] =
        [CallKind::CallNew, CallKind::CallRinging, CallKind::CallAnswered, CallKind::CallEnded, CallKind::CallMissed, CallKind::CallRecord];

    pub const fn as_str(self) -> &'static str {
        match self {
            CallKind::CallNew => "call_new",
            CallKind::CallRinging => "call_ringing",
            CallKind::CallAnswered => "call_answered",
            CallKind::CallEnded => "call_ended",
            CallKind::CallMissed => "call_missed",
            CallKind::CallRecord => "call_record",
        }
    }
}

/// Who called whom, seen from the city.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    #[default]
    In,
    Out,
}

impl Direction {
    pub const fn as_str(self) -> &'static str {
        match self {
            Direction::In => "in",
            Direction::Out => "out",
        }
    }
}

/// One event of one call. Numbers are those of [`super::number`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallEvent {
    #[serde(rename = "event_kind")]
    pub kind: CallKind,
    /// As the exchange wrote it; [`CallEvent::call`] is what events of one call share.
    pub call_id: String,
    pub direction: Direction,
    /// Who calls: `anonymous` when the number is hidden, nothing when the exchange does not say.
    pub from: Option<String>,
    pub to: Option<String>,
    /// The number, or the name, of whoever picked up.
    pub answering: Option<String>,
    /// The telephone that rings or speaks.
    pub extension: Option<String>,
    pub queue: Option<String>,
    /// `normalClearing`, `busy`, `cancel`, `noAnswer`, `congestion`, `notFound`, `forwarded`, `rejected`, or the exchange's
    /// own word.
    pub cause: Option<String>,
    /// Seconds the call took.
    pub duration_s: Option<u32>,
    /// When it happened by the exchange's clock.
    pub timestamp_ms: Option<i64>,
    pub recording_url: Option<String>,
    /// Seconds that two people spoke; 0 when nobody answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub talk_s: Option<u32>,
    /// Names of the officers the exchange rings or connects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Only one agent's part of the call ended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leg: bool,
    /// The recording is a message that the caller left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub voicemail: bool,
    /// Octets of `call_id` that name the call, where the rest names a part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) call_octets: Option<usize>,
}

impl CallEvent {
    /// What the events of one call share: `call_id` without the mark of a part.
    pub fn call(&self) -> &str {
        self.call_octets.and_then(|octets| self.call_id.get(..octets)).unwrap_or(&self.call_id)
    }

    /// The number of the person at the other end.
    pub fn party(&self) -> Option<&str> {
        match self.direction {
            Direction::In => self.from.as_deref(),
            Direction::Out => self.to.as_deref(),
        }
    }
}
