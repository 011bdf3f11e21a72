//! Signing in and out.

use std::time::Duration;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use service::sign_in::SignedIn as Outcome;

use super::{mistakes, show};
use crate::app::{App, SignedIn};
use crate::error::Error;
use crate::limit::Client;
use crate::page::Page;
use crate::parts::ErrorSummary;

#[derive(Template)]
#[template(path = "console/login.html")]
struct LoginPage {
    page: Page,
    login: String,
    /// Stands for the password while the code of the second factor is asked.
    ticket: Option<String>,
    errors: Option<ErrorSummary>,
}

/// A cookie may outlive a session: the session's own end counts. Longer than any session would be untidy.
const COOKIE: Duration = Duration::from_secs(12 * 3600);

pub async fn page(page: Page, signed_in: Option<axum::Extension<SignedIn>>) -> Response {
    if signed_in.is_some() {
        return Redirect::to("/console").into_response();
    }
    show(LoginPage { page, login: String::new(), ticket: None, errors: None })
}

#[derive(Deserialize)]
pub struct Password {
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
}

pub async fn sign_in(
    State(app): State<App>,
    page: Page,
    client: Client,
    headers: HeaderMap,
    Form(typed): Form<Password>,
) -> Result<Response, Error> {
    app.limits.sign_in.check(&client.network())?;
    let address = client.network().to_string();
    let outcome = service::sign_in::sign_in(&app.city, &typed.login, &typed.password, &address, agent(&headers)).await;
    answer(&app, page, typed.login, None, outcome)
}

#[derive(Deserialize)]
pub struct Code {
    #[serde(default)]
    ticket: String,
    #[serde(default)]
    code: String,
}

pub async fn code(
    State(app): State<App>,
    page: Page,
    client: Client,
    headers: HeaderMap,
    Form(typed): Form<Code>,
) -> Result<Response, Error> {
    app.limits.sign_in.check(&client.network())?;
    let address = client.network().to_string();
    let outcome = match service::sign_in::with_code(&app.city, &typed.ticket, &typed.code, &address, agent(&headers)).await {
        // The five minutes are over: from the beginning.
        Err(service::Error::NotFound) => return Ok(Redirect::to("/console/login").into_response()),
        other => other,
    };
    answer(&app, page, String::new(), Some(typed.ticket), outcome)
}

fn answer(app: &App, page: Page, login: String, ticket: Option<String>, outcome: service::Result<Outcome>) -> Result<Response, Error> {
    let (token, to) = match outcome {
        Ok(Outcome::Session(token)) => (token, "/console"),
        Ok(Outcome::SetUpWanted(token)) => (token, "/console/account/second-factor"),
        Ok(Outcome::CodeWanted(ticket)) => return Ok(show(LoginPage { page, login, ticket: Some(ticket), errors: None })),
        Err(error) => {
            let Some(errors) = mistakes(page.tongue, &error) else { return Err(error.into()) };
            let status = match error {
                service::Error::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            return Ok((status, show(LoginPage { page, login, ticket, errors: Some(errors) })).into_response());
        }
    };
    let mut response = Redirect::to(to).into_response();
    response.headers_mut().append(header::SET_COOKIE, app.cookie("session", Some(&token), COOKIE));
    Ok(response)
}

pub async fn sign_out(State(app): State<App>, signed_in: SignedIn) -> Result<Response, Error> {
    service::sign_in::sign_out(&app.city, &signed_in.officer, &signed_in.token).await?;
    let mut response = Redirect::to("/console/login").into_response();
    response.headers_mut().append(header::SET_COOKIE, app.cookie("session", None, Duration::ZERO));
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"storage\""));
    Ok(response)
}

fn agent(headers: &HeaderMap) -> &str {
    headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
