//! Deadlines: dated rules, the moment they lead to, and the explanation of that moment.
//!
//! Every number here is data an administrator edits, with the document it comes from. Counting
//! follows the Civil Code 2015 Arts 147-148: from the day after receipt, to 24:00 of the last
//! day; a last day that is off moves to the next working day.

mod explain;
mod limits;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use explain::{Cell, CellKind, Due, Explanation};
pub use limits::Limits;

use crate::calendar::Calendar;
use crate::time::{last_moment_of, local_date, plus_days};
use crate::track::{Track, Urgency};

codes! {
    /// What has to be done in time.
    pub enum Step {
        Screen = "screen",
        /// Forward to the competent agency.
        Forward = "forward",
        /// The agency accepts.
        Accept = "accept",
        Answer = "answer",
        /// The agency may still send the case back, counted from its routing.
        Bounce = "bounce",
        /// Acknowledge where there is no legal answer deadline.
        Acknowledge = "acknowledge",
        /// Guide to the competent body.
        Guide = "guide",
    }
}

codes! {
    /// What a deadline is counted in.
    pub enum Unit {
        /// Wall clock, day and night.
        Minute = "minute",
        /// Wall clock, day and night.
        Hour = "hour",
        /// Opening time of the calendar.
        WorkingHour = "working_hour",
        WorkingDay = "working_day",
        CalendarDay = "calendar_day",
    }
}

codes! {
    /// How far a rule has been checked against its document.
    pub enum RuleStatus {
        /// Read in the document.
        Verified = "verified",
        /// To be confirmed by a legal office.
        Recalled = "recalled",
        /// The city's own target.
        Proposed = "proposed",
    }
}

/// One dated rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadlineRule {
    pub id: Uuid,
    pub track: Track,
    /// Only for cases of this urgency; `None` for all.
    #[serde(default)]
    pub urgency: Option<Urgency>,
    /// Only for cases this agency leads; `None` for all.
    #[serde(default)]
    pub agency: Option<Uuid>,
    pub step: Step,
    pub amount: u32,
    pub unit: Unit,
    pub valid_from: Date,
    /// Last day of validity.
    #[serde(default)]
    pub valid_to: Option<Date>,
    /// The document, as shown to people.
    pub source: String,
    pub status: RuleStatus,
}

impl DeadlineRule {
    fn in_force(&self, on: Date) -> bool {
        self.valid_from <= on && self.valid_to.is_none_or(|last| on <= last)
    }
}

/// A stretch in which the clock stood: `need_info` or `verify`, nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    pub from: Timestamp,
    pub until: Timestamp,
}

/// Everything about time that an administrator may edit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleBook {
    pub rules: Vec<DeadlineRule>,
    /// The city's calendar.
    pub calendar: Calendar,
    /// Calendars of agencies that work on other days, for example Saturday duty.
    pub calendars: BTreeMap<Uuid, Calendar>,
    pub limits: Limits,
}

impl RuleBook {
    /// The calendar of the agency, else the city's.
    pub fn calendar_of(&self, agency: Option<Uuid>) -> &Calendar {
        agency.and_then(|id| self.calendars.get(&id)).unwrap_or(&self.calendar)
    }

    /// The most specific rule in force on a local date: agency before urgency before track;
    /// among equals the one that came into force last.
    pub fn rule(&self, track: Track, urgency: Urgency, agency: Option<Uuid>, step: Step, on: Date) -> Option<&DeadlineRule> {
        self.rules
            .iter()
            .filter(|rule| rule.track == track && rule.step == step && rule.in_force(on))
            .filter(|rule| rule.urgency.is_none_or(|of| of == urgency))
            .filter(|rule| rule.agency.is_none_or(|of| Some(of) == agency))
            .max_by_key(|rule| (rule.agency.is_some(), rule.urgency.is_some(), rule.valid_from))
    }
}

/// The due moment of a step, by the rule in force on the local date of receipt. `None` where no
/// rule sets a deadline.
pub fn compute(book: &RuleBook, track: Track, urgency: Urgency, agency: Option<Uuid>, step: Step, received_at: Timestamp) -> Option<Due> {
    compute_paused(book, track, urgency, agency, step, received_at, &[])
}

/// As [`compute`], moved by pauses: by the days of the rule's own kind that end inside them, or
/// by the paused time for rules in minutes and hours.
pub fn compute_paused(
    book: &RuleBook,
    track: Track,
    urgency: Urgency,
    agency: Option<Uuid>,
    step: Step,
    received_at: Timestamp,
    pauses: &[Pause],
) -> Option<Due> {
    let rule = book.rule(track, urgency, agency, step, local_date(received_at))?;
    Some(explain::due(rule, received_at, pauses, book.calendar_of(agency)))
}

/// The due moment of an amount counted from `from`, moved by pauses.
pub fn count(calendar: &Calendar, amount: u32, unit: Unit, from: Timestamp, pauses: &[Pause]) -> Timestamp {
    let wall = |unit_seconds: i64| {
        let seconds = i64::from(amount).saturating_mul(unit_seconds);
        let paused = pauses.iter().fold(SignedDuration::ZERO, |sum, pause| sum.saturating_add(pause.until.duration_since(pause.from)));
        from.saturating_add(SignedDuration::from_secs(seconds).saturating_add(paused)).unwrap_or(Timestamp::MAX)
    };
    match unit {
        Unit::Minute => wall(60),
        Unit::Hour => wall(3600),
        Unit::WorkingHour => {
            let paused = pauses
                .iter()
                .fold(SignedDuration::ZERO, |sum, pause| sum.saturating_add(calendar.working_time_between(pause.from, pause.until)));
            calendar.add_working_time(from, SignedDuration::from_hours(i64::from(amount)).saturating_add(paused))
        }
        Unit::WorkingDay => {
            let days = all_days(calendar, amount, unit, pauses);
            last_moment_of(calendar.add_working_days(local_date(from), days))
        }
        Unit::CalendarDay => {
            let days = all_days(calendar, amount, unit, pauses);
            let last = plus_days(local_date(from), i64::from(days));
            last_moment_of(calendar.working_on_or_after(last))
        }
    }
}

/// No deadline in days is longer: ten years. A mistyped rule must not count for ever.
const LONGEST_DAYS: u32 = 3_653;

fn all_days(calendar: &Calendar, amount: u32, unit: Unit, pauses: &[Pause]) -> u32 {
    amount.saturating_add(paused_days(calendar, unit, pauses)).min(LONGEST_DAYS)
}

/// Days of the unit's kind that end inside the pauses; 0 for minutes and hours.
pub fn paused_days(calendar: &Calendar, unit: Unit, pauses: &[Pause]) -> u32 {
    pauses
        .iter()
        .map(|pause| {
            let (from, until) = (local_date(pause.from), local_date(pause.until));
            match unit {
                Unit::WorkingDay => calendar.working_days_between(from, until),
                Unit::CalendarDay => {
                    let days = until.duration_since(from).as_hours() / 24;
                    u32::try_from(days).unwrap_or(0)
                }
                Unit::Minute | Unit::Hour | Unit::WorkingHour => 0,
            }
        })
        .sum()
}

/// A due moment moved by one pause, for moments that no rule gives any more (extended, sent
/// back, reopened).
pub fn moved(calendar: &Calendar, due: Timestamp, unit: Unit, pause: Pause) -> Timestamp {
    match unit {
        Unit::Minute | Unit::Hour => due.saturating_add(pause.until.duration_since(pause.from)).unwrap_or(Timestamp::MAX),
        Unit::WorkingHour => calendar.add_working_time(due, calendar.working_time_between(pause.from, pause.until)),
        Unit::WorkingDay | Unit::CalendarDay => match paused_days(calendar, unit, &[pause]) {
            0 => due,
            days => count(calendar, days, unit, due, &[]),
        },
    }
}

/// New due moment after reopening: half of the original amount, rounded up, counted from `now`,
/// but never before `floor` working days are over.
pub fn half(calendar: &Calendar, amount: u32, unit: Unit, floor: u32, now: Timestamp) -> Timestamp {
    let half = count(calendar, amount.div_ceil(2), unit, now, &[]);
    half.max(count(calendar, floor, Unit::WorkingDay, now, &[]))
}
