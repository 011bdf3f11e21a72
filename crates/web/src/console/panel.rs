//! What stands beside the talk: the clock with its reasons, the business, earlier cases, similar answers.

use domain::contact::ContactPoint;
use domain::deadline::{CellKind as Counted, Explanation, RuleStatus};
use domain::tax_code::{CheckDigit, TaxCode};
use domain::time::local_date;
use jiff::civil::Date;
use service::City;
use service::queue::Line;
use service::read_case::{CaseView, IdentityRow};
use words::Tongue;

use super::at;
use super::timeline::is_chat;
use crate::parts::{Cell, CellKind, Ruler, Status, spaced};

/// The clock.
pub struct Clock {
    pub ruler: Option<Ruler>,
    pub lines: Vec<String>,
}

impl Clock {
    pub fn of(city: &City, tongue: Tongue, view: &CaseView) -> Clock {
        let today = city.today();
        let mut lines = Vec::new();
        let mut ruler = None;
        if let Some(why) = &view.explanation {
            lines.push(rule(tongue, why));
            let skipped: Vec<String> = why.skipped().filter_map(|cell| named(tongue, cell)).collect();
            if !skipped.is_empty() {
                lines.push(tongue.with("clock-skipped", [("days", skipped.join(", ").into())]).into_owned());
            }
            if why.paused_days > 0 {
                lines.push(tongue.with("clock-paused", [("n", why.paused_days.into())]).into_owned());
            }
            lines.push(tongue.with("clock-source", [("source", why.source.clone().into())]).into_owned());
            if why.status != RuleStatus::Verified {
                lines.push(tongue.of("rule-status", why.status.as_str()).into_owned());
            }
            if !why.cells.is_empty() {
                ruler = Some(self::ruler(tongue, why, today));
            }
        }
        match (view.state.due, view.state.due_original) {
            (Some(due), Some(first)) if due != first => {
                let days = [("due", tongue.day(local_date(due)).into()), ("first", tongue.day(local_date(first)).into())];
                lines.push(tongue.with("clock-moved", days).into_owned());
            }
            (None, _) => {
                if let Some(until) = view.row.confirm_by {
                    let until = tongue.moment(at(until));
                    lines.push(tongue.with("clock-confirm", [("at", until.into())]).into_owned());
                }
                lines.push(tongue.t("clock-none").into_owned());
            }
            _ => {}
        }
        if let Some(waiting) = &view.state.waiting {
            lines.insert(0, tongue.with("clock-waiting", [("day", tongue.day(local_date(waiting.until)).into())]).into_owned());
        }
        Clock { ruler, lines }
    }
}

fn rule(tongue: Tongue, why: &Explanation) -> String {
    let unit = tongue.of("unit", why.unit.as_str());
    let values = [("amount", why.amount.into()), ("unit", unit.into()), ("received", tongue.moment(why.received).into())];
    tongue.with("clock-rule", values).into_owned()
}

fn named(tongue: Tongue, cell: &domain::deadline::Cell) -> Option<String> {
    let name = cell.name.as_ref()?;
    Some(format!("{name} {}", tongue.dates(cell.date, cell.until)))
}

/// The days of an explanation as they are drawn today.
pub fn ruler(tongue: Tongue, why: &Explanation, today: Date) -> Ruler {
    let cells = why.cells.iter().map(|cell| {
        let kind = match cell.kind {
            Counted::Received => CellKind::Received,
            Counted::Counted if cell.date < today => CellKind::Counted,
            Counted::Counted => CellKind::Open,
            Counted::Skipped | Counted::Paused => CellKind::Off,
            Counted::Due => CellKind::Due,
        };
        let name = match cell.kind {
            Counted::Paused => Some(tongue.t("due-paused").into_owned()),
            Counted::Skipped => Some(cell.name.clone().unwrap_or_else(|| tongue.t("day-weekend").into_owned())),
            _ => None,
        };
        let is_today = cell.date <= today && today <= cell.until;
        Cell { from: cell.date, to: cell.until, kind, name, is_today }
    });
    Ruler { tongue, received: local_date(why.received), due: local_date(why.due), cells: cells.collect() }
}

/// The business and the person, as far as this officer may see them.
pub struct Sender {
    pub business: String,
    pub tax_code: String,
    pub tax_code_wrong: bool,
    pub kind: String,
    pub name: String,
    /// Masked.
    pub contacts: Vec<(String, bool)>,
    pub hidden: bool,
    pub visibility: String,
}

impl Sender {
    pub fn of(tongue: Tongue, view: &CaseView) -> Sender {
        let business = view.business.as_ref();
        let code = business.and_then(|business| business.tax_code.parse::<TaxCode>().ok());
        let personal = code.as_ref().is_some_and(TaxCode::is_personal);
        Sender {
            // The name is registry data or nothing, and never shown beside a person's own number.
            business: business.filter(|_| !personal).and_then(|business| business.name.clone()).unwrap_or_default(),
            tax_code: code.as_ref().map_or_else(String::new, |code| if personal { code.masked() } else { code.digits().to_owned() }),
            tax_code_wrong: code.as_ref().is_some_and(|code| code.check() == CheckDigit::Wrong),
            kind: business.map_or_else(String::new, |business| tongue.of("business", &business.kind).into_owned()),
            name: view.contact.as_ref().map_or_else(String::new, |contact| contact.name.clone()),
            contacts: contacts(tongue, view),
            hidden: view.contact.is_none(),
            visibility: tongue.of("visibility-name", view.state.visibility.as_str()).into_owned(),
        }
    }
}

/// Each contact once: the ids that a channel knows a person by are shown as the channel alone.
fn contacts(tongue: Tongue, view: &CaseView) -> Vec<(String, bool)> {
    let mut found: Vec<(String, bool)> = Vec::new();
    for identity in &view.identities {
        let (shown, proven) = (contact(tongue, identity), identity.verified_at.is_some());
        match found.iter_mut().find(|(known, _)| *known == shown && is_chat(&identity.kind)) {
            Some((_, known)) => *known |= proven,
            None => found.push((shown, proven)),
        }
    }
    found
}

/// An identity as everybody at the desk may see it: masked; of a chat the channel alone, whose ids say nothing to people.
fn contact(tongue: Tongue, identity: &IdentityRow) -> String {
    if is_chat(&identity.kind) {
        return tongue.of("channel", &identity.kind).into_owned();
    }
    ContactPoint::parse(&identity.value).map_or_else(|_| "•••".to_owned(), |contact| contact.masked())
}

/// A link to another case.
pub struct Other {
    pub address: String,
    pub code: String,
    pub title: String,
    pub status: Status,
    pub day: String,
}

impl Other {
    pub fn of(tongue: Tongue, line: &Line) -> Other {
        Other {
            address: format!("/console/c/{}", line.code),
            code: spaced(&line.code),
            title: line.title.clone(),
            status: Status::brief(tongue, &line.label),
            day: tongue.date_year(local_date(at(line.received_at))),
        }
    }
}
