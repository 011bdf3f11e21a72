//! Vietnamese lunar calendar by the method of Hồ Ngọc Đức (after Meeus, Astronomical
//! Algorithms), always at UTC+7.
//!
//! A Chinese calendar library is wrong here: at UTC+8 a new moon or solstice near midnight falls
//! on another date, as at Tết 1968, 1985, 2007, 2030 and 2053.

use std::f64::consts::PI;

use jiff::civil::Date;

/// Hours east of Greenwich. Since 1968 (north) and 1975 (south) Viet Nam uses UTC+7.
const ZONE_HOURS: f64 = 7.0;

/// Mean length of a lunar month in days.
const MONTH: f64 = 29.530_588_853;

/// A date of the lunar calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LunarDate {
    /// Number of the Gregorian year in which the lunar year begins.
    pub year: i16,
    /// 1 to 12.
    pub month: i8,
    /// 1 to 30.
    pub day: i8,
    /// A leap month follows the month of the same number.
    pub leap: bool,
}

/// Julian day number of a Gregorian date, at noon.
fn julian_day(date: Date) -> i64 {
    let (d, m, y) = (i64::from(date.day()), i64::from(date.month()), i64::from(date.year()));
    let a = (14 - m) / 12;
    let y = y + 4800 - a;
    let m = m + 12 * a - 3;
    d + (153 * m + 2) / 5 + 365 * y + y / 4 - y / 100 + y / 400 - 32045
}

fn from_julian_day(jd: i64) -> Option<Date> {
    let a = jd + 32044;
    let b = (4 * a + 3) / 146_097;
    let c = a - b * 146_097 / 4;
    let d = (4 * c + 3) / 1461;
    let e = c - 1461 * d / 4;
    let m = (5 * e + 2) / 153;
    let day = e - (153 * m + 2) / 5 + 1;
    let month = m + 3 - 12 * (m / 10);
    let year = b * 100 + d - 4800 + m / 10;
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Local day number of the k-th new moon after 1 January 1900.
fn new_moon_day(k: i64) -> i64 {
    let k = k as f64;
    let t = k / 1236.85;
    let (t2, t3) = (t * t, t * t * t);
    let dr = PI / 180.0;
    let mut jd = 2_415_020.759_33 + 29.530_588_68 * k + 0.000_117_8 * t2 - 0.000_000_155 * t3;
    jd += 0.000_33 * ((166.56 + 132.87 * t - 0.009_173 * t2) * dr).sin();
    let m = 359.2242 + 29.105_356_08 * k - 0.000_033_3 * t2 - 0.000_003_47 * t3;
    let mpr = 306.0253 + 385.816_918_06 * k + 0.010_730_6 * t2 + 0.000_012_36 * t3;
    let f = 21.2964 + 390.670_506_46 * k - 0.001_652_8 * t2 - 0.000_002_39 * t3;
    let mut c = (0.1734 - 0.000_393 * t) * (m * dr).sin() + 0.0021 * (2.0 * dr * m).sin();
    c = c - 0.4068 * (mpr * dr).sin() + 0.0161 * (dr * 2.0 * mpr).sin();
    c -= 0.0004 * (dr * 3.0 * mpr).sin();
    c = c + 0.0104 * (dr * 2.0 * f).sin() - 0.0051 * (dr * (m + mpr)).sin();
    c = c - 0.0074 * (dr * (m - mpr)).sin() + 0.0004 * (dr * (2.0 * f + m)).sin();
    c = c - 0.0004 * (dr * (2.0 * f - m)).sin() - 0.0006 * (dr * (2.0 * f + mpr)).sin();
    c = c + 0.0010 * (dr * (2.0 * f - mpr)).sin() + 0.0005 * (dr * (2.0 * mpr + m)).sin();
    let delta_t = if t < -11.0 {
        0.001 + 0.000_839 * t + 0.000_226_1 * t2 - 0.000_008_45 * t3 - 0.000_000_081 * t * t3
    } else {
        -0.000_278 + 0.000_265 * t + 0.000_262 * t2
    };
    (jd + c - delta_t + 0.5 + ZONE_HOURS / 24.0).floor() as i64
}

/// Which twelfth of its way (0 to 11) the sun is in at the start of a local day.
fn sun_longitude(day_number: i64) -> i64 {
    let t = (day_number as f64 - 2_451_545.5 - ZONE_HOURS / 24.0) / 36525.0;
    let t2 = t * t;
    let dr = PI / 180.0;
    let m = 357.529_10 + 35_999.050_30 * t - 0.000_155_9 * t2 - 0.000_000_48 * t * t2;
    let l0 = 280.464_45 + 36_000.769_83 * t + 0.000_303_2 * t2;
    let mut dl = (1.914_600 - 0.004_817 * t - 0.000_014 * t2) * (dr * m).sin();
    dl += (0.019_993 - 0.000_101 * t) * (dr * 2.0 * m).sin() + 0.000_290 * (dr * 3.0 * m).sin();
    let l = (l0 + dl) * dr;
    let l = l - PI * 2.0 * (l / (PI * 2.0)).floor();
    (l / PI * 6.0).floor() as i64
}

/// First day of the lunar month 11 that holds the winter solstice of a year.
fn month_11(year: i16) -> Option<i64> {
    let last = julian_day(Date::new(year, 12, 31).ok()?);
    let k = ((last - 2_415_021) as f64 / MONTH).floor() as i64;
    let start = new_moon_day(k);
    Some(if sun_longitude(start) >= 9 { new_moon_day(k - 1) } else { start })
}

/// How many months after month 11 the leap month stands.
fn leap_offset(a11: i64) -> i64 {
    let k = ((a11 as f64 - 2_415_021.076_998_695) / MONTH + 0.5).floor() as i64;
    let mut i = 1;
    let mut arc = sun_longitude(new_moon_day(k + i));
    loop {
        let last = arc;
        i += 1;
        arc = sun_longitude(new_moon_day(k + i));
        if arc == last || i >= 14 {
            return i - 1;
        }
    }
}

/// The Gregorian date of a lunar date. `None` for a leap month the year does not have, a day
/// 30 of a short month, or a number out of range.
pub fn to_gregorian(lunar: LunarDate) -> Option<Date> {
    if !(1..=12).contains(&lunar.month) || !(1..=30).contains(&lunar.day) {
        return None;
    }
    let first = if lunar.month < 11 { lunar.year.checked_sub(1)? } else { lunar.year };
    let a11 = month_11(first)?;
    let b11 = month_11(first.checked_add(1)?)?;
    let k = (0.5 + (a11 as f64 - 2_415_021.076_998_695) / MONTH).floor() as i64;
    let mut offset = i64::from(lunar.month) - 11;
    if offset < 0 {
        offset += 12;
    }
    if b11 - a11 > 365 {
        let leap_at = leap_offset(a11);
        let leap_month = if leap_at < 2 { leap_at + 10 } else { leap_at - 2 };
        if lunar.leap && i64::from(lunar.month) != if leap_month == 0 { 12 } else { leap_month } {
            return None;
        }
        if lunar.leap || offset >= leap_at {
            offset += 1;
        }
    } else if lunar.leap {
        return None;
    }
    let start = new_moon_day(k + offset);
    if start + i64::from(lunar.day) > new_moon_day(k + offset + 1) {
        return None;
    }
    from_julian_day(start + i64::from(lunar.day) - 1)
}

/// The lunar date of a Gregorian date.
pub fn from_gregorian(date: Date) -> Option<LunarDate> {
    let day_number = julian_day(date);
    let k = ((day_number as f64 - 2_415_021.076_998_695) / MONTH).floor() as i64;
    let mut start = new_moon_day(k + 1);
    if start > day_number {
        start = new_moon_day(k);
    }
    let mut a11 = month_11(date.year())?;
    let b11;
    let mut year;
    if a11 >= start {
        b11 = a11;
        year = date.year();
        a11 = month_11(date.year() - 1)?;
    } else {
        year = date.year() + 1;
        b11 = month_11(date.year() + 1)?;
    }
    let day = i8::try_from(day_number - start + 1).ok()?;
    let diff = ((start - a11) as f64 / 29.0).floor() as i64;
    let mut leap = false;
    let mut month = diff + 11;
    if b11 - a11 > 365 {
        let leap_at = leap_offset(a11);
        if diff >= leap_at {
            month = diff + 10;
            leap = diff == leap_at;
        }
    }
    if month > 12 {
        month -= 12;
    }
    if month >= 11 && diff < 4 {
        year -= 1;
    }
    Some(LunarDate { year, month: i8::try_from(month).ok()?, day, leap })
}

/// First day of the lunar year (mùng 1 Tết).
pub fn tet(year: i16) -> Option<Date> {
    to_gregorian(LunarDate { year, month: 1, day: 1, leap: false })
}

/// Commemoration of the Hùng Kings, the 10th of the 3rd lunar month.
pub fn hung_kings(year: i16) -> Option<Date> {
    to_gregorian(LunarDate { year, month: 3, day: 10, leap: false })
}
