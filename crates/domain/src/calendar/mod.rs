//! The working calendar: which dates are worked, by rule and by the yearly notices.

pub mod lunar;
mod vietnam;
mod working;

pub use vietnam::propose;
pub use working::{Calendar, CalendarDay, DayKind, DayStatus, WorkingHours, YearDays};
