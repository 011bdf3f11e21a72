//! Time as it is seen: what is left of a deadline, and the days it is made of.

use askama::Template;
use jiff::civil::Date;
use words::Tongue;

use super::{Icon, Tone};

/// A deadline: words first, then one tick for each working day, then the date.
#[derive(Template, Clone, Debug)]
#[template(path = "parts/due.html")]
pub struct Due {
    pub tongue: Tongue,
    /// Working days left; 0 on the last day, negative when late.
    pub left: i64,
    /// Working days the rule gives.
    pub total: u32,
    pub day: Date,
    /// While the clock stands still, the day until which we wait.
    pub paused_until: Option<Date>,
    /// Short words and dates, for the console.
    pub brief: bool,
}

impl Due {
    /// More ticks than this would not be counted by eye; the line is then to scale.
    const MOST: u32 = 20;

    pub fn tone(&self) -> Tone {
        match (self.paused_until, self.left) {
            (Some(_), _) => Tone::Wait,
            (None, ..0) => Tone::Bad,
            (None, 0) => Tone::Warn,
            _ => Tone::Calm,
        }
    }

    fn icon(&self) -> Option<Icon> {
        match self.tone() {
            Tone::Wait => Some(Icon::Info),
            Tone::Bad => Some(Icon::Late),
            Tone::Warn => Some(Icon::Due),
            _ => None,
        }
    }

    fn words(&self) -> String {
        let (t, left) = (self.tongue, self.left);
        match self.tone() {
            Tone::Wait => t.t("due-paused"),
            Tone::Bad => t.with("due-overdue", &[("n", (-left).into())]),
            Tone::Warn => t.t("due-today"),
            _ if self.brief => t.with("due-left-brief", &[("n", left.into())]),
            _ => t.with("due-left", &[("n", left.into())]),
        }
        .into_owned()
    }

    fn date(&self) -> String {
        let day = |date| match self.brief {
            true => self.tongue.short_day(date),
            false => self.tongue.day(date),
        };
        match self.paused_until {
            Some(until) => self.tongue.with("due-paused-until", &[("day", day(until).into())]).into_owned(),
            None => day(self.day),
        }
    }

    fn late(&self) -> u32 {
        u32::try_from(-self.left).unwrap_or(0)
    }

    /// Ticks drawn and ticks filled; days late add ticks.
    pub(super) fn ticks(&self) -> (u32, u32) {
        let all = self.total.saturating_add(self.late()).max(1);
        let left = u32::try_from(self.left).unwrap_or(0).min(all);
        let drawn = all.min(Self::MOST);
        (drawn, (all - left) * drawn / all)
    }

    fn width(ticks: u32) -> u32 {
        (ticks * 10).saturating_sub(3)
    }
}

/// The days between receipt and due date, one cell each; days off in a row share one.
#[derive(Template, Clone, Debug)]
#[template(path = "parts/ruler.html")]
pub struct Ruler {
    pub tongue: Tongue,
    pub received: Date,
    pub due: Date,
    pub cells: Vec<Cell>,
}

#[derive(Clone, Debug)]
pub struct Cell {
    pub from: Date,
    /// The same as `from`, but for days off in a row.
    pub to: Date,
    pub kind: CellKind,
    /// What a day off is called ("Tết", "cuối tuần"), or "làm bù".
    pub name: Option<String>,
    pub is_today: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// The day of receipt, which is not counted.
    Received,
    /// A counted day that has passed.
    Counted,
    /// A counted day to come.
    Open,
    Off,
    Due,
}

impl Cell {
    fn class(&self) -> &'static str {
        match (self.kind, self.is_today) {
            (CellKind::Received, false) => "in",
            (CellKind::Received, true) => "in now",
            (CellKind::Counted, false) => "used",
            (CellKind::Counted, true) => "used now",
            (CellKind::Open, false) => "",
            (CellKind::Open, true) => "now",
            (CellKind::Off, false) => "off",
            (CellKind::Off, true) => "off now",
            (CellKind::Due, false) => "due",
            (CellKind::Due, true) => "due now",
        }
    }

    fn head(&self, tongue: Tongue) -> String {
        match &self.name {
            Some(name) => name.clone(),
            // Two letters in English: a cell is as narrow as a date.
            None => tongue.short_weekday(self.from).chars().take(2).collect(),
        }
    }

    fn days(&self) -> String {
        if self.from == self.to { format!("{:02}", self.from.day()) } else { format!("{:02}–{:02}", self.from.day(), self.to.day()) }
    }

    fn said(&self, tongue: Tongue) -> String {
        let kind = match self.kind {
            CellKind::Received => "received",
            CellKind::Counted => "counted",
            CellKind::Open => "open",
            CellKind::Off => "off",
            CellKind::Due => "due",
        };
        let mut text = tongue.of("day", kind).into_owned();
        if self.is_today {
            text = format!("{text}, {}", tongue.of("day", "today"));
        }
        text
    }
}
