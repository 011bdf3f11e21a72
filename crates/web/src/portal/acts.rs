//! What the sender does on the own case. Every act is a POST that leads back to the case's page.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;
use service::Problem;
use service::follow::{self, SenderView};
use words::key;

use crate::app::App;
use crate::error::Error;
use crate::limit::Client;
use crate::page::{Page, Place};
use crate::parts::spaced;
use crate::portal::case::{self, Field, Retry};
use crate::portal::files;
use crate::portal::kept_pass::{Passes, opened};
use crate::portal::write::fail_file;

#[derive(Deserialize)]
pub struct Mark {
    #[serde(default)]
    score: String,
    #[serde(default)]
    comment: String,
}

#[derive(Deserialize)]
pub struct Reason {
    #[serde(default)]
    reason: String,
}

/// An act that is asked about once more.
#[derive(Template)]
#[template(path = "portal/confirm.html")]
struct Confirm {
    page: Page,
    code: String,
    shown: String,
    act: &'static str,
    title: String,
    text: String,
    button: String,
}

/// The own case, or the same answer as for an unknown one.
async fn own(app: &App, client: Client, headers: &HeaderMap, code: &str) -> Result<SenderView, Error> {
    app.limits.forms.check(&client.network())?;
    opened(app, headers, code).await?.ok_or(Error::NotFound)
}

fn back(code: &str) -> Response {
    Redirect::to(&format!("/ho-so/{code}")).into_response()
}

pub async fn add(
    State(app): State<App>,
    page: Page,
    client: Client,
    headers: HeaderMap,
    Path(code): Path<String>,
    request: Request,
) -> Result<Response, Error> {
    // Nothing is read from somebody who may not write here.
    let view = own(&app, client, &headers, &code).await?;
    let sent = files::read(&app, request).await?;
    let text = super::prose(sent.get("text"));
    let problems = if sent.refused.is_empty() {
        match follow::add(&app.city, &view.row, &sent.form_key, &text, sent.files.clone()).await {
            Ok(()) => return Ok(back(&code)),
            Err(service::Error::Invalid(problems)) => problems,
            Err(error) => return Err(error.into()),
        }
    } else {
        Vec::new()
    };
    let mut retry = Retry { key: Some(sent.form_key.clone()), kept: sent.kept(&app)?, ..Retry::default() };
    retry.state.set(Field::Text, text);
    for problem in &problems {
        match problem.code {
            "too_long" => retry.state.fail_with(Field::Text, key!("problem-text-too_long"), number(problem)),
            _ => retry.state.fail(Field::Text, key!("problem-add-missing")),
        }
    }
    for (name, problem) in &sent.refused {
        fail_file(&mut retry.state, Field::Files, name, problem);
    }
    retry.files = sent.files;
    case::draw(&app, page, StatusCode::UNPROCESSABLE_ENTITY, view, retry)
}

fn number(problem: &Problem) -> Vec<(&'static str, words::Value<'static>)> {
    problem.number.map(|n| ("n", n.into())).into_iter().collect()
}

pub async fn rate(
    State(app): State<App>,
    page: Page,
    client: Client,
    headers: HeaderMap,
    Path(code): Path<String>,
    Form(mark): Form<Mark>,
) -> Result<Response, Error> {
    let view = own(&app, client, &headers, &code).await?;
    let comment = super::prose(&mark.comment);
    match follow::rate(&app.city, view.row.id, mark.score.parse().unwrap_or(0), &comment).await {
        Ok(()) => Ok(back(&code)),
        Err(service::Error::Invalid(problems)) => {
            let mut retry = Retry::default();
            retry.state.set(Field::Score, mark.score);
            retry.state.set(Field::Comment, comment);
            for problem in problems {
                match problem.field {
                    "score" => retry.state.fail(Field::Score, key!("problem-score-missing")),
                    _ => retry.state.fail(Field::Comment, key!("problem-comment-missing")),
                }
            }
            case::draw(&app, page, StatusCode::UNPROCESSABLE_ENTITY, view, retry)
        }
        Err(error) => Err(error.into()),
    }
}

pub async fn reopen(
    State(app): State<App>,
    page: Page,
    client: Client,
    headers: HeaderMap,
    Path(code): Path<String>,
    Form(form): Form<Reason>,
) -> Result<Response, Error> {
    let view = own(&app, client, &headers, &code).await?;
    let reason = super::prose(&form.reason);
    // "Chưa đạt" in words is the lowest mark but one.
    match follow::reopen(&app.city, view.row.id, 2, &reason).await {
        Ok(()) => Ok(back(&code)),
        Err(service::Error::Invalid(_)) => {
            let mut retry = Retry::default();
            retry.state.fail(Field::Reason, key!("problem-comment-missing"));
            case::draw(&app, page, StatusCode::UNPROCESSABLE_ENTITY, view, retry)
        }
        Err(error) => Err(error.into()),
    }
}

pub async fn confirm_withdraw(
    State(app): State<App>,
    page: Page,
    client: Client,
    headers: HeaderMap,
    Path(code): Path<String>,
) -> Result<Response, Error> {
    let view = own(&app, client, &headers, &code).await?;
    if !view.may_withdraw {
        return Ok(back(&code));
    }
    let (title, text, button) = (page.t("withdraw-title"), page.t("withdraw-text"), page.t("withdraw-do"));
    confirm(page, code, "rut", title, text, button)
}

pub async fn withdraw(State(app): State<App>, client: Client, headers: HeaderMap, Path(code): Path<String>) -> Result<Response, Error> {
    let view = own(&app, client, &headers, &code).await?;
    match follow::withdraw(&app.city, view.row.id).await {
        // Withdrawn already, by a second press.
        Ok(()) | Err(service::Error::Refused(domain::case::Refused::NotFromHere { .. })) => Ok(back(&code)),
        Err(error) => Err(error.into()),
    }
}

pub async fn confirm_revoke(
    State(app): State<App>,
    page: Page,
    client: Client,
    headers: HeaderMap,
    Path(code): Path<String>,
) -> Result<Response, Error> {
    own(&app, client, &headers, &code).await?;
    let (title, text, button) = (page.t("revoke-title"), page.t("revoke-text"), page.t("revoke-do"));
    confirm(page, code, "thu-hoi", title, text, button)
}

/// Ends every link and pass, this browser's too.
pub async fn revoke(State(app): State<App>, client: Client, headers: HeaderMap, Path(code): Path<String>) -> Result<Response, Error> {
    let view = own(&app, client, &headers, &code).await?;
    follow::revoke(&app.city, view.row.id).await?;
    forget(&app, &headers, &code)
}

/// Takes this browser's pass away: for a computer that others use.
pub async fn leave(State(app): State<App>, headers: HeaderMap, Path(code): Path<String>) -> Result<Response, Error> {
    forget(&app, &headers, &code)
}

fn forget(app: &App, headers: &HeaderMap, code: &str) -> Result<Response, Error> {
    let cookie = Passes::of(app, headers).without(code).cookie(app)?;
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), Redirect::to(&format!("/ho-so/{code}"))).into_response())
}

fn confirm(page: Page, code: String, act: &'static str, title: String, text: String, button: String) -> Result<Response, Error> {
    let shown = spaced(&code);
    super::show(StatusCode::OK, &Confirm { page: page.at(Place::Lookup), code, shown, act, title, text, button })
}
