//! The public holidays of a year by rule, for years whose government notice is not out yet.

use jiff::civil::{Date, Weekday};

use super::lunar::{hung_kings, tet};
use super::working::{CalendarDay, DayKind, DayStatus};
use crate::time::plus_days;

const LABOUR_CODE: &str = "Bộ luật Lao động 2019, Điều 112";
const MAKE_UP: &str = "Bộ luật Lao động 2019, Điều 111 khoản 3";
const CULTURE_DAY: &str = "Nghị quyết 80-NQ/TW";

/// First year of the day off on 24 November.
const CULTURE_DAY_FROM: i16 = 2026;

/// Holidays of a year by rule, all `expected`: the eve and the first four days of Tết, the
/// neighbour of 2 September that makes the longest rest, and a make-up day on the next working
/// day for each holiday on a weekend. Swapped Saturdays are never guessed: they are announced.
pub fn propose(year: i16) -> Vec<CalendarDay> {
    let mut holidays: Vec<(Date, &str, &str)> = Vec::new();
    let mut add = |date: Option<Date>, name: &'static str, source: &'static str| {
        holidays.extend(date.map(|date| (date, name, source)));
    };
    add(Date::new(year, 1, 1).ok(), "Tết Dương lịch", LABOUR_CODE);
    for offset in -1..=3 {
        add(tet(year).map(|day| plus_days(day, offset)), "Tết Nguyên đán", LABOUR_CODE);
    }
    add(hung_kings(year), "Giỗ Tổ Hùng Vương", LABOUR_CODE);
    add(Date::new(year, 4, 30).ok(), "Ngày Chiến thắng", LABOUR_CODE);
    add(Date::new(year, 5, 1).ok(), "Ngày Quốc tế Lao động", LABOUR_CODE);
    let national_day = Date::new(year, 9, 2).ok();
    add(national_day, "Quốc khánh", LABOUR_CODE);
    add(national_day.map(neighbour_of_national_day), "Quốc khánh", LABOUR_CODE);
    if year >= CULTURE_DAY_FROM {
        add(Date::new(year, 11, 24).ok(), "Ngày Văn hóa Việt Nam", CULTURE_DAY);
    }
    holidays.sort_by_key(|(date, ..)| *date);

    let mut days: Vec<CalendarDay> = holidays
        .iter()
        .map(|(date, name, source)| CalendarDay {
            date: *date,
            kind: DayKind::Holiday,
            name: (*name).to_owned(),
            source: (*source).to_owned(),
            status: DayStatus::Expected,
        })
        .collect();
    for (date, name, _) in holidays.iter().filter(|(date, ..)| weekend(*date)) {
        let mut free = plus_days(*date, 1);
        while weekend(free) || days.iter().any(|day| day.date == free) {
            free = plus_days(free, 1);
        }
        days.push(CalendarDay {
            date: free,
            kind: DayKind::HolidayMakeUp,
            name: format!("Nghỉ bù {name}"),
            source: MAKE_UP.to_owned(),
            status: DayStatus::Expected,
        });
    }
    days.sort_by_key(|day| day.date);
    days
}

fn weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// 3 September when 2 September is a Sunday or Monday (as in 2024 and 2029), else 1 September
/// (as in 2025, 2026 and 2028).
fn neighbour_of_national_day(national_day: Date) -> Date {
    let after = matches!(national_day.weekday(), Weekday::Sunday | Weekday::Monday);
    plus_days(national_day, if after { 1 } else { -1 })
}
