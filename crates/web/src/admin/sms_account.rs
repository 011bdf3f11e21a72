//! A number for SMS: its routes to carriers, how each stands, "gửi thử".

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use service::channel_health::{self, MOST, RouteState};
use service::overview::{self, AccountRow};
use service::sms_accounts::{self, CHANNEL, Entry, Route, RouteKind, SmsAccount};
use service::sms_health::{self, Found};
use service::{Officer, sms_hooks};
use uuid::Uuid;
use words::Tongue;

use super::channels::{trouble_of, worded};
use super::deliveries::Newest;
use crate::app::App;
use crate::console::{agencies, at, mistakes, show};
use crate::error::Error;
use crate::page::{Page, Place};
use crate::parts::{ErrorSummary, Icon, Status, Tone};

/// The form of the account. Secrets go in and never come back.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    name: String,
    address: String,
    agency: String,
    enabled: String,
    mo_key: String,
    vcom_key: String,
    renew_hook: String,
}

/// A route as the list shows it.
struct Listed {
    id: Uuid,
    name: String,
    kind: String,
    place: String,
    weight: u32,
    status: Status,
    why: String,
}

/// One line of how it fares.
struct Figure {
    name: String,
    value: String,
    bad: bool,
}

/// One step of a test, in words.
struct Tried {
    status: Status,
    said: String,
}

#[derive(Template)]
#[template(path = "admin/sms_account.html")]
struct AccountPage {
    page: Page,
    id: String,
    typed: Typed,
    phone: String,
    agencies: Vec<(String, String)>,
    errors: Option<ErrorSummary>,
    alarm: Option<String>,
    routes: Vec<Listed>,
    figures: Vec<Figure>,
    tried: Vec<Tried>,
    /// Addresses that gateways call, with what each is for.
    hooks: Vec<(String, String)>,
    has_mo_key: bool,
    has_vcom_key: bool,
    newest: Option<Newest>,
}

impl AccountPage {
    fn blank(app: &App, page: Page, typed: Typed) -> AccountPage {
        AccountPage {
            agencies: agencies(&app.city.reference(), app.city.today()),
            page: page.at(Place::Admin),
            id: String::new(),
            typed,
            phone: String::new(),
            errors: None,
            alarm: None,
            routes: Vec::new(),
            figures: Vec::new(),
            tried: Vec::new(),
            hooks: Vec::new(),
            has_mo_key: false,
            has_vcom_key: false,
            newest: None,
        }
    }

    async fn of(app: &App, page: Page, officer: &Officer, account: SmsAccount, typed: Typed) -> service::Result<AccountPage> {
        let tongue = page.tongue;
        let found = sms_health::figures(&app.city, officer, account.row.id).await?;
        let figures = figures(app, tongue, &account, &found)?;
        let hooks = sms_hooks::addresses(&app.city, &account);
        Ok(AccountPage {
            id: account.row.id.to_string(),
            alarm: trouble_of(tongue, &account.row),
            routes: account.settings.routes.iter().map(|route| listed(app, tongue, &account, route)).collect(),
            figures,
            hooks: hooks.into_iter().map(|(what, address)| (tongue.of("sms-hook", what).into_owned(), address)).collect(),
            has_mo_key: !account.secrets.mo_key.is_empty(),
            has_vcom_key: !account.secrets.vcom_key.is_empty(),
            newest: Some(Newest::of(app, tongue, found.common.deliveries)),
            ..AccountPage::blank(app, page, typed)
        })
    }

    fn title(&self) -> String {
        if self.id.is_empty() { self.page.t("sms-connect") } else { format!("{}: {}", self.page.of("channel", CHANNEL), self.typed.name) }
    }

    fn action(&self) -> String {
        if self.id.is_empty() { format!("/admin/channels/{CHANNEL}/new") } else { format!("/admin/channels/{}", self.id) }
    }

    /// What is wrong with a field, if anything.
    fn wrong(&self, field: &str) -> &str {
        let items = self.errors.as_ref().map_or(&[][..], |errors| &errors.items);
        items.iter().find(|(of, _)| *of == Some(field)).map_or("", |(_, text)| text)
    }

    fn kept(&self, stored: &bool) -> String {
        if *stored { self.page.t("connect-kept") } else { self.page.t("connect-none") }
    }
}

fn listed(app: &App, tongue: Tongue, account: &SmsAccount, route: &Route) -> Listed {
    let news = channel_health::route_news(&account.row, route.id).filter(|_| account.row.enabled && route.enabled);
    let (icon, tone, text) = match (&news, route.kind) {
        _ if !route.enabled || !account.row.enabled => (Icon::Shut, Tone::Calm, tongue.t("sms-route-off").into_owned()),
        (_, RouteKind::Esms) => (Icon::Tick, Tone::Good, tongue.t("sms-route-gateway").into_owned()),
        (None, _) => (Icon::Due, Tone::Calm, tongue.t("sms-route-waits").into_owned()),
        (Some(news), _) => {
            let ago = [("at", tongue.ago(news.since, app.city.now()).into())];
            match news.state {
                RouteState::Up => (Icon::Tick, Tone::Good, tongue.with("sms-route-up", ago).into_owned()),
                RouteState::Down => (Icon::Late, Tone::Warn, tongue.with("sms-route-down", ago).into_owned()),
                RouteState::Refused => (Icon::Late, Tone::Bad, tongue.with("sms-route-refused", ago).into_owned()),
            }
        }
    };
    let why = news.filter(|news| news.state != RouteState::Up).map(|news| news.why).unwrap_or_default();
    let place = match route.kind {
        RouteKind::Smpp => format!("{}:{}", route.host, route.port),
        RouteKind::Esms => "eSMS".to_owned(),
    };
    let kind = tongue.of("sms-kind", kind_of(route.kind)).into_owned();
    Listed { id: route.id, name: route.name.clone(), kind, place, weight: route.weight, status: Status { icon, tone, text }, why }
}

pub(super) fn kind_of(kind: RouteKind) -> &'static str {
    match kind {
        RouteKind::Smpp => "smpp",
        RouteKind::Esms => "esms",
    }
}

fn figures(app: &App, tongue: Tongue, account: &SmsAccount, found: &sms_health::Figures) -> service::Result<Vec<Figure>> {
    let now = app.city.now();
    let common = &found.common;
    let line = |name: &str, value: String, bad: bool| Figure { name: tongue.of("health", name).into_owned(), value, bad };
    let ago = |at: Option<jiff::Timestamp>, none: &str| at.map_or_else(|| tongue.of("health", none).into_owned(), |at| tongue.ago(at, now));
    let count = |n: i64| if n >= MOST { format!("{n}+") } else { n.to_string() };
    let price = app.city.reference().number_of("sms_price_dong", &account.row.address)?;
    let sent = |(messages, segments): (i64, i64)| {
        let values = [("n", messages.into()), ("segments", segments.into()), ("cost", tongue.number(segments * price).into())];
        tongue.with("sms-sent", values).into_owned()
    };
    // Of a hundred; a figure of few messages says nothing.
    let rate = (found.week.0 > 0).then(|| (common.failed + common.unknown) * 100 / found.week.0.max(1));
    let mut figures = vec![
        line("event", ago(common.deliveries.first().map(|delivery| at(delivery.received_at)), "event-none"), false),
        line("sent", ago(common.last_sent, "sent-none"), false),
        line("waiting", count(common.waiting), false),
        line("failed", count(common.failed), common.failed > 0),
        line("unknown", count(common.unknown), common.unknown > 0),
        line("unread", count(common.unread), common.unread > 0),
        line("sms_today", sent(found.today), false),
        line("sms_week", sent(found.week), false),
        line("sms_rate", rate.map_or_else(|| "—".to_owned(), |rate| format!("{rate}%")), rate.is_some_and(|rate| rate >= 5)),
    ];
    if let Some((state, reason)) = &found.test {
        let mut text = tongue.of("delivery", state).into_owned();
        let key = format!("delivery-turn-{}", reason.as_deref().unwrap_or_default());
        if tongue.knows(&key) {
            text = format!("{text}: {}", tongue.t(&key));
        }
        figures.push(line("sms_test", text, matches!(state.as_str(), "failed" | "unknown")));
    }
    Ok(figures)
}

fn stored(account: &SmsAccount) -> Typed {
    Typed {
        name: account.row.name.clone(),
        address: account.row.address.clone(),
        agency: account.row.agency_id.map(|id| id.to_string()).unwrap_or_default(),
        enabled: if account.row.enabled { "yes".to_owned() } else { String::new() },
        ..Typed::default()
    }
}

pub fn new(app: &App, page: Page) -> Response {
    let typed = Typed { enabled: "yes".into(), address: "1022".into(), ..Typed::default() };
    show(AccountPage::blank(app, page, typed))
}

pub async fn page(app: &App, page: Page, officer: &Officer, account: AccountRow) -> Result<Response, Error> {
    let account = SmsAccount::of(&app.city, account)?;
    let typed = stored(&account);
    Ok(show(AccountPage::of(app, page, officer, account, typed).await?))
}

pub async fn save(app: &App, page: Page, officer: &Officer, id: Option<Uuid>, typed: Typed) -> Result<Response, Error> {
    let entry = Entry {
        name: typed.name.clone(),
        address: typed.address.clone(),
        agency: typed.agency.parse().ok(),
        enabled: !typed.enabled.is_empty(),
        mo_key: typed.mo_key.clone(),
        vcom_key: typed.vcom_key.clone(),
        renew_hook: !typed.renew_hook.is_empty(),
    };
    match sms_accounts::save(&app.city, Some(officer), id, entry).await {
        Ok(id) => Ok(Redirect::to(&format!("/admin/channels/{id}")).into_response()),
        Err(error) => {
            let Some(errors) = mistakes(page.tongue, &error) else { return Err(error.into()) };
            let kept = Typed { mo_key: String::new(), vcom_key: String::new(), ..typed };
            let form = match id {
                Some(id) => {
                    let account = SmsAccount::of(&app.city, overview::account(&app.city, officer, id).await?)?;
                    AccountPage::of(app, page, officer, account, kept).await?
                }
                None => AccountPage::blank(app, page, kept),
            };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(AccountPage { errors: Some(errors), ..form })).into_response())
        }
    }
}

#[derive(Deserialize)]
pub struct Test {
    #[serde(default)]
    phone: String,
}

/// Tries every route and shows what each said; with a number, one test message is queued.
pub async fn test(app: &App, page: Page, officer: &Officer, account: AccountRow, test: Test) -> Result<Response, Error> {
    let (id, tongue, now) = (account.id, page.tongue, app.city.now());
    let (tried, errors) = match sms_health::test(&app.city, officer, id, &test.phone).await {
        Ok(tried) => (tried, None),
        Err(error) => match mistakes(tongue, &error) {
            Some(errors) => (Vec::new(), Some(errors)),
            None => return Err(error.into()),
        },
    };
    let good = |text: String| Tried { status: Status { icon: Icon::Tick, tone: Tone::Good, text }, said: String::new() };
    let mut steps: Vec<Tried> = Vec::new();
    for step in tried {
        let name = [("name", step.route.clone().into())];
        steps.push(match step.outcome {
            Ok(Found::Stands(since)) => {
                let values = [("name", step.route.into()), ("at", tongue.ago(since, now).into())];
                good(tongue.with("sms-try-stands", values).into_owned())
            }
            Ok(Found::LetsIn) => good(tongue.with("sms-try-lets_in", name).into_owned()),
            Ok(Found::HasKeys) => good(tongue.with("sms-try-has_keys", name).into_owned()),
            Ok(Found::Off) => Tried {
                status: Status { icon: Icon::Shut, tone: Tone::Calm, text: tongue.with("sms-try-off", name).into_owned() },
                said: String::new(),
            },
            Err(trouble) => {
                let text = format!("{}: {}", step.route, worded(tongue, CHANNEL, &trouble));
                Tried { status: Status { icon: Icon::Late, tone: Tone::Bad, text }, said: trouble.said }
            }
        });
    }
    if errors.is_none() && !test.phone.trim().is_empty() {
        steps.push(good(tongue.t("sms-try-queued").into_owned()));
    }
    let failed = errors.is_some();
    let account = SmsAccount::of(&app.city, overview::account(&app.city, officer, id).await?)?;
    let typed = stored(&account);
    let form = AccountPage::of(app, page, officer, account, typed).await?;
    let shown = show(AccountPage { tried: steps, errors, phone: test.phone, ..form });
    Ok(if failed { (StatusCode::UNPROCESSABLE_ENTITY, shown).into_response() } else { shown })
}
