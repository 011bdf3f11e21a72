//! The five steps and the due date with its reasons, drawn from a case as far as the reader may know it.

use domain::calendar::Calendar;
use domain::case::SenderStep;
use domain::deadline::{CellKind as Counted, Explanation, RuleStatus, Unit};
use domain::time::local_date;
use jiff::Timestamp;
use jiff::civil::Date;
use words::{Tongue, capital};

use crate::parts::{Cell, CellKind, Ruler, Step, StepState, Steps};

/// What the steps are drawn from; the sender's own page knows more of it than a code does.
pub struct Progress {
    pub step: SenderStep,
    pub received: Timestamp,
    /// Short name of the lead agency.
    pub agency: Option<String>,
    pub routed: Option<Timestamp>,
    pub accepted: Option<Timestamp>,
    pub waiting_until: Option<Timestamp>,
    pub answered: Option<Timestamp>,
    /// Until when one can rate.
    pub rate_until: Option<Timestamp>,
    pub closed: Option<Timestamp>,
    /// Words of the mark that was given.
    pub mark: Option<String>,
}

impl Progress {
    pub fn steps(&self, tongue: Tongue) -> Steps {
        let at = SenderStep::ALL.iter().position(|step| *step == self.step).unwrap_or(0);
        let date = |at: Timestamp| tongue.date(local_date(at));
        let state = |index: usize| match index.cmp(&at) {
            std::cmp::Ordering::Less => StepState::Done,
            std::cmp::Ordering::Equal if self.waiting_until.is_some() => StepState::Halted,
            std::cmp::Ordering::Equal => StepState::Here,
            std::cmp::Ordering::Greater => StepState::Ahead,
        };
        let notes = [
            format!("{}, {}", date(self.received), tongue.clock(self.received)),
            [self.agency.clone(), self.routed.map(date)].into_iter().flatten().collect::<Vec<_>>().join(", "),
            self.accepted.map(|at| tongue.with("case-since", [("date", date(at).into())]).into_owned()).unwrap_or_default(),
            self.answered.map(date).unwrap_or_default(),
            match (&self.mark, self.rate_until) {
                (Some(mark), _) => mark.clone(),
                (None, Some(until)) => tongue.with("case-until", [("date", date(until).into())]).into_owned(),
                _ => String::new(),
            },
        ];
        let mut index = 0;
        let mut steps = notes.map(|note| {
            let step = Step { state: state(index), name: None, note };
            index += 1;
            step
        });
        if let Some(until) = self.waiting_until {
            steps[at].name = Some(tongue.of("sender", "waiting").into_owned());
            steps[at].note = tongue.with("case-until", [("date", date(until).into())]).into_owned();
        } else if let Some(closed) = self.closed {
            steps[at].name = Some(tongue.of("sender", "closed").into_owned());
            if steps[at].note.is_empty() || at < 4 {
                steps[at].note = date(closed);
            }
        }
        Steps { tongue, steps }
    }
}

/// Why the due date is what it is.
pub struct Why {
    pub ruler: Option<Ruler>,
    pub reasons: Vec<String>,
}

/// `due` is the date in force; the ruler is drawn only where it is the one the rule gives.
pub fn why(tongue: Tongue, told: &Explanation, due: Timestamp, today: Date) -> Why {
    let by_rule = local_date(told.due) == local_date(due);
    let mut reasons = Vec::new();
    let n = i64::from(told.amount).into();
    reasons.push(
        match told.unit {
            Unit::WorkingDay => tongue.with("why-working_days", [("n", n)]),
            Unit::CalendarDay => tongue.with("why-calendar_days", [("n", n)]),
            Unit::WorkingHour => tongue.with("why-working_hours", [("n", n)]),
            Unit::Hour => tongue.with("why-hours", [("n", n)]),
            Unit::Minute => tongue.with("why-minutes", [("n", n)]),
        }
        .into_owned(),
    );
    let counted: Vec<_> = told.cells.iter().filter(|cell| matches!(cell.kind, Counted::Counted | Counted::Due)).collect();
    if !counted.is_empty() && counted.len() <= 15 {
        let days: Vec<_> = counted.iter().map(|cell| tongue.date(cell.date)).collect();
        reasons.push(tongue.with("why-counted", [("days", days.join(", ").into())]).into_owned());
    }
    let mut sources = vec![told.source.clone()];
    for run in off_runs(told) {
        let name = run.name.unwrap_or_else(|| match run.paused {
            true => tongue.t("why-paused").into_owned(),
            false => tongue.t("why-weekend").into_owned(),
        });
        let days = tongue.dates(run.from, run.to);
        reasons.push(tongue.with("why-skipped", [("days", days.into()), ("name", name.into())]).into_owned());
    }
    for source in told.skipped().filter_map(|cell| cell.source.clone()) {
        if !source.is_empty() && !sources.contains(&source) {
            sources.push(source);
        }
    }
    sources.retain(|source| !source.is_empty());
    if !sources.is_empty() {
        reasons.push(tongue.with("why-source", [("source", sources.join("; ").into())]).into_owned());
    }
    if told.status == RuleStatus::Proposed {
        reasons.push(tongue.t("why-proposed").into_owned());
    }
    if !by_rule {
        let day = tongue.day_year(local_date(due));
        reasons.push(tongue.with("why-moved", [("day", day.into())]).into_owned());
    }
    let drawn = by_rule && !told.cells.is_empty();
    Why { ruler: drawn.then(|| ruler(tongue, told, today)), reasons }
}

struct Off {
    from: Date,
    to: Date,
    name: Option<String>,
    paused: bool,
}

/// Days off in a row, a holiday together with the weekends that touch it; waiting days apart.
fn off_runs(told: &Explanation) -> Vec<Off> {
    let mut runs: Vec<Off> = Vec::new();
    let mut open = false;
    for cell in &told.cells {
        let paused = cell.kind == Counted::Paused;
        if !paused && cell.kind != Counted::Skipped {
            open = false;
            continue;
        }
        match runs.last_mut() {
            Some(last) if open && last.paused == paused => {
                last.to = cell.until;
                if last.name.is_none() {
                    last.name.clone_from(&cell.name);
                }
            }
            _ => {
                let name = cell.name.clone().filter(|_| !paused);
                runs.push(Off { from: cell.date, to: cell.until, name, paused });
            }
        }
        open = true;
    }
    runs
}

fn ruler(tongue: Tongue, told: &Explanation, today: Date) -> Ruler {
    let mut runs = off_runs(told).into_iter().peekable();
    let mut cells = Vec::new();
    for cell in &told.cells {
        let day = |kind, name| Cell { from: cell.date, to: cell.until, kind, name, is_today: cell.date == today };
        cells.push(match cell.kind {
            Counted::Received => day(CellKind::Received, None),
            Counted::Counted if cell.date < today => day(CellKind::Counted, None),
            Counted::Counted => day(CellKind::Open, None),
            Counted::Due => day(CellKind::Due, None),
            Counted::Skipped | Counted::Paused => {
                let Some(run) = runs.next_if(|run| run.from == cell.date) else { continue };
                let name = brief(tongue, &run);
                Cell { from: run.from, to: run.to, kind: CellKind::Off, name: Some(name), is_today: run.from <= today && today <= run.to }
            }
        });
    }
    Ruler { tongue, received: local_date(told.received), due: local_date(told.due), cells }
}

/// A word as narrow as its days.
fn brief(tongue: Tongue, run: &Off) -> String {
    match &run.name {
        Some(name) if name.contains("Tết") => "Tết".to_owned(),
        Some(_) => tongue.t("ruler-holiday").into_owned(),
        None if run.paused => tongue.t("ruler-paused").into_owned(),
        None => tongue.t("ruler-weekend").into_owned(),
    }
}

/// "Thứ Tư, 25/02/2026" and how long that still is, while the clock runs.
pub fn due_words(tongue: Tongue, calendar: &Calendar, due: Timestamp, now: Timestamp, runs: bool) -> (String, Option<String>) {
    let (day, today) = (local_date(due), local_date(now));
    let date = capital(&tongue.day_year(day));
    if !runs {
        return (date, None);
    }
    let left = if now > due {
        -i64::from(calendar.working_days_between(day, today)).max(1)
    } else {
        i64::from(calendar.working_days_between(today, day))
    };
    (date, Some(tongue.left(left)))
}

#[cfg(test)]
mod tests {
    use domain::deadline::Cell as Told;
    use jiff::civil::date;

    use super::*;

    fn told() -> Explanation {
        let cell = |from: Date, until: Date, kind, name: Option<&str>| Told {
            date: from,
            until,
            days: 1,
            kind,
            name: name.map(str::to_owned),
            source: name.map(|_| "Thông báo nghỉ Tết".to_owned()),
        };
        let day = |day, kind| cell(date(2026, 2, day), date(2026, 2, day), kind, None);
        let mut cells = vec![day(9, Counted::Received)];
        cells.extend((10..14).map(|at| day(at, Counted::Counted)));
        cells.push(cell(date(2026, 2, 14), date(2026, 2, 15), Counted::Skipped, None));
        cells.push(cell(date(2026, 2, 16), date(2026, 2, 20), Counted::Skipped, Some("Tết Nguyên đán")));
        cells.push(cell(date(2026, 2, 21), date(2026, 2, 22), Counted::Skipped, None));
        cells.extend([day(23, Counted::Counted), day(24, Counted::Counted), day(25, Counted::Due)]);
        Explanation {
            rule: uuid::Uuid::nil(),
            source: "Bảng thời hạn".into(),
            status: RuleStatus::Verified,
            amount: 7,
            unit: Unit::WorkingDay,
            received: "2026-02-09T02:14:00Z".parse().expect("a moment"),
            due: "2026-02-25T16:59:59Z".parse().expect("a moment"),
            paused_days: 0,
            cells,
        }
    }

    #[test]
    fn a_holiday_and_its_weekends_are_one_run() {
        let told = told();
        let why = why(Tongue::VI, &told, told.due, date(2026, 2, 12));
        let text = why.reasons.join("\n");
        assert!(text.contains("7 ngày làm việc"), "{text}");
        assert!(text.contains("10/02, 11/02, 12/02, 13/02, 23/02, 24/02, 25/02"), "{text}");
        assert!(text.contains("14 đến 22/02: Tết Nguyên đán"), "{text}");
        assert!(text.contains("Bảng thời hạn; Thông báo nghỉ Tết"), "{text}");
        let ruler = why.ruler.expect("the rule's own date");
        assert_eq!(ruler.cells.len(), 9);
        assert!(ruler.cells.iter().any(|cell| cell.kind == CellKind::Off && cell.to == date(2026, 2, 22)));
        assert_eq!(ruler.cells.iter().filter(|cell| cell.is_today).count(), 1);
    }

    #[test]
    fn a_date_that_was_moved_says_so_and_draws_no_ruler() {
        let told = told();
        let later = "2026-03-02T16:59:59Z".parse().expect("a moment");
        let why = why(Tongue::VI, &told, later, date(2026, 2, 12));
        assert!(why.ruler.is_none());
        assert!(why.reasons.last().expect("a reason").contains("02/03/2026"));
    }

    #[test]
    fn steps_end_where_the_case_stands() {
        let at: Timestamp = "2026-02-09T02:14:00Z".parse().expect("a moment");
        let mut progress = Progress {
            step: SenderStep::Working,
            received: at,
            agency: Some("Thuế TP.HCM".into()),
            routed: Some(at),
            accepted: Some(at),
            waiting_until: None,
            answered: None,
            rate_until: None,
            closed: None,
            mark: None,
        };
        let states = |progress: &Progress| progress.steps(Tongue::VI).steps.map(|step| step.state);
        use StepState::{Ahead, Done, Halted, Here};
        assert_eq!(states(&progress), [Done, Done, Here, Ahead, Ahead]);
        progress.waiting_until = Some(at);
        assert_eq!(states(&progress), [Done, Done, Halted, Ahead, Ahead]);
        assert_eq!(progress.steps(Tongue::VI).steps[2].name.as_deref(), Some("Cần anh/chị bổ sung"));
    }
}
