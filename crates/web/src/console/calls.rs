//! Calls: who is on the line, whom to call back, the log.

use std::convert::Infallible;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::stream;
use serde::Deserialize;
use service::call_backs::{self, Doing, Waiting};
use service::calls::{self, CallRow};
use service::queue::News;
use service::{City, Officer};
use uuid::Uuid;
use words::Tongue;

use super::ringing::{Card, Hint, number, status};
use super::{at, mistakes, show};
use crate::app::{App, SignedIn};
use crate::error::Error;
use crate::page::{Page, Place};
use crate::parts::{Empty, ErrorSummary, Icon, Push, Status};

/// A call-back in the list.
pub struct Task {
    id: Uuid,
    call: Uuid,
    version: i64,
    number: String,
    /// For the telephone's own dialler, where the exchange cannot be asked.
    dial: String,
    can_dial: bool,
    hint: Hint,
    /// "3 cuộc, gần nhất 09:14".
    when: String,
    tries: String,
    /// Whoever took it on, when that is somebody else.
    other: String,
    mine: bool,
    free: bool,
}

impl Task {
    fn of(city: &City, tongue: Tongue, officer: &Officer, waiting: Waiting) -> Task {
        let task = waiting.task;
        let last = tongue.short_moment(at(task.last_at), city.now());
        let when = tongue.with("call-missed-when", [("n", task.calls.into()), ("at", last.into())]).into_owned();
        let tries = if task.tries == 0 {
            String::new()
        } else {
            let tried = task.tried_at.map(|tried| tongue.short_moment(at(tried), city.now())).unwrap_or_default();
            tongue.with("call-missed-tries", [("n", task.tries.into()), ("at", tried.into())]).into_owned()
        };
        let mine = task.officer_id == Some(officer.id);
        Task {
            id: task.id,
            call: task.call_id,
            version: task.version,
            number: number(tongue, Some(&task.number)),
            dial: service::call_desk::national(&task.number),
            can_dial: waiting.can_dial,
            hint: Hint::of(city, tongue, &waiting.caller),
            when,
            tries,
            free: task.officer_id.is_none(),
            other: waiting.officer.filter(|_| !mine).unwrap_or_default(),
            mine,
        }
    }
}

/// Who is on the line and whom to call back: the part that live updates take the place of.
#[derive(Template)]
#[template(path = "console/call_board.html")]
struct Board {
    tongue: Tongue,
    cards: Vec<Card>,
    tasks: Vec<Task>,
    no_cards: Empty,
    no_tasks: Empty,
}

impl HtmlSafe for Board {}

impl Board {
    async fn of(city: &City, tongue: Tongue, officer: &Officer) -> service::Result<Board> {
        let live = calls::live(city, officer).await?;
        let waiting = call_backs::waiting(city, officer).await?;
        let empty =
            |name: &str| Empty { title: tongue.of("call-none", name).into_owned(), text: tongue.of("call-none-text", name).into_owned() };
        Ok(Board {
            tongue,
            cards: live.into_iter().map(|live| Card::of(city, tongue, live)).collect(),
            tasks: waiting.into_iter().map(|waiting| Task::of(city, tongue, officer, waiting)).collect(),
            no_cards: empty("live"),
            no_tasks: empty("missed"),
        })
    }
}

#[derive(Template)]
#[template(path = "console/calls.html")]
struct BoardPage {
    page: Page,
    /// A rendered [`Board`].
    board: String,
    extension: String,
    errors: Option<ErrorSummary>,
}

fn allowed(signed_in: &SignedIn) -> Result<(), Error> {
    if calls::takes_calls(&signed_in.officer) { Ok(()) } else { Err(Error::Forbidden) }
}

async fn board(app: &App, page: Page, officer: &Officer, errors: Option<ErrorSummary>, typed: Option<String>) -> Result<Response, Error> {
    let board = Board::of(&app.city, page.tongue, officer).await?.render().map_err(|_| Error::Internal)?;
    let extension = match typed {
        Some(typed) => typed,
        None => calls::extension(&mut app.city.db.read(), officer.id).await?.unwrap_or_default(),
    };
    let code = if errors.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((code, show(BoardPage { page: page.at(Place::Calls), board, extension, errors })).into_response())
}

pub async fn page(State(app): State<App>, page: Page, signed_in: SignedIn) -> Result<Response, Error> {
    allowed(&signed_in)?;
    board(&app, page, &signed_in.officer, None, None).await
}

#[derive(Deserialize)]
pub struct Wanted {
    /// The page shows the board itself.
    #[serde(default)]
    board: String,
}

/// The cards of incoming calls for any page; for the board its own part.
pub async fn live(State(app): State<App>, page: Page, signed_in: SignedIn, Query(wanted): Query<Wanted>) -> Result<Response, Error> {
    allowed(&signed_in)?;
    let tongue = page.tongue;
    if wanted.board.is_empty() {
        let events = super::ringing::stream(&app.city, &signed_in, tongue, None);
        return Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response());
    }
    let listening = (News::of(&app.city), app.city, signed_in.token, String::new(), true);
    let events = stream::unfold(listening, move |(mut news, city, token, mut shown, mut fresh)| async move {
        loop {
            if !std::mem::take(&mut fresh) && !news.heard().await {
                return None;
            }
            let (officer, _) = service::sign_in::officer_of(&city, &token).await.ok()??;
            let part = Board::of(&city, tongue, &officer).await.ok()?.render().ok()?;
            if part != shown {
                let push = Push { id: "board", part: &part }.render().ok()?;
                shown = part;
                return Some((Ok::<_, Infallible>(Event::default().data(push)), (news, city, token, shown, fresh)));
            }
        }
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

#[derive(Deserialize)]
pub struct Extension {
    #[serde(default)]
    extension: String,
}

pub async fn extension(State(app): State<App>, page: Page, signed_in: SignedIn, Form(typed): Form<Extension>) -> Result<Response, Error> {
    allowed(&signed_in)?;
    match calls::set_extension(&app.city, &signed_in.officer, &typed.extension).await {
        Ok(()) => Ok(Redirect::to("/console/calls").into_response()),
        Err(error) => {
            let Some(errors) = mistakes(page.tongue, &error) else { return Err(error.into()) };
            board(&app, page, &signed_in.officer, Some(errors), Some(typed.extension)).await
        }
    }
}

#[derive(Deserialize)]
pub struct Seen {
    version: i64,
}

/// Claims a call-back, gives it back, calls, says what came of it.
pub async fn call_back(
    State(app): State<App>,
    page: Page,
    signed_in: SignedIn,
    Path((task, doing)): Path<(Uuid, String)>,
    Form(seen): Form<Seen>,
) -> Result<Response, Error> {
    let doing = Doing::parse(&doing).ok_or(Error::NotFound)?;
    let done = call_backs::act(&app.city, &signed_in.officer, task, seen.version, doing).await;
    let errors = match done {
        Ok(()) => return Ok(Redirect::to("/console/calls").into_response()),
        // Somebody was faster: the list shows what became of it.
        Err(service::Error::Stale) => {
            let text = page.t("call-missed-stale");
            ErrorSummary { title: page.with("errors-title", [("n", 1.into())]), items: vec![(None, text)] }
        }
        Err(error) => match mistakes(page.tongue, &error) {
            Some(errors) => errors,
            None => return Err(error.into()),
        },
    };
    board(&app, page, &signed_in.officer, Some(errors), None).await
}

/// One call of the log.
pub struct Row {
    pub id: Uuid,
    number: String,
    pub status: Status,
    out: bool,
    pub when: String,
    pub lasted: String,
    who: String,
}

impl Row {
    pub fn of(city: &City, tongue: Tongue, call: &CallRow) -> Row {
        Row {
            id: call.id,
            number: number(tongue, call.number.as_deref()),
            status: status(tongue, &call.direction, &call.state),
            out: call.direction == "out",
            when: tongue.short_moment(at(call.begun_at), city.now()),
            lasted: lasted(tongue, call),
            who: call.agent.clone().or_else(|| call.extension.clone()).unwrap_or_default(),
        }
    }
}

/// How long a call was, when it is over.
pub fn lasted(tongue: Tongue, call: &CallRow) -> String {
    let seconds = match (call.answered_at, call.ended_at) {
        (Some(answered), Some(ended)) => Some((ended - answered).max(0) / 1_000_000).filter(|seconds| *seconds > 0).or(call.duration_s),
        _ => None,
    };
    seconds.map_or_else(String::new, |s| tongue.with("call-lasted", [("m", (s / 60).into()), ("s", (s % 60).into())]).into_owned())
}

#[derive(Template)]
#[template(path = "console/call_log.html")]
struct LogPage {
    page: Page,
    words: String,
    rows: Vec<Row>,
    next: Option<String>,
    /// An earlier page is shown.
    later: bool,
    empty: Empty,
}

#[derive(Default, Deserialize)]
pub struct Words {
    /// Never in the address: it may be somebody's number.
    #[serde(default)]
    q: String,
    #[serde(default)]
    after: String,
}

#[derive(Default, Deserialize)]
pub struct After {
    after: Option<String>,
}

pub async fn log(State(app): State<App>, page: Page, signed_in: SignedIn, Query(wanted): Query<After>) -> Result<Response, Error> {
    listed(&app, page, &signed_in, "", wanted.after.as_deref()).await
}

pub async fn find(State(app): State<App>, page: Page, signed_in: SignedIn, Form(typed): Form<Words>) -> Result<Response, Error> {
    let after = Some(typed.after.as_str()).filter(|after| !after.is_empty());
    listed(&app, page, &signed_in, &typed.q, after).await
}

async fn listed(app: &App, page: Page, signed_in: &SignedIn, words: &str, after: Option<&str>) -> Result<Response, Error> {
    let found = calls::log(&app.city, &signed_in.officer, words, after).await?;
    let rows = found.calls.iter().map(|call| Row::of(&app.city, page.tongue, call)).collect();
    let name = if words.trim().is_empty() { "log" } else { "found" };
    let empty = Empty { title: page.of("call-none", name), text: page.of("call-none-text", name) };
    let words = words.trim().to_owned();
    Ok(show(LogPage { page: page.at(Place::Calls), words, rows, next: found.next, later: after.is_some(), empty }))
}
