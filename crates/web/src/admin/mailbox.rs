//! A mailbox: a form, and a test that says in words what is wrong.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use service::mailboxes::{self, Mailbox};
use service::overview::{AccountRow, Reason, Step, Trial};
use service::{Officer, channel_health};
use uuid::Uuid;
use words::Tongue;

use super::deliveries::Newest;
use crate::app::App;
use crate::console::{agencies, mistakes, show};
use crate::error::Error;
use crate::page::{Page, Place};
use crate::parts::{ErrorSummary, Icon, Status, Tone};

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
#[template(path = "admin/mailbox.html")]
struct FormPage {
    page: Page,
    id: String,
    typed: Typed,
    agencies: Vec<(String, String)>,
    errors: Option<ErrorSummary>,
    /// Steps of fetching, then of sending.
    tried: Vec<(String, Vec<Tried>)>,
    newest: Option<Newest>,
}

impl FormPage {
    async fn of(app: &App, page: Page, officer: &Officer, id: &str, typed: Typed) -> service::Result<FormPage> {
        let agencies = agencies(&app.city.reference(), app.city.today());
        let newest = match id.parse() {
            Ok(id) => Some(Newest::of(app, page.tongue, channel_health::figures(&app.city, officer, id).await?.deliveries)),
            Err(_) => None,
        };
        Ok(FormPage { page: page.at(Place::Admin), id: id.to_owned(), typed, agencies, errors: None, tried: Vec::new(), newest })
    }

    fn is_new(&self) -> bool {
        self.id == "new"
    }
}

fn stored(account: AccountRow) -> Result<Typed, Error> {
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

/// The form of a mailbox that is not there yet.
pub async fn new(app: &App, page: Page, officer: &Officer) -> Result<Response, Error> {
    let typed = Typed {
        enabled: "yes".into(),
        poll: "yes".into(),
        imap_port: "993".into(),
        imap_security: "tls".into(),
        smtp_port: "587".into(),
        smtp_security: "starttls".into(),
        ..Typed::default()
    };
    Ok(show(FormPage::of(app, page, officer, "new", typed).await?))
}

pub async fn page(app: &App, page: Page, officer: &Officer, account: AccountRow) -> Result<Response, Error> {
    let id = account.id.to_string();
    Ok(show(FormPage::of(app, page, officer, &id, stored(account)?).await?))
}

pub async fn save(app: &App, page: Page, officer: &Officer, id: Option<Uuid>, typed: Typed) -> Result<Response, Error> {
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
    match mailboxes::save(&app.city, Some(officer), id, entry).await {
        Ok(id) => Ok(Redirect::to(&format!("/admin/channels/{id}")).into_response()),
        Err(error) => {
            let Some(errors) = mistakes(page.tongue, &error) else { return Err(error.into()) };
            let id = id.map_or_else(|| "new".to_owned(), |id| id.to_string());
            let form = FormPage::of(app, page, officer, &id, Typed { password: String::new(), ..typed }).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(FormPage { errors: Some(errors), ..form })).into_response())
        }
    }
}

/// Tries the stored settings and shows each step.
pub async fn test(app: &App, page: Page, officer: &Officer, account: AccountRow) -> Result<Response, Error> {
    let id = account.id;
    let (fetching, sending) = mailboxes::test(&app.city, id).await?;
    let tongue = page.tongue;
    let mut tried = Vec::new();
    if let Some(fetching) = fetching {
        tried.push((page.t("channel-fetching"), steps(tongue, fetching)));
    }
    tried.push((page.t("channel-sending"), steps(tongue, sending)));
    let form = FormPage::of(app, page, officer, &id.to_string(), stored(account)?).await?;
    Ok(show(FormPage { tried, ..form }))
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
