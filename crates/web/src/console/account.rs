//! An officer's own account: sessions, password, second factor.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use service::sign_in;

use super::{at, mistakes, show};
use crate::app::{App, SignedIn};
use crate::error::Error;
use crate::page::{Page, Place};
use crate::parts::{ErrorSummary, Qr};

struct Session {
    hash: String,
    device: String,
    address: String,
    begun: String,
    seen: String,
    this: bool,
}

#[derive(Template)]
#[template(path = "console/account.html")]
struct AccountPage {
    page: Page,
    login: String,
    sessions: Vec<Session>,
    errors: Option<ErrorSummary>,
    changed: bool,
}

async fn account(app: &App, page: Page, signed_in: &SignedIn, errors: Option<ErrorSummary>, changed: bool) -> Result<Response, Error> {
    let now = app.city.now();
    let tongue = page.tongue;
    let this = service::keys::token_hash(&signed_in.token);
    let sessions = sign_in::sessions(&app.city, &signed_in.officer).await?;
    let sessions = sessions
        .into_iter()
        .map(|session| Session {
            this: session.token_hash == this,
            hash: session.token_hash,
            device: device(&session.agent),
            address: session.address,
            begun: tongue.short_moment(at(session.created_at), now),
            seen: tongue.ago(at(session.last_seen_at), now),
        })
        .collect();
    let status = if errors.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = page.at(Place::Account);
    let login = signed_in.officer.login.clone();
    Ok((status, show(AccountPage { page, login, sessions, errors, changed })).into_response())
}

/// Browser and system of a `User-Agent`, as people name them.
fn device(agent: &str) -> String {
    let first = |names: &[(&str, &'static str)]| names.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name);
    let browser = first(&[
        ("Edg", "Edge"),
        ("OPR", "Opera"),
        ("coc_coc", "Cốc Cốc"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => agent.chars().take(40).collect(),
    }
}

pub async fn page(State(app): State<App>, page: Page, signed_in: SignedIn) -> Result<Response, Error> {
    account(&app, page, &signed_in, None, false).await
}

#[derive(Deserialize)]
pub struct Change {
    #[serde(default)]
    old: String,
    #[serde(default)]
    password: String,
}

pub async fn password(State(app): State<App>, page: Page, signed_in: SignedIn, Form(typed): Form<Change>) -> Result<Response, Error> {
    match sign_in::change_password(&app.city, &signed_in.officer, &signed_in.token, &typed.old, typed.password).await {
        Ok(()) => account(&app, page, &signed_in, None, true).await,
        Err(error) => match mistakes(page.tongue, &error) {
            Some(errors) => account(&app, page, &signed_in, Some(errors), false).await,
            None => Err(error.into()),
        },
    }
}

#[derive(Deserialize)]
pub struct End {
    session: String,
}

pub async fn end_session(State(app): State<App>, signed_in: SignedIn, Form(typed): Form<End>) -> Result<Redirect, Error> {
    sign_in::end_session(&app.city, &signed_in.officer, &typed.session).await?;
    Ok(Redirect::to("/console/account"))
}

#[derive(Template)]
#[template(path = "console/second-factor.html")]
struct FactorPage {
    page: Page,
    qr: Option<Qr>,
    secret: String,
    /// For typing where no camera is at hand.
    typed: String,
    must: bool,
    errors: Option<ErrorSummary>,
}

impl FactorPage {
    fn of(page: Page, signed_in: &SignedIn, secret: String, address: &str, errors: Option<ErrorSummary>) -> FactorPage {
        let label = page.t("factor-qr");
        let typed = address.split(['?', '&']).find_map(|pair| pair.strip_prefix("secret=")).unwrap_or_default();
        let typed = typed.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group)).collect::<Vec<_>>().join(" ");
        FactorPage { qr: Qr::labelled(label, address), page, secret, typed, must: signed_in.must_set_up, errors }
    }
}

pub async fn second_factor(State(app): State<App>, page: Page, signed_in: SignedIn) -> Result<Response, Error> {
    let (secret, address) = sign_in::new_second_factor(&app.city, &signed_in.officer)?;
    Ok(show(FactorPage::of(page.at(Place::Account), &signed_in, secret, &address, None)))
}

#[derive(Deserialize)]
pub struct Confirm {
    secret: String,
    #[serde(default)]
    code: String,
}

pub async fn confirm_factor(
    State(app): State<App>,
    page: Page,
    signed_in: SignedIn,
    Form(typed): Form<Confirm>,
) -> Result<Response, Error> {
    let page = page.at(Place::Account);
    match sign_in::set_second_factor(&app.city, &signed_in.officer, &typed.secret, &typed.code).await {
        Ok(()) => Ok(Redirect::to("/console").into_response()),
        Err(error) => {
            let Some(errors) = mistakes(page.tongue, &error) else { return Err(error.into()) };
            // The phone has this secret already: the same again.
            let address = sign_in::factor_address(&signed_in.officer, &typed.secret)?;
            let shown = show(FactorPage::of(page, &signed_in, typed.secret, &address, Some(errors)));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
        }
    }
}
