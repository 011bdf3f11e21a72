//! Dates and spans as people say them. Every local date uses Vietnam's one zone, +07:00 all year,
//! never the zone of the server or of the browser.

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, tz};

use crate::{Lang, Tongue};

/// Vietnam's offset: no summer time since 1975 (tz database, Asia/Ho_Chi_Minh).
pub const OFFSET: tz::Offset = tz::offset(7);

/// The clock on the wall in Vietnam at that moment.
pub fn local(moment: Timestamp) -> DateTime {
    OFFSET.to_datetime(moment)
}

impl Tongue {
    /// "thứ Năm 12/02" · "Thursday 12 February".
    pub fn day(self, date: Date) -> String {
        match self.lang() {
            Lang::Vi => format!("{} {}", self.weekday(date), self.date(date)),
            Lang::En => format!("{} {} {}", self.weekday(date), date.day(), self.month(date)),
        }
    }

    /// "thứ Năm, 12/02/2026" · "Thursday, 12 February 2026".
    pub fn day_year(self, date: Date) -> String {
        format!("{}, {}", self.weekday(date), self.date_year(date))
    }

    /// "12/02" · "12 Feb".
    pub fn date(self, date: Date) -> String {
        match self.lang() {
            Lang::Vi => format!("{:02}/{:02}", date.day(), date.month()),
            Lang::En => {
                let month = self.month(date);
                format!("{} {}", date.day(), month.chars().take(3).collect::<String>())
            }
        }
    }

    /// "12/02/2026" · "12 February 2026".
    pub fn date_year(self, date: Date) -> String {
        match self.lang() {
            Lang::Vi => format!("{}/{}", self.date(date), date.year()),
            Lang::En => format!("{} {} {}", date.day(), self.month(date), date.year()),
        }
    }

    /// "14 đến 22/02"; across months "28/02 đến 03/03"; one day "14/02".
    pub fn dates(self, from: Date, to: Date) -> String {
        if from == to {
            return self.date(from);
        }
        let first = if (from.year(), from.month()) == (to.year(), to.month()) {
            match self.lang() {
                Lang::Vi => format!("{:02}", from.day()),
                Lang::En => from.day().to_string(),
            }
        } else {
            self.date(from)
        };
        let last = self.date(to);
        self.with("dates-range", &[("from", first.into()), ("to", last.into())]).into_owned()
    }

    /// "09:14, thứ Hai 09/02/2026" · "09:14, Monday 9 February 2026".
    pub fn moment(self, moment: Timestamp) -> String {
        let at = local(moment);
        let (weekday, date) = (self.weekday(at.date()), self.date_year(at.date()));
        format!("{}, {weekday} {date}", clock(at))
    }

    /// "09:14".
    pub fn clock(self, moment: Timestamp) -> String {
        clock(local(moment))
    }

    /// The console's short day, "T5 12/02" · "Thu 12 Feb".
    pub fn short_day(self, date: Date) -> String {
        format!("{} {}", self.short_weekday(date), self.date(date))
    }

    /// The console's short moment: "hôm nay 08:02", "hôm qua 16:20", "T5 12/02, 16:20"; with the
    /// year when it is not this one.
    pub fn short_moment(self, moment: Timestamp, now: Timestamp) -> String {
        let (at, today) = (local(moment), local(now).date());
        let clock = clock(at);
        if at.date() == today {
            return format!("{} {clock}", self.t("today"));
        }
        if today.yesterday().is_ok_and(|day| day == at.date()) {
            return format!("{} {clock}", self.t("yesterday"));
        }
        let day = if at.year() == today.year() { self.short_day(at.date()) } else { self.date_year(at.date()) };
        format!("{day}, {clock}")
    }

    /// When something will be, clock first: "14:20 hôm nay", "14:20 mai", "14:20 T5 12/02"; with the year when it is not this
    /// one. What is over is said the same way.
    pub fn coming(self, moment: Timestamp, now: Timestamp) -> String {
        let (at, today) = (local(moment), local(now).date());
        let day = if at.date() == today {
            self.t("today").into_owned()
        } else if today.tomorrow().is_ok_and(|day| day == at.date()) {
            self.t("tomorrow").into_owned()
        } else if at.year() == today.year() {
            self.short_day(at.date())
        } else {
            self.date_year(at.date())
        };
        format!("{} {day}", clock(at))
    }

    /// How long ago: "vừa xong", "5 phút trước", "3 giờ trước"; a day and more as
    /// [`Tongue::short_moment`]. A moment after `now` counts as just now: clocks differ.
    pub fn ago(self, moment: Timestamp, now: Timestamp) -> String {
        let minutes = now.duration_since(moment).as_secs().max(0) / 60;
        match minutes {
            0 => self.t("just-now").into_owned(),
            1..60 => self.with("minutes-ago", &[("n", minutes.into())]).into_owned(),
            60..1440 => self.with("hours-ago", &[("n", (minutes / 60).into())]).into_owned(),
            _ => self.short_moment(moment, now),
        }
    }

    /// What is left of a deadline in working days: "còn 3 ngày làm việc", "hôm nay",
    /// "quá hạn 4 ngày" for -4.
    pub fn left(self, working_days: i64) -> String {
        match working_days {
            0 => self.t("today").into_owned(),
            1.. => self.with("left-working-days", &[("n", working_days.into())]).into_owned(),
            _ => self.overdue(-working_days),
        }
    }

    /// The same where a line is short: "còn 3 ngày".
    pub fn left_brief(self, working_days: i64) -> String {
        match working_days {
            0 => self.t("today").into_owned(),
            1.. => self.with("left-days", &[("n", working_days.into())]).into_owned(),
            _ => self.overdue(-working_days),
        }
    }

    /// "7 ngày làm việc".
    pub fn working_days(self, days: i64) -> String {
        self.with("working-days", &[("n", days.into())]).into_owned()
    }

    /// A span in hours and minutes: "47 giờ 20 phút", "20 phút".
    pub fn span(self, minutes: i64) -> String {
        let (hours, rest) = (minutes / 60, minutes % 60);
        let hours = (hours > 0).then(|| self.with("span-hours", &[("n", hours.into())]));
        let rest = (rest > 0 || hours.is_none()).then(|| self.with("span-minutes", &[("n", rest.into())]));
        [hours, rest].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// "T2" … "T7", "CN" · "Mon" … "Sun".
    pub fn short_weekday(self, date: Date) -> String {
        self.of("short-weekday", weekday(date)).into_owned()
    }

    fn overdue(self, days: i64) -> String {
        self.with("overdue-days", &[("n", days.into())]).into_owned()
    }

    fn weekday(self, date: Date) -> String {
        self.of("weekday", weekday(date)).into_owned()
    }

    fn month(self, date: Date) -> String {
        self.of("month", &date.month().to_string()).into_owned()
    }
}

fn clock(at: DateTime) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

fn weekday(date: Date) -> &'static str {
    ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][date.weekday().to_monday_zero_offset() as usize]
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    #[test]
    fn days_carry_their_weekday() {
        let thursday = date(2026, 2, 12);
        assert_eq!(Tongue::VI.day(thursday), "thứ Năm 12/02");
        assert_eq!(Tongue::VI.day_year(thursday), "thứ Năm, 12/02/2026");
        assert_eq!(Tongue::VI.short_day(thursday), "T5 12/02");
        assert_eq!(Tongue::VI.short_day(date(2026, 2, 15)), "CN 15/02");
        assert_eq!(Tongue::EN.day(thursday), "Thursday 12 February");
        assert_eq!(Tongue::EN.short_day(thursday), "Thu 12 Feb");
        assert_eq!(crate::capital(&Tongue::VI.day(thursday)), "Thứ Năm 12/02");
    }

    #[test]
    fn moments_are_vietnams_whatever_the_server() {
        assert_eq!(Tongue::VI.moment(at("2026-02-09T02:14:00Z")), "09:14, thứ Hai 09/02/2026");
        // 17:30 UTC is already the next day here.
        assert_eq!(Tongue::EN.moment(at("2026-02-08T17:30:00Z")), "00:30, Monday 9 February 2026");
    }

    #[test]
    fn near_moments_are_said_briefly() {
        let now = at("2026-02-23T02:00:00Z");
        assert_eq!(Tongue::VI.short_moment(at("2026-02-23T01:02:00Z"), now), "hôm nay 08:02");
        assert_eq!(Tongue::VI.short_moment(at("2026-02-22T09:20:00Z"), now), "hôm qua 16:20");
        assert_eq!(Tongue::VI.short_moment(at("2026-02-12T09:20:00Z"), now), "T5 12/02, 16:20");
        assert_eq!(Tongue::VI.short_moment(at("2025-12-15T01:00:00Z"), now), "15/12/2025, 08:00");
        assert_eq!(Tongue::VI.ago(at("2026-02-23T01:55:00Z"), now), "5 phút trước");
        assert_eq!(Tongue::EN.ago(at("2026-02-23T00:59:00Z"), now), "1 hour ago");
        assert_eq!(Tongue::VI.ago(at("2026-02-23T02:00:30Z"), now), "vừa xong");
    }

    #[test]
    fn what_is_to_come_is_said_clock_first() {
        let now = at("2026-02-23T02:00:00Z");
        assert_eq!(Tongue::VI.coming(at("2026-02-23T07:20:00Z"), now), "14:20 hôm nay");
        assert_eq!(Tongue::VI.coming(at("2026-02-24T07:20:00Z"), now), "14:20 mai");
        assert_eq!(Tongue::EN.coming(at("2026-02-26T07:20:00Z"), now), "14:20 Thu 26 Feb");
        assert_eq!(Tongue::VI.coming(at("2027-01-01T07:20:00Z"), now), "14:20 01/01/2027");
    }

    #[test]
    fn a_deadline_says_what_is_left() {
        assert_eq!(Tongue::VI.left(3), "còn 3 ngày làm việc");
        assert_eq!(Tongue::VI.left(0), "hôm nay");
        assert_eq!(Tongue::VI.left(-4), "quá hạn 4 ngày");
        assert_eq!(Tongue::VI.left_brief(2), "còn 2 ngày");
        assert_eq!(Tongue::EN.left(1), "1 working day left");
        assert_eq!(Tongue::VI.span(47 * 60 + 20), "47 giờ 20 phút");
        assert_eq!(Tongue::VI.span(0), "0 phút");
    }

    #[test]
    fn ranges_do_not_repeat_the_month() {
        let vi = Tongue::VI;
        assert_eq!(vi.dates(date(2026, 2, 14), date(2026, 2, 22)), "14 đến 22/02");
        assert_eq!(vi.dates(date(2026, 2, 28), date(2026, 3, 3)), "28/02 đến 03/03");
        assert_eq!(vi.dates(date(2026, 9, 2), date(2026, 9, 2)), "02/09");
    }
}
