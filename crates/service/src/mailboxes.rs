//! Mailboxes: set up, tested, their passwords encrypted.

use std::time::Duration;

use channels::email::probe::{self, Trial};
use channels::email::tls::{Security, Server};
use channels::email::{imap, smtp};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::Sha256;
use store::Json;
use store::channel_accounts::AccountRow;
use uuid::Uuid;

use crate::{City, Error, Officer, Problem, Result};

/// How a mailbox is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    pub imap_host: String,
    pub imap_port: u16,
    /// `tls`, `starttls`, or `plain` on this machine only.
    pub imap_security: String,
    pub smtp_host: String,
    pub smtp_port: u16,
    pub smtp_security: String,
    pub login: String,
    /// The name people see beside the address.
    pub display_name: String,
    /// The authserv-id whose `Authentication-Results` are believed: our own MX.
    #[serde(default)]
    pub trusted_mx: String,
    /// Extra root certificate in PEM, for a mail server with its own authority.
    #[serde(default)]
    pub root_pem: String,
    /// Mail is fetched by IMAP; without it only the hook brings mail.
    pub poll: bool,
}

/// The secrets of a mailbox, encrypted as one.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secrets {
    pub password: String,
    /// Signs what a relay delivers by hook.
    pub hook_key: String,
}

/// A mailbox as its row says.
pub fn of(account: &AccountRow) -> Result<Mailbox> {
    Ok(serde_json::from_value(account.settings.0.clone())?)
}

/// Its secrets.
pub fn secrets(city: &City, account: &AccountRow) -> Result<Secrets> {
    let sealed = account.secret.as_deref().ok_or_else(|| Error::Setup("the mailbox has no password".into()))?;
    Ok(serde_json::from_slice(&city.keys.open(&purpose(account.id), sealed)?)?)
}

fn purpose(id: Uuid) -> String {
    format!("mailbox/{id}")
}

/// Checks the signature of a delivery. An unknown mailbox is `None`: what comes for it is stored and marked.
///
/// # Errors
/// [`Error::Forbidden`] when the signature is wrong.
pub async fn check_hook(city: &City, account: Uuid, signature: &str, body: &[u8]) -> Result<Option<Uuid>> {
    let Some(key) = city.hook_key(account).await? else { return Err(Error::Forbidden) };
    let given = signature.strip_prefix("sha256=").and_then(|hex| hex::decode(hex).ok()).ok_or(Error::Forbidden)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|error| Error::Internal(error.to_string()))?;
    mac.update(body);
    mac.verify_slice(&given).map_err(|_| Error::Forbidden)?;
    Ok(Some(account))
}

/// What an administrator enters for a mailbox.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The name officers read.
    pub name: String,
    pub address: String,
    /// The agency that owns it; the city if none.
    pub agency: Option<Uuid>,
    pub enabled: bool,
    pub mailbox: Mailbox,
    /// Empty keeps the stored one.
    pub password: String,
}

/// Stores a new mailbox or the changes of one.
pub async fn save(city: &City, by: Option<&Officer>, id: Option<Uuid>, entry: Entry) -> Result<Uuid> {
    check(&entry.address, &entry.mailbox)?;
    let mut tx = city.db.begin().await?;
    let stored = match id {
        Some(id) => Some(store::channel_accounts::find(&mut tx, id).await?),
        None => None,
    };
    let mut secrets = match &stored {
        Some(account) if account.secret.is_some() => secrets(city, account)?,
        _ => Secrets { password: String::new(), hook_key: crate::keys::new_token(city.random.as_ref()) },
    };
    if !entry.password.is_empty() {
        secrets.password = entry.password;
    }
    let id = id.unwrap_or_else(|| city.new_id());
    let sealed = city.keys.seal(city.random.as_ref(), &purpose(id), &serde_json::to_vec(&secrets)?)?;
    let row = AccountRow {
        id,
        channel: "email".into(),
        name: entry.name.trim().to_owned(),
        address: entry.address.trim().to_lowercase(),
        agency_id: entry.agency,
        settings: Json(serde_json::to_value(&entry.mailbox)?),
        secret: Some(sealed),
        enabled: entry.enabled,
        health: Json(stored.as_ref().map_or_else(|| json!({}), |account| account.health.0.clone())),
        created_at: stored.as_ref().map_or(city.now().as_microsecond(), |account| account.created_at),
        version: stored.as_ref().map_or(1, |account| account.version),
    };
    match stored {
        Some(_) => store::channel_accounts::update(&mut tx, &row).await?,
        None => store::channel_accounts::insert(&mut tx, &row).await?,
    }
    let officer = by.map(|officer| officer.id);
    store::audit::add(&mut tx, city.new_id(), city.now(), officer, "mailbox_saved", &row.address, json!({ "enabled": entry.enabled }))
        .await?;
    tx.wake(store::notify::Topic::Settings).await?;
    tx.commit().await?;
    city.forget_account(id);
    Ok(id)
}

fn check(address: &str, mailbox: &Mailbox) -> Result<()> {
    let mut problems = Vec::new();
    if domain::contact::Email::parse(address).is_err() {
        problems.push(Problem::new("address", "email"));
    }
    if mailbox.poll && mailbox.imap_host.trim().is_empty() {
        problems.push(Problem::new("imap_host", "missing"));
    }
    if mailbox.smtp_host.trim().is_empty() {
        problems.push(Problem::new("smtp_host", "missing"));
    }
    for (field, security) in [("imap_security", &mailbox.imap_security), ("smtp_security", &mailbox.smtp_security)] {
        if !["tls", "starttls", "plain"].contains(&security.as_str()) {
            problems.push(Problem::new(field, "unknown"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

/// Settings for fetching.
pub fn imap_settings(city: &City, account: &AccountRow) -> Result<imap::Settings> {
    let mailbox = of(account)?;
    Ok(imap::Settings {
        server: server(&mailbox.imap_host, mailbox.imap_port, &mailbox.imap_security, &mailbox.root_pem)?,
        login: smtp::Login::Password { user: mailbox.login, password: secrets(city, account)?.password },
        // 25 MB of attachments in base64 and what stands around them.
        max_size: 36 * 1024 * 1024,
        timeout: Duration::from_secs(60),
    })
}

/// Settings for sending.
pub fn smtp_settings(city: &City, account: &AccountRow) -> Result<smtp::Settings> {
    let mailbox = of(account)?;
    let password = secrets(city, account)?.password;
    Ok(smtp::Settings {
        server: server(&mailbox.smtp_host, mailbox.smtp_port, &mailbox.smtp_security, &mailbox.root_pem)?,
        login: (!password.is_empty()).then_some(smtp::Login::Password { user: mailbox.login, password }),
        hello: city.settings.mail_host().to_owned(),
    })
}

fn server(host: &str, port: u16, security: &str, root: &str) -> Result<Server> {
    let security = match security {
        "tls" => Security::Tls,
        "starttls" => Security::StartTls,
        "plain" => Security::Plain,
        other => return Err(Error::Setup(format!("{other} is no way to protect a link"))),
    };
    Ok(Server { host: host.trim().to_owned(), port, security, extra_root: (!root.trim().is_empty()).then(|| root.as_bytes().to_vec()) })
}

/// "Test this": tries the stored settings of a mailbox step by step.
pub async fn test(city: &City, account: Uuid) -> Result<(Option<Trial>, Trial)> {
    let account = store::channel_accounts::find(&mut city.db.read(), account).await?;
    let fetching = if of(&account)?.poll { Some(probe::imap(&imap_settings(city, &account)?).await) } else { None };
    let sending = probe::smtp(&smtp_settings(city, &account)?, None, Duration::from_secs(20)).await;
    Ok((fetching, sending))
}

/// Keeps what went wrong, for the administrator's page and the health of the channel.
pub async fn note_trouble(city: &City, account: &AccountRow, why: &str) -> Result<()> {
    let mut health = account.health.0.clone();
    health["last_error"] = json!(crate::understand::truncate(why, 500));
    health["last_error_at"] = json!(city.now().as_microsecond());
    set_health(city, account.id, health).await
}

/// Keeps that the mailbox could be opened.
pub async fn note_success(city: &City, account: &AccountRow) -> Result<()> {
    let mut health = account.health.0.clone();
    health["last_ok_at"] = json!(city.now().as_microsecond());
    set_health(city, account.id, health).await
}

async fn set_health(city: &City, account: Uuid, health: serde_json::Value) -> Result<()> {
    let mut tx = city.db.begin().await?;
    store::channel_accounts::set_health(&mut tx, account, health).await?;
    tx.commit().await?;
    Ok(())
}
