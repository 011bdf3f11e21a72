//! Lists of cases: what waits for whom, a page at a time.

use domain::case::Role;
use domain::permission::{Act, CaseFacts, ScopeReach};
use domain::time::{last_moment_of, local_date};
use jiff::Timestamp;
pub use store::cases::Line;
use store::cases::{self, After};
use store::notify::Topic;
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use crate::{City, Error, Officer, Result};

/// The lists of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Queue {
    Mine,
    Agency,
    Screen,
    Returned,
    Accept,
    Approve,
    Waiting,
    DueSoon,
    Overdue,
    Answered,
    Joint,
    Sealed,
    All,
}

impl Queue {
    pub const ALL: [Queue; 13] = [
        Queue::Mine,
        Queue::Agency,
        Queue::Screen,
        Queue::Returned,
        Queue::Accept,
        Queue::Approve,
        Queue::Waiting,
        Queue::DueSoon,
        Queue::Overdue,
        Queue::Answered,
        Queue::Joint,
        Queue::Sealed,
        Queue::All,
    ];

    /// The name in addresses and in words (`queue-<name>`).
    pub fn as_str(self) -> &'static str {
        match self {
            Queue::Mine => "mine",
            Queue::Agency => "agency",
            Queue::Screen => "screen",
            Queue::Returned => "returned",
            Queue::Accept => "accept",
            Queue::Approve => "approve",
            Queue::Waiting => "waiting",
            Queue::DueSoon => "due-soon",
            Queue::Overdue => "overdue",
            Queue::Answered => "answered",
            Queue::Joint => "joint",
            Queue::Sealed => "sealed",
            Queue::All => "all",
        }
    }

    pub fn parse(name: &str) -> Option<Queue> {
        Queue::ALL.into_iter().find(|queue| queue.as_str() == name)
    }

    /// Whether the list makes sense for somebody with these roles.
    pub fn is_for(self, officer: &Officer) -> bool {
        let has = |roles: &[Role]| roles.iter().any(|role| officer.has(*role));
        match self {
            Queue::Mine => has(&[Role::Handler, Role::Coordinator, Role::Leader]),
            Queue::Agency | Queue::Waiting => has(&[Role::Operator, Role::Handler, Role::Coordinator, Role::Leader]),
            Queue::Screen => has(&[Role::Operator]),
            Queue::Returned => has(&[Role::Operator, Role::CityLeader]),
            Queue::Accept => has(&[Role::Handler, Role::Coordinator]),
            Queue::Approve => has(&[Role::Leader]),
            Queue::Answered => has(&[Role::Publisher, Role::Operator, Role::Handler]),
            Queue::Joint => has(&[Role::Handler, Role::Coordinator, Role::Leader]),
            Queue::Sealed => true,
            Queue::DueSoon | Queue::Overdue | Queue::All => {
                has(&[Role::Operator, Role::Handler, Role::Coordinator, Role::Leader, Role::CityLeader, Role::Publisher, Role::DataOfficer])
            }
        }
    }

    /// Newest first instead of most urgent first.
    fn newest_first(self) -> bool {
        matches!(self, Queue::All | Queue::Joint | Queue::Sealed)
    }

    fn stored(self) -> Option<&'static str> {
        match self {
            Queue::Screen => Some("screen"),
            Queue::Returned => Some("returned"),
            Queue::Accept => Some("accept"),
            Queue::Approve => Some("approve"),
            Queue::Waiting => Some("waiting"),
            Queue::Answered => Some("answered"),
            _ => None,
        }
    }
}

/// A page of a list and where the next one begins.
#[derive(Debug, Clone)]
pub struct Page {
    pub lines: Vec<Line>,
    pub next: Option<String>,
}

/// Lines on a page.
pub const PAGE: usize = 50;

/// One page of a list. `after` is what an earlier page gave as `next`.
pub async fn page(city: &City, officer: &Officer, queue: Queue, after: Option<&str>) -> Result<Page> {
    if !queue.is_for(officer) {
        return Err(Error::Forbidden);
    }
    let after = match after {
        Some(text) => parse_after(text).ok_or(Error::NotFound)?,
        None if queue.newest_first() => After::END,
        None => After::START,
    };
    let limit = PAGE as i64 + 1;
    let mut lines = lines(city, officer, queue, after, limit).await?;
    let next = (lines.len() > PAGE).then(|| {
        lines.truncate(PAGE);
        lines.last().map(|line| format!("{}.{}", key(queue, line), line.id.simple()))
    });
    Ok(Page { lines, next: next.flatten() })
}

/// Wakes whenever something may have changed in some list. Only ever a hint: who is woken asks again, under permission.
pub struct News(tokio::sync::broadcast::Receiver<Topic>);

impl News {
    pub fn of(city: &City) -> Self {
        Self(city.db.notices().listen())
    }

    /// Waits for the next news; false when there will be none any more.
    pub async fn heard(&mut self) -> bool {
        loop {
            match self.0.recv().await {
                Ok(Topic::Changes) | Err(RecvError::Lagged(_)) => return true,
                Ok(_) => {}
                Err(RecvError::Closed) => return false,
            }
        }
    }
}

/// How many wait in a list, up to a thousand: lists are never counted to the end.
pub async fn count(city: &City, officer: &Officer, queue: Queue, up_to: i64) -> Result<usize> {
    let after = if queue.newest_first() { After::END } else { After::START };
    Ok(lines(city, officer, queue, after, up_to).await?.len())
}

async fn lines(city: &City, officer: &Officer, queue: Queue, after: After, limit: i64) -> Result<Vec<Line>> {
    let mut q = city.db.read();
    let now = city.now();
    let scope = officer.viewer.scope(Act::List);
    let whole_city = scope.reach == ScopeReach::All;
    if queue == Queue::Mine {
        return Ok(cases::of_officer(&mut q, officer.id, after, limit).await?);
    }
    if queue == Queue::Sealed {
        return Ok(cases::of_party(&mut q, officer.id, "sealed", after, limit).await?);
    }
    // What waits for one's own hands is listed by the agencies of one's roles; what one may look at, by the scope.
    let agencies: Vec<Uuid> = match (&scope.reach, queue) {
        (ScopeReach::Nothing | ScopeReach::Published, _) => return Ok(Vec::new()),
        (ScopeReach::All, Queue::Returned | Queue::DueSoon | Queue::Overdue | Queue::All | Queue::Answered) => Vec::new(),
        (ScopeReach::All, _) => officer.all_agencies(),
        (ScopeReach::Agencies { party, lead, received }, _) => {
            let mut all: Vec<Uuid> = party.union(lead).copied().collect();
            all.extend(received.difference(party));
            all
        }
    };
    // Whoever may reroute sees every return, whichever agency made it.
    if queue == Queue::Returned || (whole_city && queue == Queue::Answered) {
        let stored = queue.stored().unwrap_or("returned");
        let lines = cases::of_queue(&mut q, stored, after, limit).await?;
        return if whole_city { Ok(lines) } else { readable(officer, lines) };
    }
    if whole_city && agencies.is_empty() {
        return Ok(match queue {
            Queue::Overdue => cases::of_clock(&mut q, now, after, limit).await?,
            Queue::DueSoon => cases::of_clock(&mut q, soon(city), from(after, now), limit).await?,
            _ => cases::of_city(&mut q, after, limit).await?,
        });
    }
    let mut found = Vec::new();
    for agency in agencies {
        found.extend(match queue {
            Queue::Overdue => cases::of_agency_clock(&mut q, agency, now, after, limit).await?,
            Queue::DueSoon => cases::of_agency_clock(&mut q, agency, soon(city), from(after, now), limit).await?,
            // A reception goes on seeing what it passed on.
            Queue::All => cases::of_agency_all(&mut q, agency, after, limit).await?,
            Queue::Joint => cases::of_party(&mut q, agency, "co", after, limit).await?,
            _ => match queue.stored() {
                Some(stored) => cases::of_agency_queue(&mut q, agency, stored, after, limit).await?,
                None => cases::of_agency(&mut q, agency, after, limit).await?,
            },
        });
    }
    found.sort_by_key(|line| (key(queue, line), line.id));
    if queue.newest_first() {
        found.reverse();
    }
    found.dedup_by_key(|line| line.id);
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    // Parties of earlier times may list what may no longer be read.
    if queue.newest_first() { readable(officer, found) } else { Ok(found) }
}

/// Keeps what the permission table lets the officer see, by the state read with each line.
pub fn readable(officer: &Officer, mut lines: Vec<Line>) -> Result<Vec<Line>> {
    let mut fault = None;
    lines.retain(|line| match crate::change::state_of_line(line) {
        Ok(state) => officer.viewer.may(Act::List, &CaseFacts::from(&state)),
        Err(error) => {
            fault = Some(error);
            false
        }
    });
    fault.map_or(Ok(lines), Err)
}

/// End of the second working day from now: what must be answered by then is due soon.
fn soon(city: &City) -> Timestamp {
    let reference = city.reference();
    last_moment_of(reference.book.calendar.add_working_days(local_date(city.now()), 2))
}

/// Due soon begins where overdue ends.
fn from(after: After, now: Timestamp) -> After {
    if after.key < now.as_microsecond() { After { key: now.as_microsecond(), id: Uuid::nil() } } else { after }
}

fn key(queue: Queue, line: &Line) -> i64 {
    match queue {
        Queue::All | Queue::Joint | Queue::Sealed => line.received_at,
        Queue::DueSoon | Queue::Overdue => line.clock_at.unwrap_or(line.sort_at),
        _ => line.sort_at,
    }
}

fn parse_after(text: &str) -> Option<After> {
    let (key, id) = text.split_once('.')?;
    Some(After { key: key.parse().ok()?, id: id.parse().ok()? })
}
