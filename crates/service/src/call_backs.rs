//! Missed calls as tasks: one officer takes one on, calls back, and says what came of it.

use domain::call::CallBack;
use domain::permission::Act;
use serde_json::json;
pub use store::call_backs::CallBackRow;
use store::cases::After;
use uuid::Uuid;

use crate::calls::{Caller, caller};
use crate::{City, Error, Officer, Problem, Result};

/// Tasks on the page.
const PAGE: i64 = 100;

/// A task with what is known about the number.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub task: CallBackRow,
    pub caller: Caller,
    /// Name of whoever took it on.
    pub officer: Option<String>,
    /// The exchange places the call when asked.
    pub can_dial: bool,
}

/// The open tasks of an officer's receptions, the one that waits longest first.
pub async fn waiting(city: &City, officer: &Officer) -> Result<Vec<Waiting>> {
    let mut q = city.db.read();
    let mut found = Vec::new();
    for agency in officer.viewer.receptions(Act::Call) {
        for task in store::call_backs::open(&mut q, agency, After::START, PAGE).await? {
            let name = match task.officer_id {
                Some(id) => Some(store::officers::find(&mut q, id).await?.name),
                None => None,
            };
            let hotline = crate::hotlines::Hotline::of(city, (*city.account(task.account_id).await?).clone())?;
            let caller = caller(city, &mut q, officer, Some(&task.number)).await?;
            found.push(Waiting { caller, officer: name, can_dial: hotline.settings.dial.is_open(), task });
        }
    }
    found.sort_by_key(|waiting| (waiting.task.last_at, waiting.task.id));
    Ok(found)
}

/// What an officer does with a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Takes it on: nobody else does it meanwhile.
    Claim,
    /// Gives it back.
    Release,
    /// Asks the exchange to place the call.
    Dial,
    Reached,
    NoAnswer,
    WrongNumber,
}

impl Doing {
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "claim" => Doing::Claim,
            "release" => Doing::Release,
            "dial" => Doing::Dial,
            "reached" => Doing::Reached,
            "no_answer" => Doing::NoAnswer,
            "wrong_number" => Doing::WrongNumber,
            _ => return None,
        })
    }
}

/// Does it. `version` is what the officer saw.
///
/// # Errors
/// [`Error::Stale`] when somebody else was faster; a [`Problem`] of the field `task` when it is another officer's.
pub async fn act(city: &City, officer: &Officer, task: Uuid, version: i64, doing: Doing) -> Result<()> {
    let mut tx = city.db.begin().await?;
    let mut row = store::call_backs::find(&mut tx, task).await?;
    if !officer.viewer.receptions(Act::Call).contains(&row.agency_id) {
        return Err(Error::NotFound);
    }
    if row.version != version || !row.open {
        return Err(Error::Stale);
    }
    let now = city.now().as_microsecond();
    match (doing, row.officer_id) {
        (_, Some(other)) if other != officer.id => return Err(Problem::new("task", "taken").into()),
        (Doing::Claim, _) => (row.officer_id, row.claimed_at) = (Some(officer.id), Some(now)),
        (_, None) => return Err(Problem::new("task", "claim_first").into()),
        (Doing::Release, _) => (row.officer_id, row.claimed_at) = (None, None),
        (Doing::Dial, _) => {
            tx.rollback().await?;
            return crate::call_desk::dial(city, officer, row.account_id, &row.number).await;
        }
        (Doing::Reached, _) => settle(&mut row, CallBack::Reached, now),
        (Doing::WrongNumber, _) => settle(&mut row, CallBack::WrongNumber, now),
        (Doing::NoAnswer, _) => {
            row.tries += 1;
            row.tried_at = Some(now);
            (row.officer_id, row.claimed_at) = (None, None);
            if row.tries >= city.reference().number("call_back_tries")? {
                settle(&mut row, CallBack::NoAnswer, now);
            }
        }
    }
    store::call_backs::update(&mut tx, &row).await?;
    let told = json!({ "doing": format!("{doing:?}"), "tries": row.tries });
    store::audit::add(&mut tx, city.new_id(), city.now(), Some(officer.id), "call_back", &task.to_string(), told).await?;
    store::change_feed::add(&mut tx, "call", row.call_id, city.now()).await?;
    tx.commit().await?;
    Ok(())
}

fn settle(row: &mut CallBackRow, outcome: CallBack, now: i64) {
    row.open = false;
    row.outcome = Some(outcome.as_str().into());
    row.settled_at = Some(now);
}
