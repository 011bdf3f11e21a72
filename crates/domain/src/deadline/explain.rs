//! Why a due date is what it is, ready to be drawn as a ruler of days.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{DeadlineRule, Pause, RuleStatus, Unit, all_days, count, paused_days};
use crate::calendar::Calendar;
use crate::time::{local_date, plus_days};

/// A due moment with its explanation. The local date of `at` is the last day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    pub at: Timestamp,
    pub explanation: Explanation,
}

/// The rule, what was counted and what was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    pub rule: Uuid,
    /// The document behind the rule.
    pub source: String,
    pub status: RuleStatus,
    pub amount: u32,
    pub unit: Unit,
    pub received: Timestamp,
    pub due: Timestamp,
    /// Days by which pauses moved the date.
    pub paused_days: u32,
    /// From the day of receipt to the last day; empty for rules in minutes and hours.
    pub cells: Vec<Cell>,
}

codes! {
    /// What a day on the ruler is.
    pub enum CellKind {
        /// The day of receipt, not counted.
        Received = "received",
        Counted = "counted",
        /// A day off that the rule does not count.
        Skipped = "skipped",
        /// A day of the rule's kind that ended while the clock stood.
        Paused = "paused",
        /// The last day.
        Due = "due",
    }
}

/// One cell of the ruler. Neighbouring skipped days of one reason share a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    pub date: Date,
    /// Last date of the run; `date` for a single day.
    pub until: Date,
    /// Days in the run.
    pub days: u32,
    pub kind: CellKind,
    /// Name of the calendar row ("Tết Nguyên đán", "làm bù …"); `None` for a plain weekday or
    /// weekend.
    pub name: Option<String>,
    /// Document of the calendar row.
    pub source: Option<String>,
}

impl Explanation {
    /// The days that were not counted, with their reasons.
    pub fn skipped(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| cell.kind == CellKind::Skipped)
    }

    /// Number of counted days, the last one included.
    pub fn counted_days(&self) -> u32 {
        self.cells.iter().filter(|cell| matches!(cell.kind, CellKind::Counted | CellKind::Due)).map(|cell| cell.days).sum()
    }
}

pub(super) fn due(rule: &DeadlineRule, received: Timestamp, pauses: &[Pause], calendar: &Calendar) -> Due {
    let at = count(calendar, rule.amount, rule.unit, received, pauses);
    let cells = match rule.unit {
        Unit::WorkingDay | Unit::CalendarDay => ruler(rule, local_date(received), local_date(at), pauses, calendar),
        Unit::Minute | Unit::Hour | Unit::WorkingHour => Vec::new(),
    };
    Due {
        at,
        explanation: Explanation {
            rule: rule.id,
            source: rule.source.clone(),
            status: rule.status,
            amount: rule.amount,
            unit: rule.unit,
            received,
            due: at,
            paused_days: paused_days(calendar, rule.unit, pauses),
            cells,
        },
    }
}

fn ruler(rule: &DeadlineRule, received: Date, due: Date, pauses: &[Pause], calendar: &Calendar) -> Vec<Cell> {
    let unit = rule.unit;
    // Where a count of calendar days ends on a day off, that day and those up to the next
    // working day are skipped.
    let shifted_from = match unit {
        Unit::CalendarDay => {
            let days = all_days(calendar, rule.amount, unit, pauses);
            plus_days(received, i64::from(days))
        }
        _ => Date::MAX,
    };
    let mut cells: Vec<Cell> = Vec::new();
    let mut date = received;
    while date <= due {
        let ended_in_pause = pauses.iter().any(|pause| local_date(pause.from) <= date && date < local_date(pause.until));
        let kind = if date == due && date != received {
            CellKind::Due
        } else if date == received {
            CellKind::Received
        } else if (unit == Unit::WorkingDay && !calendar.is_working(date)) || date >= shifted_from {
            CellKind::Skipped
        } else if ended_in_pause {
            CellKind::Paused
        } else {
            CellKind::Counted
        };
        let row = calendar.row(date);
        let cell =
            Cell { date, until: date, days: 1, kind, name: row.map(|row| row.name.clone()), source: row.map(|row| row.source.clone()) };
        match cells.last_mut() {
            Some(last) if kind == CellKind::Skipped && last.kind == kind && last.name == cell.name => {
                last.until = date;
                last.days += 1;
            }
            _ => cells.push(cell),
        }
        date = plus_days(date, 1);
    }
    cells
}
