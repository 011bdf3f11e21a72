//! Looking a code up: status and dates, nothing else. Unknown, mistyped and sealed codes get the same answer.

use askama::Template;
use axum::Form;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::time::local_date;
use domain::tracking_code::{TrackingCode, TrackingCodeError};
use serde::Deserialize;

use crate::app::App;
use crate::error::Error;
use crate::limit::Client;
use crate::page::{Page, Place};
use crate::parts::{Notice, Status, Steps, spaced};
use crate::portal::clock::{Progress, Why, due_words, why};

#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    code: String,
}

#[derive(Template)]
#[template(path = "portal/look_up.html")]
struct LookUp {
    page: Page,
    /// What is wrong with what was typed.
    wrong: Option<String>,
    /// The digits that were asked for and not found.
    missed: Option<String>,
}

#[derive(Template)]
#[template(path = "portal/status.html")]
struct StatusPage {
    page: Page,
    code: String,
    shown: String,
    status: Status,
    steps: Steps,
    agency: Option<String>,
    due: Option<(String, Option<String>)>,
    confirm: Option<String>,
    why: Option<Why>,
    published: bool,
}

pub async fn blank(page: Page) -> Result<Response, Error> {
    super::show(StatusCode::OK, &LookUp { page: page.at(Place::Lookup), wrong: None, missed: None })
}

/// Only tidies the code and leads to its page, so that the answer can be bookmarked.
/// The page it leads to asks the limits.
pub async fn find(page: Page, Form(typed): Form<Typed>) -> Result<Response, Error> {
    let page = page.at(Place::Lookup);
    let wrong = match typed.code.parse::<TrackingCode>() {
        Ok(code) => return Ok(Redirect::to(&format!("/ho-so/{code}")).into_response()),
        Err(TrackingCodeError::Length { digits }) if digits > 0 => {
            page.with("lookup-length", [("n", i64::try_from(digits).unwrap_or(i64::MAX).into())])
        }
        Err(TrackingCodeError::NotDigits | TrackingCodeError::Length { .. }) => page.t("lookup-not_digits"),
        // A wrong digit goes the same way as an unknown code: neither the answer nor its road tells them apart.
        Err(_) => {
            let digits: String = typed.code.chars().filter(char::is_ascii_digit).collect();
            return Ok(Redirect::to(&format!("/ho-so/{digits}")).into_response());
        }
    };
    super::show(StatusCode::UNPROCESSABLE_ENTITY, &LookUp { page, wrong: Some(wrong), missed: None })
}

/// What a code alone shows.
pub async fn status(app: &App, page: Page, client: Client, typed: &str) -> Result<Response, Error> {
    app.limits.lookup.check(&client.network())?;
    app.limits.lookup_city.check(&())?;
    let page = page.at(Place::Lookup);
    let Some(found) = service::look_up::look_up(&app.city, typed).await? else { return not_found(page, typed) };
    let (tongue, now) = (page.tongue, app.city.now());
    let reference = app.city.reference();
    let runs = found.answered_at.is_none() && found.closed_at.is_none();
    let progress = Progress {
        step: found.step,
        received: found.received_at,
        agency: found.agency.clone(),
        routed: None,
        accepted: None,
        waiting_until: None,
        answered: found.answered_at,
        rate_until: None,
        closed: found.closed_at,
        mark: None,
    };
    let due = found.due.map(|due| due_words(tongue, &reference.book.calendar, due, now, runs));
    let why = match (&found.explanation, found.due) {
        (Some(told), Some(due)) => Some(why(tongue, told, due, local_date(now))),
        _ => None,
    };
    let confirm = found.confirm_by.filter(|_| found.agency.is_none() && runs).map(|at| service::words_of::moment(at, tongue.lang().code()));
    let page = StatusPage {
        shown: spaced(&found.code),
        code: found.code,
        status: Status::of(tongue, found.label.as_str()),
        steps: progress.steps(tongue),
        agency: found.agency,
        due,
        confirm,
        why,
        published: found.published,
        page,
    };
    super::show(StatusCode::OK, &page)
}

fn not_found(page: Page, typed: &str) -> Result<Response, Error> {
    let digits: String = typed.chars().filter(char::is_ascii_digit).take(11).collect();
    super::show(StatusCode::NOT_FOUND, &LookUp { page, wrong: None, missed: Some(digits).filter(|digits| digits.len() >= 10) })
}
