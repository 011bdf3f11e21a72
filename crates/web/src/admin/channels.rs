//! Accounts on channels: the list, and the way to the form of each kind.

use std::borrow::Cow;

use askama::Template;
use axum::Form;
use axum::extract::{FromRequest, Path, Request, State};
use axum::response::Response;
use serde::de::DeserializeOwned;
use service::channel_health::{self, Trouble};
use service::chat_channel::ChatChannel;
use service::hotlines::CHANNEL;
use service::overview::{self, AccountRow};
use service::sms_accounts::CHANNEL as SMS;
use uuid::Uuid;
use words::Tongue;

use super::{Administrator, chat_account, hotline, mailbox, sms_account};
use crate::app::App;
use crate::console::show;
use crate::error::Error;
use crate::page::{Page, Place};
use crate::parts::{Icon, Labelled, Status, Tone};

struct Listed {
    id: Uuid,
    icon: Labelled,
    name: String,
    address: String,
    agency: String,
    state: Status,
    /// What is wrong and what to do.
    why: String,
}

#[derive(Template)]
#[template(path = "admin/channels.html")]
struct ListPage {
    page: Page,
    accounts: Vec<Listed>,
    chats: [&'static str; ChatChannel::ALL.len()],
}

pub async fn list(State(app): State<App>, page: Page, Administrator(officer): Administrator) -> Result<Response, Error> {
    let reference = app.city.reference();
    let tongue = page.tongue;
    let found = overview::accounts(&app.city, &officer).await?;
    let accounts = found.into_iter().filter(|account| is_set_up(&account.channel)).map(|account| {
        let why = trouble_of(tongue, &account).unwrap_or_default();
        let (icon, tone, text) = match (account.enabled, why.is_empty()) {
            (false, _) => (Icon::Shut, Tone::Calm, tongue.t("channel-off")),
            (true, true) => (Icon::Tick, Tone::Good, tongue.t("channel-on")),
            (true, false) => (Icon::Late, Tone::Bad, tongue.t("channel-trouble")),
        };
        Listed {
            id: account.id,
            icon: Icon::channel(&account.channel).labelled(tongue.of("channel", &account.channel)),
            agency: reference.short_name(account.agency_id.unwrap_or(reference.city)).to_owned(),
            state: Status { icon, tone, text: text.into_owned() },
            why,
            name: account.name,
            address: account.address,
        }
    });
    let accounts = accounts.collect();
    Ok(show(ListPage { page: page.at(Place::Admin), accounts, chats: ChatChannel::ALL.map(ChatChannel::as_str) }))
}

/// Whether an administrator sets accounts of this channel up; the web form is simply there.
pub fn is_set_up(channel: &str) -> bool {
    channel == "email" || channel == CHANNEL || channel == SMS || ChatChannel::of(channel).is_some()
}

/// What is wrong with an account, in words.
pub fn trouble_of(tongue: Tongue, account: &AccountRow) -> Option<String> {
    if account.channel == SMS || ChatChannel::of(&account.channel).is_some() {
        return channel_health::alarm_of(account).map(|trouble| worded(tongue, &account.channel, &trouble).into_owned());
    }
    channel_health::last_error(account)
}

/// What went wrong with a vendor and what to do: by the vendor's number where it says more, else by its class.
pub fn worded(tongue: Tongue, channel: &str, trouble: &Trouble) -> Cow<'static, str> {
    let class = trouble.class.as_str();
    let known = match ChatChannel::of(channel) {
        None => (channel == SMS).then(|| said_of_sms(&trouble.said)).flatten(),
        Some(chat) => trouble.code.and_then(|code| said_of_chat(chat, code, class)),
    };
    let exact = [known, Some(class)].into_iter().flatten().map(|name| format!("{channel}-{name}"));
    let found = exact.into_iter().find(|name| tongue.knows(&format!("trouble-{name}")));
    tongue.of("trouble", found.as_deref().unwrap_or(class))
}

/// What a vendor's number says to a person, where its class says less.
fn said_of_chat(channel: ChatChannel, code: i64, class: &str) -> Option<&'static str> {
    match (channel, code) {
        (ChatChannel::Facebook, 10 | 200 | 230) => Some("right"),
        // The proof of the app's secret is refused as a bad parameter.
        (ChatChannel::Facebook, 100) if class == "setup" => Some("secret"),
        (ChatChannel::Zalo, -242) => Some("secret"),
        (ChatChannel::Zalo, -14003) => Some("redirect"),
        (ChatChannel::Telegram, 401 | 404) | (ChatChannel::Viber, 2) => Some("token"),
        (ChatChannel::Telegram, 409) => Some("conflict"),
        (ChatChannel::Viber, 1) => Some("address"),
        (ChatChannel::Viber, 10) => Some("webhook"),
        (ChatChannel::Facebook, 368) | (ChatChannel::Viber, 7..=9) => Some("blocked"),
        _ => None,
    }
}

/// What an SMSC's status, or the way to it, says to a person.
fn said_of_sms(said: &str) -> Option<&'static str> {
    let statuses = [("0x0E", "password"), ("0x0F", "system_id"), ("0x0D", "bind"), ("0x05", "bind")];
    let way = [("unprotected", "plain"), ("certificate", "certificate"), ("no address", "host"), ("no connection", "port")];
    let by_status = statuses.into_iter().find(|(status, _)| said.starts_with(status));
    by_status.or_else(|| way.into_iter().find(|(begins, _)| said.starts_with(begins))).map(|(_, name)| name)
}

/// `new` is a mailbox; pages and official accounts have addresses of their own.
pub async fn page(
    State(app): State<App>,
    page: Page,
    Administrator(officer): Administrator,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    if id == "new" {
        return mailbox::new(&app, page, &officer).await;
    }
    let account = overview::account(&app.city, &officer, id.parse().map_err(|_| Error::NotFound)?).await?;
    match account.channel.as_str() {
        "email" => mailbox::page(&app, page, &officer, account).await,
        CHANNEL => hotline::page(&app, page, &officer, account).await,
        SMS => sms_account::page(&app, page, &officer, account).await,
        channel if ChatChannel::of(channel).is_some() => chat_account::page(&app, page, &officer, account).await,
        _ => Err(Error::NotFound),
    }
}

pub async fn new(
    State(app): State<App>,
    page: Page,
    Administrator(_): Administrator,
    Path(channel): Path<String>,
) -> Result<Response, Error> {
    match (channel.as_str(), ChatChannel::of(&channel)) {
        (CHANNEL, _) => hotline::new(&app, page),
        (SMS, _) => Ok(sms_account::new(&app, page)),
        (_, Some(channel)) => chat_account::new(&app, page, channel),
        (_, None) => Err(Error::NotFound),
    }
}

pub async fn add(
    State(app): State<App>,
    page: Page,
    Administrator(officer): Administrator,
    Path(channel): Path<String>,
    request: Request,
) -> Result<Response, Error> {
    match (channel.as_str(), ChatChannel::of(&channel)) {
        (CHANNEL, _) => hotline::save(&app, page, &officer, None, typed(&app, request).await?).await,
        (SMS, _) => sms_account::save(&app, page, &officer, None, typed(&app, request).await?).await,
        (_, Some(channel)) => chat_account::save(&app, page, &officer, channel, None, typed(&app, request).await?).await,
        (_, None) => Err(Error::NotFound),
    }
}

pub async fn save(
    State(app): State<App>,
    page: Page,
    Administrator(officer): Administrator,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Error> {
    if id == "new" {
        return mailbox::save(&app, page, &officer, None, typed(&app, request).await?).await;
    }
    let account = overview::account(&app.city, &officer, id.parse().map_err(|_| Error::NotFound)?).await?;
    match (account.channel.as_str(), ChatChannel::of(&account.channel)) {
        ("email", _) => mailbox::save(&app, page, &officer, Some(account.id), typed(&app, request).await?).await,
        (CHANNEL, _) => hotline::save(&app, page, &officer, Some(account.id), typed(&app, request).await?).await,
        (SMS, _) => sms_account::save(&app, page, &officer, Some(account.id), typed(&app, request).await?).await,
        (_, Some(channel)) => chat_account::save(&app, page, &officer, channel, Some(account.id), typed(&app, request).await?).await,
        (_, None) => Err(Error::NotFound),
    }
}

async fn typed<T: DeserializeOwned>(app: &App, request: Request) -> Result<T, Error> {
    let Form(typed) = Form::<T>::from_request(request, app).await.map_err(|_| Error::Invalid)?;
    Ok(typed)
}

pub async fn test(
    State(app): State<App>,
    page: Page,
    Administrator(officer): Administrator,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Error> {
    let account = overview::account(&app.city, &officer, id.parse().map_err(|_| Error::NotFound)?).await?;
    match account.channel.as_str() {
        SMS => sms_account::test(&app, page, &officer, account, typed(&app, request).await?).await,
        "email" => mailbox::test(&app, page, &officer, account).await,
        channel if ChatChannel::of(channel).is_some() => chat_account::test(&app, page, &officer, account).await,
        _ => Err(Error::NotFound),
    }
}
