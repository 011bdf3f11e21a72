//! An account on a chat channel, connected step by step: what goes where, a test, how it fares.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use serde::Deserialize;
use service::channel_health::{self, Figures, MOST};
use service::chat_accounts::{self, ChatAccount, Entry, Secrets, Settings};
use service::chat_channel::ChatChannel;
use service::chat_wiring::{self, Wiring};
use service::overview::AccountRow;
use service::{City, Officer};
use uuid::Uuid;
use words::Tongue;

use super::channels::{trouble_of, worded};
use super::deliveries::Newest;
use crate::app::App;
use crate::console::{agencies, at, mistakes, show};
use crate::error::Error;
use crate::page::{Page, Place};
use crate::parts::{ErrorSummary, Icon, Status, Tone};

/// The form, as text. Secrets go in and never come back.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    name: String,
    address: String,
    agency: String,
    enabled: String,
    app_id: String,
    app_secret: String,
    /// Zalo: the OA secret key.
    webhook: String,
    /// Facebook: the page token. Telegram, Viber: the bot's.
    access_token: String,
    /// The secret of the webhook is to be made anew, where it is ours.
    renew: String,
    base: String,
    oauth_base: String,
    media_hosts: String,
    prove: String,
    proof_name: String,
    proof_body: String,
}

/// One step of a test, in words.
struct Tried {
    status: Status,
    said: String,
}

/// One line of how it fares.
struct Figure {
    name: String,
    value: String,
    bad: bool,
}

#[derive(Template)]
#[template(path = "admin/chat_account.html")]
struct FormPage {
    page: Page,
    channel: ChatChannel,
    id: String,
    typed: Typed,
    agencies: Vec<(String, String)>,
    errors: Option<ErrorSummary>,
    /// Nothing of it before the account is there.
    wiring: Option<Wiring>,
    alarm: Option<String>,
    figures: Vec<Figure>,
    newest: Option<Newest>,
    tried: Vec<Tried>,
    /// The public address, where vendors cannot call it.
    unreachable: Option<String>,
}

impl FormPage {
    fn blank(app: &App, page: Page, channel: ChatChannel, typed: Typed) -> FormPage {
        let agencies = agencies(&app.city.reference(), app.city.today());
        let public = &app.city.settings.public_url;
        let unreachable = (!public.starts_with("https://") && typed.base.trim().is_empty()).then(|| public.clone());
        FormPage {
            page: page.at(Place::Admin),
            channel,
            id: String::new(),
            typed,
            agencies,
            errors: None,
            wiring: None,
            alarm: None,
            figures: Vec::new(),
            newest: None,
            tried: Vec::new(),
            unreachable,
        }
    }

    /// The page of an account that is there.
    async fn of(app: &App, page: Page, officer: &Officer, account: ChatAccount, typed: Typed) -> service::Result<FormPage> {
        let tongue = page.tongue;
        let found = channel_health::figures(&app.city, officer, account.row.id).await?;
        let wiring = chat_wiring::wiring(&app.city, &account);
        let figures = figures(&app.city, tongue, &wiring, &found);
        Ok(FormPage {
            id: account.row.id.to_string(),
            alarm: trouble_of(tongue, &account.row),
            figures,
            newest: Some(Newest::of(app, tongue, found.deliveries)),
            wiring: Some(wiring),
            ..FormPage::blank(app, page, account.channel, typed)
        })
    }

    /// Words of this channel: `connect-facebook-1`.
    fn says(&self, name: &str) -> String {
        self.page.of("connect", &format!("{}-{name}", self.channel.as_str()))
    }

    /// What stands beside a field: of this channel, of all, or nothing.
    fn hint(&self, field: &str) -> String {
        let names = [format!("{}-{field}-hint", self.channel.as_str()), format!("{field}-hint")];
        let known = names.iter().find(|name| self.page.tongue.knows(&format!("connect-{name}")));
        known.map_or_else(String::new, |name| self.page.of("connect", name))
    }

    /// The vendor is told our address by us; elsewhere a person copies it.
    fn connects(&self) -> bool {
        match self.channel {
            ChatChannel::Facebook | ChatChannel::Zalo => false,
            ChatChannel::Telegram | ChatChannel::Viber => true,
        }
    }

    /// What is to be known before anything: that a channel is blocked, or costs.
    fn warning(&self) -> Option<String> {
        (!self.channel.starts_on()).then(|| self.says("warning"))
    }

    fn title(&self) -> String {
        if self.id.is_empty() {
            self.page.of("connect", self.channel.as_str())
        } else {
            format!("{}: {}", self.page.of("channel", self.channel.as_str()), self.typed.name)
        }
    }

    /// Where the form goes.
    fn action(&self) -> String {
        if self.id.is_empty() { format!("/admin/channels/{}/new", self.channel.as_str()) } else { format!("/admin/channels/{}", self.id) }
    }

    /// What is wrong with a field, if anything.
    fn wrong(&self, field: &str) -> &str {
        let items = self.errors.as_ref().map_or(&[][..], |errors| &errors.items);
        items.iter().find(|(of, _)| *of == Some(field)).map_or("", |(_, text)| text)
    }

    /// Whether a secret is stored, beside the field in which a new one is typed.
    fn kept(&self, stored: &bool) -> String {
        if *stored { self.page.t("connect-kept") } else { self.page.t("connect-none") }
    }

    /// The file that proves the domain, once it is served.
    fn proof(&self) -> Option<String> {
        let wiring = self.wiring.as_ref()?;
        let name = &self.typed.proof_name;
        let root = wiring.webhook.split("/hooks/").next()?;
        (!name.is_empty() && self.wrong("proof_name").is_empty()).then(|| format!("{root}/{name}"))
    }
}

fn figures(city: &City, tongue: Tongue, wiring: &Wiring, found: &Figures) -> Vec<Figure> {
    let now = city.now();
    let ago = |moment: Option<Timestamp>, none: &str| {
        moment.map_or_else(|| tongue.of("health", none).into_owned(), |moment| tongue.ago(moment, now))
    };
    let line = |name: &str, value: String, bad: bool| Figure { name: tongue.of("health", name).into_owned(), value, bad };
    let count = |name: &str, n: i64, bad: bool| {
        let value = if n >= MOST { format!("{n}+") } else { n.to_string() };
        line(name, value, bad && n > 0)
    };
    let token = match (wiring.has_token, wiring.token_ends) {
        (false, _) => line("token", tongue.of("health", "token-none").into_owned(), true),
        (true, None) => line("token", tongue.of("health", "token-forever").into_owned(), false),
        (true, Some(ends)) => {
            let over = ends <= now;
            let at = [("at", tongue.coming(ends, now).into())];
            let text = if over { tongue.with("health-token-over", at) } else { tongue.with("health-token-ends", at) };
            line("token", text.into_owned(), over)
        }
    };
    vec![
        line("event", ago(found.deliveries.first().map(|delivery| at(delivery.received_at)), "event-none"), false),
        line("sent", ago(found.last_sent, "sent-none"), false),
        token,
        count("waiting", found.waiting, false),
        count("failed", found.failed, true),
        count("unknown", found.unknown, true),
        count("unread", found.unread, true),
    ]
}

/// What may be typed, from what is stored.
fn stored(account: &ChatAccount) -> Typed {
    let yes = |on: bool| if on { "yes".to_owned() } else { String::new() };
    let settings = account.settings.clone();
    Typed {
        name: account.row.name.clone(),
        address: account.row.address.clone(),
        agency: account.row.agency_id.map(|id| id.to_string()).unwrap_or_default(),
        enabled: yes(account.row.enabled),
        app_id: settings.app_id,
        base: settings.base,
        oauth_base: settings.oauth_base,
        media_hosts: settings.media_hosts.join("\n"),
        prove: yes(settings.prove),
        proof_name: settings.proof_name,
        proof_body: settings.proof_body,
        ..Typed::default()
    }
}

/// The first step of an account that is not there yet.
pub fn new(app: &App, page: Page, channel: ChatChannel) -> Result<Response, Error> {
    let enabled = if channel.starts_on() { "yes".to_owned() } else { String::new() };
    let typed = Typed { enabled, ..Typed::default() };
    Ok(show(FormPage::blank(app, page, channel, typed)))
}

pub async fn page(app: &App, page: Page, officer: &Officer, account: AccountRow) -> Result<Response, Error> {
    let account = ChatAccount::of(&app.city, account)?;
    let typed = stored(&account);
    Ok(show(FormPage::of(app, page, officer, account, typed).await?))
}

pub async fn save(
    app: &App,
    page: Page,
    officer: &Officer,
    channel: ChatChannel,
    id: Option<Uuid>,
    typed: Typed,
) -> Result<Response, Error> {
    let lines = |text: &str| text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    let settings = Settings {
        app_id: typed.app_id.trim().to_owned(),
        base: typed.base.trim().to_owned(),
        oauth_base: typed.oauth_base.trim().to_owned(),
        media_hosts: lines(&typed.media_hosts),
        prove: !typed.prove.is_empty(),
        proof_name: typed.proof_name.trim().to_owned(),
        proof_body: typed.proof_body.clone(),
    };
    let renewed = if typed.renew.is_empty() { String::new() } else { service::keys::new_token(app.city.random.as_ref()) };
    let secrets = Secrets {
        app_secret: typed.app_secret.clone(),
        webhook: if channel.makes_webhook_secret() { renewed } else { typed.webhook.clone() },
        access_token: typed.access_token.clone(),
        ..Secrets::default()
    };
    let entry = Entry {
        channel,
        name: typed.name.clone(),
        address: typed.address.clone(),
        agency: typed.agency.parse().ok(),
        enabled: !typed.enabled.is_empty(),
        settings,
        secrets,
    };
    match chat_accounts::save(&app.city, Some(officer), id, entry).await {
        Ok(id) => Ok(Redirect::to(&format!("/admin/channels/{id}")).into_response()),
        Err(error) => {
            let Some(errors) = mistakes(page.tongue, &error) else { return Err(error.into()) };
            let kept = Typed { app_secret: String::new(), webhook: String::new(), access_token: String::new(), ..typed };
            let form = match id {
                Some(id) => {
                    let account = service::overview::account(&app.city, officer, id).await?;
                    FormPage::of(app, page, officer, ChatAccount::of(&app.city, account)?, kept).await?
                }
                None => FormPage::blank(app, page, channel, kept),
            };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(FormPage { errors: Some(errors), ..form })).into_response())
        }
    }
}

/// Tries what is stored and shows each step.
pub async fn test(app: &App, page: Page, officer: &Officer, account: AccountRow) -> Result<Response, Error> {
    let (id, channel, tongue) = (account.id, account.channel, page.tongue);
    let tried = channel_health::test(&app.city, officer, id).await?.into_iter().map(|(step, result)| match result {
        Ok(name) if !name.is_empty() => Tried {
            status: Status {
                icon: Icon::Tick,
                tone: Tone::Good,
                text: tongue.with("try-token-named", [("name", name.into())]).into_owned(),
            },
            said: String::new(),
        },
        Ok(_) => {
            Tried { status: Status { icon: Icon::Tick, tone: Tone::Good, text: tongue.of("try", step).into_owned() }, said: String::new() }
        }
        Err(trouble) => {
            let text = format!("{}: {}", tongue.of("try", step), worded(tongue, &channel, &trouble));
            Tried { status: Status { icon: Icon::Late, tone: Tone::Bad, text }, said: trouble.said }
        }
    });
    let tried = tried.collect();
    let account = ChatAccount::of(&app.city, service::overview::account(&app.city, officer, id).await?)?;
    let typed = stored(&account);
    Ok(show(FormPage { tried, ..FormPage::of(app, page, officer, account, typed).await? }))
}
