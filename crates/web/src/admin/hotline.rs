//! A telephone exchange, connected step by step: which one, what goes into it, recordings, transfer, a try with a pasted event.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use service::channel_health;
use service::hotlines::{self, CHANNEL, Entry, Hotline, Settings, Shape, Transfer};
use service::overview::AccountRow;
use service::{City, Officer};
use uuid::Uuid;
use words::Tongue;

use super::deliveries::Newest;
use crate::app::App;
use crate::console::{agencies, at, mistakes, show};
use crate::error::Error;
use crate::page::{Page, Place};
use crate::parts::{ErrorSummary, Icon};

/// The form, as text. The secret goes in and never comes back.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    name: String,
    address: String,
    agency: String,
    enabled: String,
    shape: String,
    mapping: String,
    addresses: String,
    recording_hosts: String,
    transfers: String,
    dial: String,
    dial_body: String,
    transfer: String,
    transfer_body: String,
    header: String,
    control_secret: String,
    blocked: String,
    /// The secret address is to be made anew; nothing else is saved.
    renew: String,
    /// A pasted event is to be tried; nothing is saved.
    try_it: String,
    sample: String,
}

/// What a pasted event is read as.
#[derive(Default)]
struct Tried {
    lines: Vec<(String, String)>,
    fault: String,
}

#[derive(Template)]
#[template(path = "admin/hotline.html")]
struct FormPage {
    page: Page,
    id: String,
    typed: Typed,
    shapes: Vec<Shape>,
    agencies: Vec<(String, String)>,
    errors: Option<ErrorSummary>,
    /// The secret address; nothing before the account is there.
    hook: Option<String>,
    has_secret: bool,
    unreachable: Option<String>,
    last_event: String,
    unread: i64,
    newest: Option<Newest>,
    tried: Option<Tried>,
    mapping_fault: String,
}

impl FormPage {
    fn blank(app: &App, page: Page, typed: Typed) -> FormPage {
        let public = &app.city.settings.public_url;
        FormPage {
            page: page.at(Place::Admin),
            id: String::new(),
            shapes: hotlines::shapes(),
            agencies: agencies(&app.city.reference(), app.city.today()),
            errors: None,
            hook: None,
            has_secret: false,
            unreachable: (!public.starts_with("https://")).then(|| public.clone()),
            last_event: String::new(),
            unread: 0,
            newest: None,
            tried: None,
            mapping_fault: if typed.mapping.trim().is_empty() {
                String::new()
            } else {
                hotlines::mapping_fault(&typed.mapping).unwrap_or_default()
            },
            typed,
        }
    }

    async fn of(app: &App, page: Page, officer: &Officer, account: AccountRow, typed: Option<Typed>) -> service::Result<FormPage> {
        let tongue = page.tongue;
        let found = channel_health::figures(&app.city, officer, account.id).await?;
        let hotline = Hotline::of(&app.city, account)?;
        let last = found.deliveries.first().map(|delivery| tongue.ago(at(delivery.received_at), app.city.now()));
        let typed = typed.unwrap_or_else(|| stored(&hotline));
        Ok(FormPage {
            id: hotline.row.id.to_string(),
            hook: Some(hotline.address(&app.city)),
            has_secret: hotline.has_control_secret(),
            last_event: last.unwrap_or_else(|| tongue.of("health", "event-none").into_owned()),
            unread: found.unread,
            newest: Some(Newest::of(app, tongue, found.deliveries)),
            ..FormPage::blank(app, page, typed)
        })
    }

    fn title(&self) -> String {
        if self.id.is_empty() {
            self.page.of("connect", CHANNEL)
        } else {
            format!("{}: {}", self.page.of("channel", CHANNEL), self.typed.name)
        }
    }

    fn action(&self) -> String {
        if self.id.is_empty() { format!("/admin/channels/{CHANNEL}/new") } else { format!("/admin/channels/{}", self.id) }
    }

    /// What is wrong with a field, if anything.
    fn wrong(&self, field: &str) -> &str {
        let items = self.errors.as_ref().map_or(&[][..], |errors| &errors.items);
        items.iter().find(|(of, _)| *of == Some(field)).map_or("", |(_, text)| text)
    }

    fn kept(&self) -> String {
        if self.has_secret { self.page.t("connect-kept") } else { self.page.t("connect-none") }
    }

    /// The shipped text of the shape that is chosen.
    fn shipped(&self) -> &str {
        self.shapes.iter().find(|shape| shape.name == self.typed.shape).map_or("", |shape| shape.text)
    }
}

/// What may be typed, from what is stored.
fn stored(hotline: &Hotline) -> Typed {
    let settings = hotline.settings.clone();
    Typed {
        name: hotline.row.name.clone(),
        address: hotline.row.address.clone(),
        agency: hotline.row.agency_id.map(|id| id.to_string()).unwrap_or_default(),
        enabled: if hotline.row.enabled { "yes".into() } else { String::new() },
        shape: settings.shape,
        mapping: settings.mapping,
        addresses: settings.addresses.join("\n"),
        recording_hosts: settings.recording_hosts.join("\n"),
        transfers: settings.transfers.iter().map(|to| format!("{} = {}", to.number, to.agency)).collect::<Vec<_>>().join("\n"),
        dial: settings.dial.address,
        dial_body: settings.dial.body,
        transfer: settings.transfer.address,
        transfer_body: settings.transfer.body,
        header: settings.dial.header,
        blocked: settings.blocked.join("\n"),
        ..Typed::default()
    }
}

fn settings(typed: &Typed) -> Settings {
    let lines = |text: &str| text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<String>>();
    let transfers = lines(&typed.transfers).into_iter().map(|line| {
        let (number, agency) = line.split_once('=').unwrap_or((line.as_str(), ""));
        Transfer { number: number.trim().to_owned(), agency: agency.trim().to_owned() }
    });
    let control = |address: &str, body: &str| hotlines::Control {
        address: address.trim().to_owned(),
        body: body.trim().to_owned(),
        header: typed.header.trim().to_owned(),
        ..hotlines::Control::default()
    };
    Settings {
        shape: typed.shape.clone(),
        mapping: typed.mapping.replace("\r\n", "\n").trim().to_owned(),
        addresses: lines(&typed.addresses),
        recording_hosts: lines(&typed.recording_hosts),
        transfers: transfers.collect(),
        blocked: lines(&typed.blocked),
        dial: control(&typed.dial, &typed.dial_body),
        transfer: control(&typed.transfer, &typed.transfer_body),
    }
}

/// The first step of an account that is not there yet.
pub fn new(app: &App, page: Page) -> Result<Response, Error> {
    let typed = Typed { enabled: "yes".into(), shape: "zammad".into(), ..Typed::default() };
    Ok(show(FormPage::blank(app, page, typed)))
}

pub async fn page(app: &App, page: Page, officer: &Officer, account: AccountRow) -> Result<Response, Error> {
    Ok(show(FormPage::of(app, page, officer, account, None).await?))
}

pub async fn save(app: &App, page: Page, officer: &Officer, id: Option<Uuid>, typed: Typed) -> Result<Response, Error> {
    let city = &app.city;
    if let Some(id) = id.filter(|_| !typed.renew.is_empty()) {
        hotlines::renew_address(city, officer, id).await?;
        return Ok(Redirect::to(&format!("/admin/channels/{id}")).into_response());
    }
    if let Some(id) = id.filter(|_| !typed.try_it.is_empty()) {
        return tried(app, page, officer, id, typed.sample).await;
    }
    let entry = Entry {
        name: typed.name.clone(),
        address: typed.address.clone(),
        agency: typed.agency.parse().ok(),
        enabled: !typed.enabled.is_empty(),
        settings: settings(&typed),
        control_secret: typed.control_secret.clone(),
    };
    match hotlines::save(city, Some(officer), id, entry).await {
        Ok(id) => Ok(Redirect::to(&format!("/admin/channels/{id}")).into_response()),
        Err(error) => {
            let Some(errors) = mistakes(page.tongue, &error) else { return Err(error.into()) };
            let kept = Typed { control_secret: String::new(), ..typed };
            let form = match id {
                Some(id) => FormPage::of(app, page, officer, service::overview::account(city, officer, id).await?, Some(kept)).await?,
                None => FormPage::blank(app, page, kept),
            };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(FormPage { errors: Some(errors), ..form })).into_response())
        }
    }
}

/// What a pasted event is read as, by what is stored.
async fn tried(app: &App, page: Page, officer: &Officer, id: Uuid, sample: String) -> Result<Response, Error> {
    let tongue = page.tongue;
    let read = hotlines::try_sample(&app.city, officer, id, &sample).await;
    let account = service::overview::account(&app.city, officer, id).await?;
    let mut form = FormPage::of(app, page, officer, account, None).await?;
    form.typed.sample = sample;
    match read {
        Ok(read) => {
            let tried = match read {
                Ok(event) => Tried { lines: lines(&app.city, tongue, &event)?, fault: String::new() },
                Err(fault) => Tried { lines: Vec::new(), fault: said(tongue, &fault) },
            };
            form.tried = Some(tried);
            Ok(show(form))
        }
        Err(error) => {
            form.errors = Some(mistakes(tongue, &error).ok_or(error)?);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(form)).into_response())
        }
    }
}

fn said(tongue: Tongue, fault: &hotlines::Fault) -> String {
    match fault {
        hotlines::Fault::Unreadable(_) => tongue.t("hotline-fault-unreadable").into_owned(),
        hotlines::Fault::NoCallId { looked } => tongue.with("hotline-fault-no_call_id", [("names", looked.join(", ").into())]).into_owned(),
        hotlines::Fault::UnknownEvent { said } => {
            tongue.with("hotline-fault-unknown_event", [("names", said.join("; ").into())]).into_owned()
        }
    }
}

/// The normalised event, name by name, in the order of its fields.
fn lines(city: &City, tongue: Tongue, event: &hotlines::CallEvent) -> Result<Vec<(String, String)>, Error> {
    const FIELDS: [&str; 12] = [
        "event_kind",
        "call_id",
        "direction",
        "from",
        "to",
        "answering",
        "extension",
        "queue",
        "cause",
        "duration_s",
        "timestamp_ms",
        "recording_url",
    ];
    let value = serde_json::to_value(event).map_err(|_| Error::Internal)?;
    let values: BTreeMap<String, serde_json::Value> = serde_json::from_value(value).map_err(|_| Error::Internal)?;
    let line = |field: &&str| {
        let value = values.get(*field).filter(|value| !value.is_null())?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let text = match *field {
            "event_kind" => format!("{} ({text})", tongue.of("hotline-kind", &text)),
            "from" | "to" => format!("{} ({text})", service::call_desk::shown(&text)),
            "timestamp_ms" => {
                let moment = event.timestamp_ms.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
                format!("{} ({text})", moment.map(|at| tongue.short_moment(at, city.now())).unwrap_or_default())
            }
            _ => text,
        };
        Some((tongue.of("hotline-field", field).into_owned(), text))
    };
    Ok(FIELDS.iter().filter_map(line).collect())
}
