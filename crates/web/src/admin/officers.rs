//! Officers: who works here, in which roles.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::case::Role;
use serde::Deserialize;
use service::officers::{self, Listed};
use service::reference::Reference;
use uuid::Uuid;
use words::Tongue;

use super::Administrator;
use crate::app::App;
use crate::console::{agencies, at, mistakes, show};
use crate::error::Error;
use crate::page::{Page, Place};
use crate::parts::{ErrorSummary, Icon, Status, Tone};

struct Held {
    role: String,
    agency: String,
    words: String,
    since: String,
}

struct Person {
    id: Uuid,
    login: String,
    name: String,
    state: Status,
    disabled: bool,
    two_steps: bool,
    since: String,
    roles: Vec<Held>,
}

impl Person {
    fn of(tongue: Tongue, reference: &Reference, listed: Listed) -> Person {
        let disabled = listed.row.disabled_at.is_some();
        let (icon, tone, code) = if disabled { (Icon::Shut, Tone::Calm, "off") } else { (Icon::Tick, Tone::Good, "on") };
        let roles = listed.roles.into_iter().map(|role| Held {
            words: format!("{}, {}", tongue.of("role", &role.role), reference.short_name(role.agency_id)),
            since: role.valid_from,
            agency: role.agency_id.to_string(),
            role: role.role,
        });
        Person {
            id: listed.row.id,
            login: listed.row.login,
            name: listed.row.name,
            state: Status { icon, tone, text: tongue.of("officer", code).into_owned() },
            disabled,
            two_steps: listed.row.totp_secret.is_some(),
            since: tongue.date_year(domain::time::local_date(at(listed.row.created_at))),
            roles: roles.collect(),
        }
    }
}

/// Roles that somebody can hold.
fn roles(tongue: Tongue) -> Vec<(String, String)> {
    let held = Role::ALL.iter().filter(|role| !matches!(role, Role::Sender | Role::System));
    held.map(|role| (role.to_string(), tongue.of("role", role.as_str()).into_owned())).collect()
}

#[derive(Template)]
#[template(path = "admin/officers.html")]
struct ListPage {
    page: Page,
    people: Vec<Person>,
    roles: Vec<(String, String)>,
    agencies: Vec<(String, String)>,
    typed: New,
    errors: Option<ErrorSummary>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct New {
    login: String,
    name: String,
    password: String,
    role: String,
    agency: String,
}

async fn listed(app: &App, page: Page, officer: &service::Officer, typed: New, errors: Option<ErrorSummary>) -> Result<Response, Error> {
    let reference = app.city.reference();
    let tongue = page.tongue;
    let people = officers::list(&app.city, officer).await?.into_iter().map(|listed| Person::of(tongue, &reference, listed)).collect();
    let agencies = agencies(&reference, app.city.today());
    let status = if errors.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = show(ListPage { page: page.at(Place::Admin), people, roles: roles(tongue), agencies, typed, errors });
    Ok((status, shown).into_response())
}

pub async fn list(State(app): State<App>, page: Page, Administrator(officer): Administrator) -> Result<Response, Error> {
    listed(&app, page, &officer, New::default(), None).await
}

pub async fn add(
    State(app): State<App>,
    page: Page,
    Administrator(officer): Administrator,
    Form(typed): Form<New>,
) -> Result<Response, Error> {
    let role = typed.role.parse::<Role>();
    let agency = typed.agency.parse::<Uuid>();
    let (Ok(role), Ok(agency)) = (role, agency) else {
        let problem = service::Problem::new("role", "missing").into();
        let errors = mistakes(page.tongue, &problem);
        return listed(&app, page, &officer, typed, errors).await;
    };
    match officers::add(&app.city, &officer, &typed.login, &typed.name, typed.password.clone(), role, agency).await {
        Ok(id) => Ok(Redirect::to(&format!("/admin/officers/{id}")).into_response()),
        Err(error) => match mistakes(page.tongue, &error) {
            Some(errors) => listed(&app, page, &officer, typed, Some(errors)).await,
            None => Err(error.into()),
        },
    }
}

#[derive(Template)]
#[template(path = "admin/officer.html")]
struct OnePage {
    page: Page,
    person: Person,
    roles: Vec<(String, String)>,
    agencies: Vec<(String, String)>,
    errors: Option<ErrorSummary>,
}

async fn one(app: &App, page: Page, officer: &service::Officer, id: Uuid, errors: Option<ErrorSummary>) -> Result<Response, Error> {
    let reference = app.city.reference();
    let tongue = page.tongue;
    let person = Person::of(tongue, &reference, officers::read(&app.city, officer, id).await?);
    let agencies = agencies(&reference, app.city.today());
    let status = if errors.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = show(OnePage { page: page.at(Place::Admin), person, roles: roles(tongue), agencies, errors });
    Ok((status, shown).into_response())
}

pub async fn page(
    State(app): State<App>,
    page: Page,
    Administrator(officer): Administrator,
    Path(id): Path<Uuid>,
) -> Result<Response, Error> {
    one(&app, page, &officer, id, None).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Change {
    act: String,
    password: String,
    role: String,
    agency: String,
}

pub async fn change(
    State(app): State<App>,
    page: Page,
    Administrator(officer): Administrator,
    Path(id): Path<Uuid>,
    Form(typed): Form<Change>,
) -> Result<Response, Error> {
    let city = &app.city;
    let place = || -> service::Result<(Role, Uuid)> {
        let role = typed.role.parse().map_err(|_| service::Problem::new("role", "missing"))?;
        let agency = typed.agency.parse().map_err(|_| service::Problem::new("agency", "missing"))?;
        Ok((role, agency))
    };
    let done = match typed.act.as_str() {
        "disable" => officers::set_disabled(city, &officer, id, true).await,
        "enable" => officers::set_disabled(city, &officer, id, false).await,
        "reset" => officers::reset(city, &officer, id, typed.password.clone()).await,
        "add_role" => match place() {
            Ok((role, agency)) => officers::add_role(city, &officer, id, role, agency).await,
            Err(error) => Err(error),
        },
        "end_role" => match place() {
            Ok((role, agency)) => officers::end_role(city, &officer, id, role, agency).await,
            Err(error) => Err(error),
        },
        _ => return Err(Error::Invalid),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/admin/officers/{id}")).into_response()),
        Err(error) => match mistakes(page.tongue, &error) {
            Some(errors) => one(&app, page, &officer, id, Some(errors)).await,
            None => Err(error.into()),
        },
    }
}
