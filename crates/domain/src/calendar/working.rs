//! Counting in working days and working hours.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time, Weekday, time};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::time::{local, local_date, moment, plus_days};

codes! {
    /// What makes a date differ from its weekday.
    pub enum DayKind {
        /// A public holiday.
        Holiday = "holiday",
        /// A day off in place of a holiday that falls on a weekly day off (Art 111(3)).
        HolidayMakeUp = "holiday_make_up",
        /// A working day swapped to a day off by notice.
        SwapOff = "swap_off",
        /// A weekly day off that is worked, usually a Saturday for a swapped day.
        MakeUpWork = "make_up_work",
        /// Closed for another reason (storm, election, …).
        Closed = "closed",
    }
}

codes! {
    /// Whether the notice of the year has been issued.
    pub enum DayStatus {
        /// Dự kiến: by rule.
        Expected = "expected",
        /// Chính thức: by notice.
        Official = "official",
    }
}

impl DayKind {
    /// Whether offices work on such a date.
    pub const fn works(self) -> bool {
        matches!(self, Self::MakeUpWork)
    }
}

/// One row of the calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarDay {
    pub date: Date,
    pub kind: DayKind,
    /// For people, in Vietnamese: "Tết Nguyên đán", "làm bù 02/01".
    pub name: String,
    /// The document it comes from.
    pub source: String,
    pub status: DayStatus,
}

/// Opening hours of a working day as spans of local wall time, in order, not overlapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkingHours(pub Vec<(Time, Time)>);

impl Default for WorkingHours {
    /// 07:30-11:30 and 13:00-17:00.
    fn default() -> Self {
        Self(vec![(time(7, 30, 0, 0), time(11, 30, 0, 0)), (time(13, 0, 0, 0), time(17, 0, 0, 0))])
    }
}

/// Number of days off and worked weekends of one year, for a first look at a loaded calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct YearDays {
    pub off: u32,
    pub make_up_work: u32,
}

/// Monday to Friday, changed by the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Rows", into = "Rows")]
pub struct Calendar {
    days: BTreeMap<Date, CalendarDay>,
    pub hours: WorkingHours,
}

#[derive(Serialize, Deserialize)]
struct Rows {
    days: Vec<CalendarDay>,
    #[serde(default)]
    hours: WorkingHours,
}

impl From<Rows> for Calendar {
    fn from(rows: Rows) -> Self {
        Self { hours: rows.hours, ..Self::new(rows.days) }
    }
}

impl From<Calendar> for Rows {
    fn from(calendar: Calendar) -> Self {
        Self { days: calendar.days.into_values().collect(), hours: calendar.hours }
    }
}

/// How many days ahead a next working day is looked for. A calendar whose rows close more than
/// this in one piece is a loading mistake; counting then goes on over weekdays regardless.
const FAR: i64 = 400;

impl Calendar {
    /// Of two rows for one date the official one wins, else the later in the list.
    pub fn new(rows: impl IntoIterator<Item = CalendarDay>) -> Self {
        let mut days: BTreeMap<Date, CalendarDay> = BTreeMap::new();
        for row in rows {
            let kept = days.get(&row.date);
            if kept.is_none_or(|kept| row.status >= kept.status) {
                days.insert(row.date, row);
            }
        }
        Self { days, hours: WorkingHours::default() }
    }

    /// Every row, in order of date.
    pub fn rows(&self) -> impl Iterator<Item = &CalendarDay> {
        self.days.values()
    }

    /// The row that makes a date special.
    pub fn row(&self, date: Date) -> Option<&CalendarDay> {
        self.days.get(&date)
    }

    pub fn is_working(&self, date: Date) -> bool {
        match self.days.get(&date) {
            Some(row) => row.kind.works(),
            None => !is_weekend(date),
        }
    }

    /// The date itself if worked, else the next one that is.
    pub fn working_on_or_after(&self, date: Date) -> Date {
        (0..FAR).map(|days| plus_days(date, days)).find(|d| self.is_working(*d)).unwrap_or(date)
    }

    /// The date `count` working days after `from`, which itself is not counted. 0 gives `from`
    /// if it is worked, else the next working day.
    pub fn add_working_days(&self, from: Date, count: u32) -> Date {
        let mut date = if count == 0 { self.working_on_or_after(from) } else { from };
        for _ in 0..count {
            date = self.working_on_or_after(plus_days(date, 1));
        }
        date
    }

    /// The date `count` working days before `from`, which itself is not counted. 0 gives `from`.
    pub fn working_days_before(&self, from: Date, count: u32) -> Date {
        let mut date = from;
        for _ in 0..count {
            date = (1..FAR).map(|days| plus_days(date, -days)).find(|d| self.is_working(*d)).unwrap_or(date);
        }
        date
    }

    /// Working days from `from` (included) to `until` (excluded): those of the weeks, put right by the dates that differ.
    pub fn working_days_between(&self, from: Date, until: Date) -> u32 {
        if from >= until {
            return 0;
        }
        let days = i64::from((until - from).get_days());
        let over = (0..days % 7).filter(|day| !is_weekend(plus_days(from, *day))).count() as i64;
        let differ =
            self.days.range(from..until).map(|(date, row)| i64::from(row.kind.works()) - i64::from(!is_weekend(*date))).sum::<i64>();
        u32::try_from(days / 7 * 5 + over + differ).unwrap_or(0)
    }

    /// The moment after `hours` of opening time have passed since `from`.
    pub fn add_working_hours(&self, from: Timestamp, hours: u32) -> Timestamp {
        self.add_working_time(from, SignedDuration::from_hours(i64::from(hours)))
    }

    /// The moment after an amount of opening time has passed since `from`; a calendar without
    /// opening hours counts wall time.
    pub fn add_working_time(&self, from: Timestamp, amount: SignedDuration) -> Timestamp {
        let mut left = amount;
        if left <= SignedDuration::ZERO {
            return from;
        }
        if self.hours.0.iter().all(|(open, close)| close <= open) {
            return from.saturating_add(left).unwrap_or(Timestamp::MAX);
        }
        let mut date = local_date(from);
        loop {
            date = self.working_on_or_after(date);
            for (open, close) in self.spans(date) {
                let start = open.max(from);
                let span = close.duration_since(start);
                if span <= SignedDuration::ZERO {
                    continue;
                }
                if left <= span {
                    return start.saturating_add(left).unwrap_or(Timestamp::MAX);
                }
                left -= span;
            }
            let next = plus_days(date, 1);
            if next == date {
                return Timestamp::MAX;
            }
            date = next;
        }
    }

    /// Opening time between two moments.
    pub fn working_time_between(&self, from: Timestamp, until: Timestamp) -> SignedDuration {
        let mut total = SignedDuration::ZERO;
        let mut date = local_date(from);
        let last = local_date(until);
        while date <= last {
            if self.is_working(date) {
                for (open, close) in self.spans(date) {
                    let span = close.min(until).duration_since(open.max(from));
                    total += span.max(SignedDuration::ZERO);
                }
            }
            let next = plus_days(date, 1);
            if next == date {
                break;
            }
            date = next;
        }
        total
    }

    /// Whether offices are open at a moment.
    pub fn is_open(&self, at: Timestamp) -> bool {
        let now = local(at);
        self.is_working(now.date()) && self.hours.0.iter().any(|(open, close)| (*open..*close).contains(&now.time()))
    }

    pub fn year(&self, year: i16) -> YearDays {
        let of_year = || self.days.values().filter(|row| row.date.year() == year);
        let count = |works: bool| u32::try_from(of_year().filter(|row| row.kind.works() == works).count()).unwrap_or(u32::MAX);
        YearDays { off: count(false), make_up_work: count(true) }
    }

    fn spans(&self, date: Date) -> impl Iterator<Item = (Timestamp, Timestamp)> + '_ {
        self.hours.0.iter().map(move |(open, close)| (moment(date.to_datetime(*open)), moment(date.to_datetime(*close))))
    }
}

/// The weekly days off.
fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}
