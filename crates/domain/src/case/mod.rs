//! The life cycle of a case: seven stages, sixteen labels derived from them, one table of
//! transitions and one function that applies it.

mod action;
mod decide;
mod stage;
mod state;
mod steps;
mod timer;
mod transition;

pub use action::{Action, GuardCode, Refused};
pub use decide::{Actor, Decision, Summary, decide};
pub use stage::{Label, Outcome, Role, SenderStep, Stage, WaitingFor};
pub use state::{CaseState, Draft, DueBasis, OpenPledge, Promise, Received, Returned, SubRequest, Waiting};
pub use steps::due_by_rule;
pub use transition::{ClockEffect, OPEN, Row, TRANSITIONS, UNANSWERED, available, markdown_table, row};
