//! One route of a number for SMS: an SMPP link to a carrier, or an account at an HTTP gateway.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use service::overview;
use service::sms_accounts::{self, Alphabet, Joining, Route, RouteKind, RouteSecrets, SmsAccount};
use uuid::Uuid;

use super::Administrator;
use super::sms_account::kind_of;
use crate::app::App;
use crate::console::{mistakes, show};
use crate::error::Error;
use crate::page::{Page, Place};
use crate::parts::{ErrorSummary, Icon};

/// The form of a route. Secrets go in and never come back.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct TypedRoute {
    kind: String,
    route_name: String,
    enabled: String,
    weight: String,
    sender: String,
    per_second: String,
    host: String,
    port: String,
    tls: String,
    root_pem: String,
    system_id: String,
    system_type: String,
    password: String,
    window: String,
    answer_seconds: String,
    alphabet: String,
    joining: String,
    sender_ton: String,
    sender_npi: String,
    base: String,
    sms_type: String,
    api_key: String,
    secret_key: String,
}

#[derive(Template)]
#[template(path = "admin/sms_route.html")]
struct RoutePage {
    page: Page,
    account: Uuid,
    /// `new`, or the route's id.
    id: String,
    typed: TypedRoute,
    errors: Option<ErrorSummary>,
    has_secret: bool,
    alphabets: Vec<(&'static str, String)>,
    joinings: Vec<(&'static str, String)>,
}

impl RoutePage {
    fn of(page: Page, account: Uuid, id: String, typed: TypedRoute, has_secret: bool) -> RoutePage {
        let tongue = page.tongue;
        let alphabets = ["gsm", "ascii", "latin1"].map(|code| (code, tongue.of("sms-alphabet", code).into_owned())).to_vec();
        let joinings = ["udh8", "udh16", "sar"].map(|code| (code, tongue.of("sms-joining", code).into_owned())).to_vec();
        RoutePage { page: page.at(Place::Admin), account, id, typed, errors: None, has_secret, alphabets, joinings }
    }

    fn is_smpp(&self) -> bool {
        self.typed.kind != "esms"
    }

    fn wrong(&self, field: &str) -> &str {
        let items = self.errors.as_ref().map_or(&[][..], |errors| &errors.items);
        items.iter().find(|(of, _)| *of == Some(field)).map_or("", |(_, text)| text)
    }

    fn kept(&self) -> String {
        if self.has_secret { self.page.t("connect-kept") } else { self.page.t("connect-none") }
    }
}

fn typed_route(route: &Route) -> TypedRoute {
    let yes = |on: bool| if on { "yes".to_owned() } else { String::new() };
    let code = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    TypedRoute {
        kind: kind_of(route.kind).into(),
        route_name: route.name.clone(),
        enabled: yes(route.enabled),
        weight: route.weight.to_string(),
        sender: route.sender.clone(),
        per_second: route.per_second.to_string(),
        host: route.host.clone(),
        port: route.port.to_string(),
        tls: yes(route.tls),
        root_pem: route.root_pem.clone(),
        system_id: route.system_id.clone(),
        system_type: route.system_type.clone(),
        window: route.window.to_string(),
        answer_seconds: route.answer_seconds.to_string(),
        alphabet: code(serde_json::json!(route.alphabet)),
        joining: code(serde_json::json!(route.joining)),
        sender_ton: route.sender_ton.to_string(),
        sender_npi: route.sender_npi.to_string(),
        base: route.base.clone(),
        sms_type: route.sms_type.clone(),
        ..TypedRoute::default()
    }
}

#[derive(Deserialize)]
pub struct Kind {
    #[serde(default)]
    kind: String,
}

pub async fn page(
    State(app): State<App>,
    page: Page,
    Administrator(officer): Administrator,
    Path((account, route)): Path<(Uuid, String)>,
    Query(kind): Query<Kind>,
) -> Result<Response, Error> {
    let account = SmsAccount::of(&app.city, overview::account(&app.city, &officer, account).await?)?;
    if route == "new" {
        let typed = TypedRoute { kind: if kind.kind == "esms" { "esms".into() } else { "smpp".into() }, ..typed_route(&Route::default()) };
        return Ok(show(RoutePage::of(page, account.row.id, route, typed, false)));
    }
    let route: Uuid = route.parse().map_err(|_| Error::NotFound)?;
    let found = account.route(route).ok_or(Error::NotFound)?;
    let secrets = account.secrets_of(route);
    let has_secret = !secrets.password.is_empty() || !secrets.secret_key.is_empty();
    Ok(show(RoutePage::of(page, account.row.id, route.to_string(), typed_route(found), has_secret)))
}

pub async fn save(
    State(app): State<App>,
    page: Page,
    Administrator(officer): Administrator,
    Path((account, id)): Path<(Uuid, String)>,
    Form(typed): Form<TypedRoute>,
) -> Result<Response, Error> {
    let route_id = if id == "new" { Uuid::nil() } else { id.parse().map_err(|_| Error::NotFound)? };
    // What is no number is out of every range.
    let number = |text: &str| text.trim().parse::<u32>().unwrap_or(u32::MAX);
    let small = |text: &str| text.trim().parse::<u8>().unwrap_or(u8::MAX);
    let route = Route {
        id: route_id,
        name: typed.route_name.clone(),
        kind: if typed.kind == "esms" { RouteKind::Esms } else { RouteKind::Smpp },
        enabled: !typed.enabled.is_empty(),
        weight: number(&typed.weight),
        sender: typed.sender.clone(),
        per_second: number(&typed.per_second),
        host: typed.host.clone(),
        port: typed.port.trim().parse().unwrap_or(0),
        tls: !typed.tls.is_empty(),
        root_pem: typed.root_pem.clone(),
        system_id: typed.system_id.clone(),
        system_type: typed.system_type.clone(),
        window: number(&typed.window),
        answer_seconds: number(&typed.answer_seconds),
        alphabet: serde_json::from_value::<Alphabet>(typed.alphabet.clone().into()).unwrap_or_default(),
        joining: serde_json::from_value::<Joining>(typed.joining.clone().into()).unwrap_or_default(),
        sender_ton: small(&typed.sender_ton),
        sender_npi: small(&typed.sender_npi),
        base: typed.base.clone(),
        sms_type: typed.sms_type.clone(),
    };
    // A form shows the fields of one kind; the others keep what a new route has.
    let plain = Route::default();
    let route = match route.kind {
        RouteKind::Smpp => Route { base: plain.base, sms_type: plain.sms_type, ..route },
        RouteKind::Esms => {
            Route { port: plain.port, window: plain.window, answer_seconds: plain.answer_seconds, sender_ton: 0, sender_npi: 0, ..route }
        }
    };
    let secrets = RouteSecrets { password: typed.password.clone(), api_key: typed.api_key.clone(), secret_key: typed.secret_key.clone() };
    match sms_accounts::save_route(&app.city, Some(&officer), account, route, secrets).await {
        Ok(_) => Ok(Redirect::to(&format!("/admin/channels/{account}#routes")).into_response()),
        Err(error) => {
            let Some(errors) = mistakes(page.tongue, &error) else { return Err(error.into()) };
            let kept = TypedRoute { password: String::new(), api_key: String::new(), secret_key: String::new(), ..typed };
            let form = RoutePage { errors: Some(errors), ..RoutePage::of(page, account, id.clone(), kept, id != "new") };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(form)).into_response())
        }
    }
}

pub async fn remove(
    State(app): State<App>,
    Administrator(officer): Administrator,
    Path((account, route)): Path<(Uuid, Uuid)>,
) -> Result<Response, Error> {
    sms_accounts::remove_route(&app.city, Some(&officer), account, route).await?;
    Ok(Redirect::to(&format!("/admin/channels/{account}#routes")).into_response())
}
