//! The one local zone: Asia/Ho_Chi_Minh, which is +07:00 all year and has been since 1975.
//!
//! Moments are [`Timestamp`]; a *date* always means the local date.

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};

/// Name of the local zone, for texts and for exchange formats.
pub const ZONE_NAME: &str = "Asia/Ho_Chi_Minh";

const OFFSET: Offset = Offset::constant(7);

/// The local zone as a fixed offset: needs no zone database.
pub fn zone() -> TimeZone {
    TimeZone::fixed(OFFSET)
}

/// The local date and wall time of a moment.
pub fn local(at: Timestamp) -> DateTime {
    OFFSET.to_datetime(at)
}

/// The local date of a moment.
pub fn local_date(at: Timestamp) -> Date {
    local(at).date()
}

/// The moment of a local wall time. Dates beyond what a timestamp can hold become the last one.
pub fn moment(at: DateTime) -> Timestamp {
    OFFSET.to_timestamp(at).unwrap_or(Timestamp::MAX)
}

/// 00:00 of a local date.
pub fn start_of(date: Date) -> Timestamp {
    moment(date.at(0, 0, 0, 0))
}

/// The last microsecond of a local date: where a deadline counted in days ends ("24:00").
/// Kept inside the day so that the local date of a due moment is the day people are told.
pub fn last_moment_of(date: Date) -> Timestamp {
    moment(date.at(23, 59, 59, 999_999_000))
}

/// The date some days later (or earlier). Saturates at the end of the calendar.
pub fn plus_days(date: Date, days: i64) -> Date {
    date.saturating_add(days.days())
}
