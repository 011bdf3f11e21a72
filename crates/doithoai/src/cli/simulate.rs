//! `simulate`: the other end of Facebook, Zalo, short messages and the exchange on this machine, with a phone on which anybody plays a
//! business.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use service::City;
use service::chat_accounts::{self, Entry, Secrets, Settings};
use service::chat_channel::ChatChannel;
use service::clock::{Clock, SystemClock};
use service::sms_accounts::{self, Route, RouteSecrets};
use simulator::{Options, Simulator, facebook, smsc, zalo};
use uuid::Uuid;

use crate::config::Config;

/// Where the short messages are, unless told otherwise: SMPP's usual port.
const SMSC: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 2775);

/// Ids as the vendors would have given them; the demonstration's own.
const PAGE: &str = "102210221022102";
const PAGE_APP: &str = "700100200300400";
const ACCOUNT: &str = "1022000000000001022";
const ACCOUNT_APP: &str = "1022000000000009999";

/// The short code, and the name under which the city binds.
const CODE: &str = "1022";
const SYSTEM_ID: &str = "doithoai";

#[derive(Debug, Args)]
pub struct Simulate {
    /// Where the vendors and the phone page are. Keep it on this machine: there is no log-in.
    #[arg(long, default_value = "127.0.0.1:8023")]
    vendors: SocketAddr,

    /// Where the short messages are: an SMPP 3.4 server. Port 0 takes a free one. Without it 127.0.0.1:2775, or a free
    /// port when that one is taken.
    #[arg(long)]
    smsc: Option<SocketAddr>,
}

impl Simulate {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let city = crate::wiring::city(config).await?;
        let vendors = start(self.vendors, self.smsc).await?;
        connect(&vendors, &city, &format!("http://{}", config.listen)).await?;
        println!("The phone is at {}/ and speaks to {}.", vendors.origin(), city.settings.public_url);
        println!("Short messages go through {} (SMPP 3.4). Stop with Ctrl C.", vendors.smsc().address());
        tokio::signal::ctrl_c().await?;
        Ok(())
    }
}

/// The vendors by the machine's clock. An address for the short messages that nobody asked for gives way when it is taken.
pub async fn start(listen: SocketAddr, smsc: Option<SocketAddr>) -> anyhow::Result<Simulator> {
    let with = |smsc| Simulator::start(Options { smsc, ..Options::new(listen, 1022, Arc::new(|| SystemClock.now())) });
    let vendors = match smsc {
        Some(asked) => with(asked).await,
        None => match with(SMSC).await {
            Ok(vendors) => Ok(vendors),
            Err(_) => with(SocketAddr::new(SMSC.ip(), 0))
                .await
                .inspect(|vendors| println!("{SMSC} is taken: short messages go through {}.", vendors.smsc().address())),
        },
    };
    vendors
        .map_err(|taken| anyhow::anyhow!("the simulated vendors cannot start: {taken}; choose other addresses with --vendors and --smsc"))
}

/// Connects a page and an official account of the simulated vendors with the city that listens at `url`. Their secrets are
/// new at every start, since the vendors forget everything.
pub async fn connect(vendors: &Simulator, city: &City, url: &str) -> anyhow::Result<()> {
    let secret = || service::keys::new_token(city.random.as_ref());
    let (app_secret, page_token) = (secret(), secret());
    let secrets = Secrets { app_secret: app_secret.clone(), access_token: page_token.clone(), ..Secrets::default() };
    let page = save(city, vendors, ChatChannel::Facebook, PAGE, "", secrets).await?;
    let verify = account(city, page).await?.secrets.webhook;
    let meta = vendors.facebook();
    meta.add_app(facebook::App::new(PAGE_APP, &app_secret));
    meta.add_page(facebook::Page::new(PAGE, "1022 Thành phố Hồ Chí Minh", PAGE_APP, &page_token)).map_err(refused)?;
    meta.add_post(PAGE, "Doanh nghiệp đang vướng thủ tục gì? Bình luận ngay dưới bài này, 1022 chuyển đến đúng cơ quan.")
        .map_err(refused)?;
    meta.connect_webhook(PAGE_APP, &format!("{url}/hooks/facebook/{page}"), &verify).await.map_err(refused)?;

    let (app_secret, oa_secret) = (secret(), secret());
    let app = zalo::App::new(ACCOUNT_APP, &app_secret);
    let talk = vendors.zalo();
    talk.add_app(app.clone());
    talk.add_account(zalo::Account::new(ACCOUNT, "1022 Thành phố Hồ Chí Minh", ACCOUNT_APP, &oa_secret)).map_err(refused)?;
    let tokens = talk.authorise(ACCOUNT).map_err(refused)?;
    let ends = city.now() + jiff::SignedDuration::from_hours(25);
    let secrets = Secrets {
        app_secret,
        webhook: oa_secret,
        access_token: tokens.access,
        refresh_token: tokens.refresh,
        expires_at: ends.as_microsecond(),
        ..Secrets::default()
    };
    let oa = save(city, vendors, ChatChannel::Zalo, ACCOUNT, ACCOUNT_APP, secrets).await?;
    sms(vendors, city).await?;
    talk.set_webhook(ACCOUNT_APP, &format!("{url}/hooks/zalo/{oa}")).map_err(refused)?;
    super::hotline::connect(vendors, city, url).await?;
    city.reload().await?;
    Ok(())
}

/// The number 1022, linked to the simulated SMSC with a password that is new at every start.
async fn sms(vendors: &Simulator, city: &City) -> anyhow::Result<()> {
    let known = store::channel_accounts::by_address(&mut city.db.read(), sms_accounts::CHANNEL, CODE).await?;
    let entry = sms_accounts::Entry { name: "SMS 1022 (thử)".into(), address: CODE.into(), enabled: true, ..Default::default() };
    let id = sms_accounts::save(city, None, known.map(|row| row.id), entry).await?;
    let row = store::channel_accounts::find(&mut city.db.read(), id).await?;
    let stored = sms_accounts::SmsAccount::of(city, row)?.settings.routes.into_iter().find(|route| route.system_id == SYSTEM_ID);
    // SMPP has room for eight characters.
    let password = service::keys::new_token(city.random.as_ref()).chars().filter(char::is_ascii_alphanumeric).take(8).collect::<String>();
    vendors.smsc().set_route(smsc::Route::new(SYSTEM_ID, &password).with_short_code(CODE)).map_err(refused)?;
    let at = vendors.smsc().address();
    let route = Route {
        name: "Nhà mạng thử".into(),
        host: at.ip().to_string(),
        port: at.port(),
        system_id: SYSTEM_ID.into(),
        per_second: 50,
        ..stored.unwrap_or_default()
    };
    sms_accounts::save_route(city, None, id, route, RouteSecrets { password, ..RouteSecrets::default() }).await?;
    Ok(())
}

fn refused(refusal: simulator::Refusal) -> anyhow::Error {
    anyhow::anyhow!("the simulated vendors refuse: {refusal}")
}

async fn account(city: &City, id: Uuid) -> anyhow::Result<chat_accounts::ChatAccount> {
    let row = store::channel_accounts::find(&mut city.db.read(), id).await?;
    chat_accounts::ChatAccount::of(city, row).context("the account's secrets cannot be opened")
}

async fn save(
    city: &City,
    vendors: &Simulator,
    channel: ChatChannel,
    address: &str,
    app_id: &str,
    secrets: Secrets,
) -> anyhow::Result<Uuid> {
    let known = store::channel_accounts::by_address(&mut city.db.read(), channel.as_str(), address).await?;
    let origin = vendors.origin();
    let (base, name) = match channel {
        ChatChannel::Facebook => (format!("{origin}/v25.0"), "Trang Facebook 1022 (thử)"),
        _ => (origin.to_owned(), "Zalo OA 1022 (thử)"),
    };
    let settings = Settings {
        app_id: app_id.into(),
        base,
        oauth_base: origin.into(),
        media_hosts: vec![vendors.address().to_string()],
        ..Settings::default()
    };
    let entry = Entry { channel, name: name.into(), address: address.into(), agency: None, enabled: true, settings, secrets };
    Ok(chat_accounts::save(city, None, known.map(|row| row.id), entry).await?)
}
