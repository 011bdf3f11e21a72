//! A small city: official calendar rows of 2026, expected ones 2027-2030, a few rules.

use domain::calendar::{Calendar, CalendarDay, DayKind, DayStatus, propose};
use domain::case::Action;
use domain::case::{Actor, CaseState, Decision, Received, Refused, Role, decide};
use domain::deadline::{DeadlineRule, RuleBook, RuleStatus, Step, Unit};
use domain::track::{Track, Urgency};
use domain::visibility::Visibility;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use uuid::Uuid;

pub const CITY: Uuid = Uuid::from_u128(1);
pub const TAX: Uuid = Uuid::from_u128(2);
pub const CUSTOMS: Uuid = Uuid::from_u128(3);
pub const TAX_BRANCH: Uuid = Uuid::from_u128(4);

pub const OPERATOR: Uuid = Uuid::from_u128(101);
pub const SECOND_OPERATOR: Uuid = Uuid::from_u128(102);
pub const HANDLER: Uuid = Uuid::from_u128(103);
pub const LEADER: Uuid = Uuid::from_u128(104);

/// A local wall time.
pub fn at(day: Date, hour: i8, minute: i8) -> Timestamp {
    domain::time::moment(day.at(hour, minute, 0, 0))
}

fn off(day: Date, until: Date, name: &str) -> Vec<CalendarDay> {
    day.series(jiff::ToSpan::days(1)).take_while(|d| *d <= until).map(|d| row(d, DayKind::Holiday, name)).collect()
}

fn row(date: Date, kind: DayKind, name: &str) -> CalendarDay {
    CalendarDay { date, kind, name: name.into(), source: "thông báo".into(), status: DayStatus::Official }
}

/// The rows of the notice for 2026, then the rule for the years without one.
pub fn calendar() -> Calendar {
    let mut days = Vec::new();
    days.extend(off(date(2026, 1, 1), date(2026, 1, 1), "Tết Dương lịch"));
    days.push(row(date(2026, 1, 2), DayKind::SwapOff, "nghỉ hoán đổi"));
    days.push(row(date(2026, 1, 10), DayKind::MakeUpWork, "làm bù 02/01"));
    days.extend(off(date(2026, 2, 16), date(2026, 2, 20), "Tết Nguyên đán"));
    days.extend(off(date(2026, 4, 26), date(2026, 4, 26), "Giỗ Tổ Hùng Vương"));
    days.push(row(date(2026, 4, 27), DayKind::HolidayMakeUp, "nghỉ bù Giỗ Tổ"));
    days.extend(off(date(2026, 4, 30), date(2026, 5, 1), "30/4 và 1/5"));
    days.push(row(date(2026, 8, 22), DayKind::MakeUpWork, "làm bù 31/8"));
    days.push(row(date(2026, 8, 31), DayKind::SwapOff, "nghỉ hoán đổi"));
    days.extend(off(date(2026, 9, 1), date(2026, 9, 2), "Quốc khánh"));
    days.extend(off(date(2026, 11, 24), date(2026, 11, 24), "Ngày Văn hóa Việt Nam"));
    for year in 2027..=2030 {
        days.extend(propose(year));
    }
    Calendar::new(days)
}

pub fn rule(id: u128, track: Track, step: Step, amount: u32, unit: Unit) -> DeadlineRule {
    DeadlineRule {
        id: Uuid::from_u128(1000 + id),
        track,
        urgency: None,
        agency: None,
        step,
        amount,
        unit,
        valid_from: date(2020, 1, 1),
        valid_to: None,
        source: "Quyết định 1478/QĐ-UBND".into(),
        status: RuleStatus::Verified,
    }
}

pub fn book() -> RuleBook {
    let mut rules = vec![
        rule(1, Track::Field, Step::Answer, 5, Unit::WorkingDay),
        rule(2, Track::Field, Step::Forward, 5, Unit::Minute),
        rule(3, Track::Law, Step::Answer, 15, Unit::CalendarDay),
        rule(4, Track::Question, Step::Answer, 7, Unit::WorkingDay),
        rule(5, Track::Conduct, Step::Answer, 15, Unit::WorkingDay),
        rule(6, Track::Law, Step::Bounce, 2, Unit::WorkingDay),
        rule(7, Track::Question, Step::Bounce, 1, Unit::WorkingDay),
        rule(8, Track::Question, Step::Accept, 1, Unit::WorkingDay),
    ];
    rules.push(DeadlineRule { urgency: Some(Urgency::Urgent), ..rule(9, Track::Field, Step::Answer, 1, Unit::WorkingDay) });
    RuleBook { rules, calendar: calendar(), ..RuleBook::default() }
}

/// Thursday 5 February 2026, 09:00.
pub fn morning() -> Timestamp {
    at(date(2026, 2, 5), 9, 0)
}

pub fn received() -> CaseState {
    CaseState::receive(Received { by: CITY, at: morning(), visibility: Visibility::Public, identity_proven: false })
}

pub fn operator() -> Actor {
    Actor::officer(Role::Operator, OPERATOR, CITY)
}
pub fn coordinator(agency: Uuid) -> Actor {
    Actor::officer(Role::Coordinator, HANDLER, agency)
}
pub fn handler(agency: Uuid) -> Actor {
    Actor::officer(Role::Handler, HANDLER, agency)
}
pub fn leader(agency: Uuid) -> Actor {
    Actor::officer(Role::Leader, LEADER, agency)
}
pub fn publisher() -> Actor {
    Actor::officer(Role::Publisher, OPERATOR, CITY)
}
pub fn city_leader() -> Actor {
    Actor::officer(Role::CityLeader, LEADER, CITY)
}

pub fn route_to(track: Track, lead: Uuid) -> Action {
    Action::Route { track, field: "tax".into(), urgency: Urgency::Normal, lead, lead_competent: true, co: vec![], why: "field tax".into() }
}

/// A case with the history so far, and the clock it lives by.
pub struct Story {
    pub state: CaseState,
    pub now: Timestamp,
    pub book: RuleBook,
}

impl Story {
    pub fn begin() -> Self {
        Self { state: received(), now: morning(), book: book() }
    }

    pub fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    pub fn attempt(&self, actor: Actor, action: Action) -> Result<Decision, Refused> {
        decide(&self.state, &action, &actor, self.now, &self.book)
    }

    /// The act happens; its row is the one named.
    #[track_caller]
    pub fn then(mut self, actor: Actor, action: Action, row: &str) -> Self {
        let decision = self.attempt(actor, action).unwrap();
        assert_eq!(decision.row.number, row);
        self.state = decision.state;
        self
    }

    pub fn routed(track: Track) -> Self {
        Self::begin().then(operator(), Action::StartScreening, "5").then(operator(), route_to(track, TAX), "12")
    }

    pub fn working(track: Track) -> Self {
        Self::routed(track).then(coordinator(TAX), Action::Accept { officer: HANDLER }, "13")
    }

    pub fn answered(track: Track) -> Self {
        Self::working(track).then(handler(TAX), Action::SubmitDraft { answer_id: Uuid::from_u128(7) }, "20").then(
            leader(TAX),
            Action::ApproveDraft,
            "21",
        )
    }
}
