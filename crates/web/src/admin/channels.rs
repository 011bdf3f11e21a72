//! Mailboxes: a list, a form, and a test that says in words what is wrong.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use service::mailboxes::{self, Mailbox};
use service::overview::{self, Reason, Step, Trial};
use uuid::Uuid;
use words::Tongue;

use super::Administrator;
use crate::app::App;
use crate::console::{agencies, mistakes, show};
use crate::error::Error;
use crate::page::{Page, Place};
use crate::parts::{ErrorSummary, Icon, Status, Tone};

struct Listed {
    id: Uuid,
    name: String,
    address: String,
    agency: String,
    state: Status,
    why: String,
}

#[derive(Template)]
#[template(path = "admin/channels.html")]
struct ListPage {
    page: Page,
    accounts: Vec<Listed>,
}

pub async fn list(State(app): State<App>, page: Page, Administrator(officer): Administrator) -> Result<Response, Error> {
    let reference = app.city.reference();
    let found = overview::accounts(&app.city, &officer).await?;
    let accounts = found.into_iter().filter(|account| account.channel == "email").map(|account| {
        let why = account.health.0.get("last_error").and_then(|why| why.as_str()).unwrap_or_default().to_owned();
        let (icon, tone, text) = match (account.enabled, why.is_empty()) {
            (false, _) => (Icon::Shut, Tone::Calm, page.t("channel-off")),
            (true, true) => (Icon::Tick, Tone::Good, page.t("channel-on")),
            (true, false) => (Icon::Late, Tone::Bad, page.t("channel-trouble")),
        };
        Listed {
            id: account.id,
            name: account.name,
            address: account.address,
            agency: reference.short_name(account.agency_id.unwrap_or(reference.city)).to_owned(),
            state: Status { icon, tone, text },
            why,
        }
    });
    let accounts = accounts.collect();
    Ok(show(ListPage { page: page.at(Place::Admin), accounts }))
}

/// The form, as text.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    name: String,
    address: String,
    agency: String,
    enabled: String,
    poll: String,
    imap_host: String,
    imap_port: String,
    imap_security: String,
    smtp_host: String,
    smtp_port: String,
    smtp_security: String,
    login: String,
    password: String,
    display_name: String,
    trusted_mx: String,
    root_pem: String,
}

/// One step of a test, in words.
struct Tried {
    status: Status,
    /// What the server said, as it said it.
    said: String,
}

#[derive(Template)]
#[template(path = "admin/channel.html")]
struct FormPage {
    page: Page,
    id: String,
    typed: Typed,
    agencies: Vec<(String, String)>,
    errors: Option<ErrorSummary>,
    /// Steps of fetching, then of sending.
    tried: Vec<(String, Vec<Tried>)>,
}

impl FormPage {
    fn of(app: &App, page: Page, id: String, typed: Typed) -> FormPage {
        let agencies = agencies(&app.city.reference(), app.city.today());
        FormPage { page: page.at(Place::Admin), id, typed, agencies, errors: None, tried: Vec::new() }
    }

    fn is_new(&self) -> bool {
        self.id == "new"
    }
}

async fn stored(app: &App, officer: &service::Officer, id: &str) -> Result<Typed, Error> {
    if id == "new" {
        return Ok(Typed {
            enabled: "yes".into(),
            poll: "yes".into(),
            imap_port: "993".into(),
            imap_security: "tls".into(),
            smtp_port: "587".into(),
            smtp_security: "starttls".into(),
            ..Typed::default()
        });
    }
    let id = id.parse().map_err(|_| Error::NotFound)?;
    let account = overview::account(&app.city, officer, id).await?;
    if account.channel != "email" {
        return Err(Error::NotFound);
    }
    let mailbox = mailboxes::of(&account)?;
    let yes = |on: bool| if on { "yes".to_owned() } else { String::new() };
    Ok(Typed {
        name: account.name,
        address: account.address,
        agency: account.agency_id.map(|id| id.to_string()).unwrap_or_default(),
        enabled: yes(account.enabled),
        poll: yes(mailbox.poll),
        imap_host: mailbox.imap_host,
        imap_port: mailbox.imap_port.to_string(),
        imap_security: mailbox.imap_security,
        smtp_host: mailbox.smtp_host,
        smtp_port: mailbox.smtp_port.to_string(),
        smtp_security: mailbox.smtp_security,
        login: mailbox.login,
        password: String::new(),
        display_name: mailbox.display_name,
        trusted_mx: mailbox.trusted_mx,
        root_pem: mailbox.root_pem,
    })
}

pub async fn page(
    State(app): State<App>,
    page: Page,
    Administrator(officer): Administrator,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let typed = stored(&app, &officer, &id).await?;
    Ok(show(FormPage::of(&app, page, id, typed)))
}

pub async fn save(
    State(app): State<App>,
    page: Page,
    Administrator(officer): Administrator,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let known = if id == "new" { None } else { Some(id.parse::<Uuid>().map_err(|_| Error::NotFound)?) };
    let port = |text: &str, usual| text.trim().parse().unwrap_or(usual);
    let mailbox = Mailbox {
        imap_host: typed.imap_host.trim().to_owned(),
        imap_port: port(&typed.imap_port, 993),
        imap_security: typed.imap_security.clone(),
        smtp_host: typed.smtp_host.trim().to_owned(),
        smtp_port: port(&typed.smtp_port, 587),
        smtp_security: typed.smtp_security.clone(),
        login: typed.login.trim().to_owned(),
        display_name: typed.display_name.trim().to_owned(),
        trusted_mx: typed.trusted_mx.trim().to_owned(),
        root_pem: typed.root_pem.clone(),
        poll: !typed.poll.is_empty(),
    };
    let entry = mailboxes::Entry {
        name: typed.name.clone(),
        address: typed.address.clone(),
        agency: typed.agency.parse().ok(),
        enabled: !typed.enabled.is_empty(),
        mailbox,
        password: typed.password.clone(),
    };
    match mailboxes::save(&app.city, Some(&officer), known, entry).await {
        Ok(id) => Ok(Redirect::to(&format!("/admin/channels/{id}")).into_response()),
        Err(error) => {
            let Some(errors) = mistakes(page.tongue, &error) else { return Err(error.into()) };
            let form = FormPage { errors: Some(errors), ..FormPage::of(&app, page, id, Typed { password: String::new(), ..typed }) };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(form)).into_response())
        }
    }
}

/// Tries the stored settings and shows each step.
pub async fn test(
    State(app): State<App>,
    page: Page,
    Administrator(officer): Administrator,
    Path(id): Path<Uuid>,
) -> Result<Response, Error> {
    let typed = stored(&app, &officer, &id.to_string()).await?;
    let (fetching, sending) = mailboxes::test(&app.city, id).await?;
    let tongue = page.tongue;
    let mut tried = Vec::new();
    if let Some(fetching) = fetching {
        tried.push((page.t("channel-fetching"), steps(tongue, fetching)));
    }
    tried.push((page.t("channel-sending"), steps(tongue, sending)));
    Ok(show(FormPage { tried, ..FormPage::of(&app, page, id.to_string(), typed) }))
}

fn steps(tongue: Tongue, trial: Trial) -> Vec<Tried> {
    let drawn = trial.into_iter().map(|tried| {
        let step = tongue.of("try", step_code(tried.step));
        match tried.result {
            Ok(()) => Tried { status: Status { icon: Icon::Tick, tone: Tone::Good, text: step.into_owned() }, said: String::new() },
            Err((reason, said)) => {
                let text = format!("{step}: {}", tongue.of("try-why", reason_code(reason)));
                Tried { status: Status { icon: Icon::Late, tone: Tone::Bad, text }, said }
            }
        }
    });
    drawn.collect()
}

fn step_code(step: Step) -> &'static str {
    match step {
        Step::Dns => "dns",
        Step::Connect => "connect",
        Step::Tls => "tls",
        Step::Login => "login",
        Step::Folder => "folder",
        Step::Send => "send",
    }
}

fn reason_code(reason: Reason) -> &'static str {
    match reason {
        Reason::NoSuchHost => "no_such_host",
        Reason::NoConnection => "no_connection",
        Reason::WrongProtocol => "wrong_protocol",
        Reason::NoTls => "no_tls",
        Reason::TlsFailed => "tls_failed",
        Reason::CertificateRefused => "certificate_refused",
        Reason::BadRootCertificate => "bad_root",
        Reason::PlainRefused => "plain_refused",
        Reason::ServerRefused => "server_refused",
        Reason::WrongPassword => "wrong_password",
        Reason::LoginNotOffered => "login_not_offered",
        Reason::FolderMissing => "folder_missing",
        Reason::SenderOrRecipientRefused => "address_refused",
        Reason::TryLater => "try_later",
        Reason::NoAnswer => "no_answer",
    }
}
