//! One call and how far it has come.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The other side rings.
    Ringing,
    /// Two people speak.
    Talking,
    /// Over.
    Ended,
}

/// Why a call ended. [hotline.md §1]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Answered, then hung up.
    Normal,
    /// The other side was busy.
    Busy,
    /// The caller gave up.
    Cancel,
    /// Nobody answered.
    NoAnswer,
    /// Refused: the person, or our side by its answer.
    Rejected,
    /// No such number.
    NotFound,
    /// The exchange is full.
    Congestion,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    /// The exchange's id of it.
    pub id: String,
    /// Number of the hotline.
    pub hotline: String,
    /// The city called the person; otherwise the person called.
    pub outgoing: bool,
    /// `84…`, or `anonymous`.
    pub person: String,
    /// The person's number is hidden from the city.
    pub hidden: bool,
    /// The telephone that answered, or that called out.
    pub extension: Option<String>,
    /// How far it has come.
    pub stage: Stage,
    /// When it began, by the simulator's clock.
    pub begun: Timestamp,
    /// When it was answered.
    pub answered: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Why it ended.
    pub cause: Option<Cause>,
    /// Name of its recording, if it was recorded.
    pub recording: Option<String>,
    /// The recording is a message that the caller left.
    pub voicemail: bool,
    /// How often it was passed on.
    pub transfers: u32,
}

impl Call {
    /// Seconds from the beginning to the end.
    pub(super) fn duration(&self) -> i64 {
        self.ended.map_or(0, |ended| ended.duration_since(self.begun).as_secs().max(0))
    }

    /// Seconds that two people spoke.
    pub(crate) fn talk(&self) -> i64 {
        match (self.answered, self.ended) {
            (Some(answered), Some(ended)) => ended.duration_since(answered).as_secs().max(0),
            _ => 0,
        }
    }
}
