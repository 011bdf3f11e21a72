//! SMS through the city, over loopback: what comes in until it is stored and acknowledged, what goes out until the SMSC has
//! taken it. The ceilings are a session with the same SMSC and no city behind it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use channels::sms::session::{self, Access, Pace, Reply, Security, Server};
use channels::sms::{Alphabet, Joining, Style, pdu, submits};
use jiff::SignedDuration;
use service::City;
use service::clock::{Clock, SystemClock};
use service::sms_accounts::{self, Entry, Route, RouteSecrets};
use simulator::{Options, Simulator, smsc};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::place::Place;
use super::table::{Bar, Figure, Table};

/// Messages handed over each way.
const MESSAGES: u32 = 5_000;
/// Requests without an answer at a time.
const WINDOW: u32 = 128;
/// Longer than this nothing is waited for.
const PATIENCE: Duration = Duration::from_secs(120);
const CODE: &str = "1022";
const PASSWORD: &str = "s3cret";
const REPORT: &str = "Cong ty em nop ho so hoan thue tu thang 3 den nay chua thay tra loi, von bi ket het";

pub async fn run(place: &Place, table: &mut Table) -> anyhow::Result<()> {
    let options = Options::new("127.0.0.1:0".parse()?, 7, Arc::new(|| SystemClock.now()));
    let vendors = Simulator::start(options).await.map_err(|refused| anyhow::anyhow!("{refused}"))?;
    let city = &place.city;
    let bare_in = bare_deliveries(&vendors).await?;
    let bare_out = bare_submits(&vendors).await?;
    let (account, route) = account(city, &vendors).await?;
    let stop = CancellationToken::new();
    let links = service::jobs::start_links(city, &stop);
    wait_until(|| city.links.session(account, route).is_some()).await.context("the link does not stand")?;

    let begun = Instant::now();
    vendors.smsc().storm(CODE, REPORT, MESSAGES).map_err(|refused| anyhow::anyhow!("{refused}"))?;
    wait_until(|| vendors.smsc().counters("city").acknowledged >= u64::from(MESSAGES)).await.context("not everything was taken")?;
    let stored = f64::from(MESSAGES) / begun.elapsed().as_secs_f64();

    queue(city).await?;
    let runners = service::jobs::start_sending_sms(city, &stop);
    let begun = Instant::now();
    wait_until(|| vendors.smsc().counters("city").accepted >= u64::from(MESSAGES)).await.context("not everything was sent")?;
    let sent = f64::from(MESSAGES) / begun.elapsed().as_secs_f64();
    stop.cancel();
    links.wait().await;
    runners.wait().await;

    let mut line = |name: &str, value: f64, unit: &str, ceiling: Option<f64>| {
        table.line(Figure { name, value, unit, ceiling, bar: Bar::None });
    };
    line("SMS in, stored, then acknowledged", stored, "/s", Some(bare_in));
    line("SMS out, noted, submitted, noted", sent, "/s", Some(bare_out));
    line("ceiling: deliver_sm acknowledged unstored", bare_in, "/s", None);
    line("ceiling: submit_sm from memory", bare_out, "/s", None);
    Ok(())
}

fn access(vendors: &Simulator, system_id: &str) -> Access {
    let at = vendors.smsc().address();
    let server = Server { host: at.ip().to_string(), port: at.port(), security: Security::Plain, extra_root: None };
    Access { server, system_id: system_id.into(), password: PASSWORD.into(), system_type: String::new() }
}

fn smsc_route(vendors: &Simulator, system_id: &str, code: &str) -> anyhow::Result<()> {
    let receipts = smsc::Receipts { time: smsc::ReceiptTime::Never, ..smsc::Receipts::default() };
    let route = smsc::Route { window: WINDOW, receipts, ..smsc::Route::new(system_id, PASSWORD).with_short_code(code) };
    vendors.smsc().set_route(route).map_err(|refused| anyhow::anyhow!("{refused}"))
}

/// deliver_sm a second that a session answers at once.
async fn bare_deliveries(vendors: &Simulator) -> anyhow::Result<f64> {
    smsc_route(vendors, "bare", "8022")?;
    let (session, mut deliveries) = session::open(&access(vendors, "bare"), Pace::default()).await?;
    let taker = tokio::spawn(async move {
        while let Some(delivery) = deliveries.next().await {
            delivery.reply.send(Reply::Stored);
        }
    });
    let begun = Instant::now();
    vendors.smsc().storm("8022", REPORT, MESSAGES).map_err(|refused| anyhow::anyhow!("{refused}"))?;
    wait_until(|| vendors.smsc().counters("bare").acknowledged >= u64::from(MESSAGES)).await.context("the session is slow")?;
    let rate = f64::from(MESSAGES) / begun.elapsed().as_secs_f64();
    session.unbind().await;
    taker.await?;
    Ok(rate)
}

/// submit_sm a second from memory.
async fn bare_submits(vendors: &Simulator) -> anyhow::Result<f64> {
    let pace = Pace { window: WINDOW as usize, ..Pace::default() };
    let (session, deliveries) = session::open(&access(vendors, "bare"), pace).await?;
    let style = Style {
        source: pdu::Address { ton: 0, npi: 0, addr: "8022".into() },
        alphabet: Alphabet::Gsm,
        joining: Joining::Udh8,
        receipts: false,
    };
    let message = submits(&style, "84901234567", REPORT, 1, 0)?.pop().context("a text has a segment")?;
    let begun = Instant::now();
    let calls = (0..MESSAGES).map(|_| session.submit(message.clone()));
    futures_util::future::try_join_all(calls).await?;
    let rate = f64::from(MESSAGES) / begun.elapsed().as_secs_f64();
    drop(deliveries);
    session.unbind().await;
    Ok(rate)
}

async fn account(city: &City, vendors: &Simulator) -> anyhow::Result<(Uuid, Uuid)> {
    smsc_route(vendors, "city", CODE)?;
    let entry = Entry { name: "SMS".into(), address: CODE.into(), enabled: true, ..Entry::default() };
    let account = sms_accounts::save(city, None, None, entry).await?;
    let at = vendors.smsc().address();
    let route = Route {
        name: "bench".into(),
        host: at.ip().to_string(),
        port: at.port(),
        system_id: "city".into(),
        window: WINDOW,
        per_second: 10_000,
        ..Route::default()
    };
    let secrets = RouteSecrets { password: PASSWORD.into(), ..RouteSecrets::default() };
    let route = sms_accounts::save_route(city, None, account, route, secrets).await?;
    city.reload().await?;
    Ok((account, route))
}

/// One message to each of so many numbers.
async fn queue(city: &City) -> anyhow::Result<()> {
    let reference = city.reference();
    for chunk in (0..MESSAGES).collect::<Vec<_>>().chunks(500) {
        let mut tx = city.db.begin().await?;
        for number in chunk {
            let phone = format!("0908{number:06}");
            service::sms_text::tell_by_sms(&mut tx, city, &reference, &phone, "sms_test", None, Vec::new()).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

async fn wait_until(holds: impl Fn() -> bool) -> anyhow::Result<()> {
    let begun = Instant::now();
    while !holds() {
        anyhow::ensure!(begun.elapsed() < PATIENCE, "{:?} have passed", SignedDuration::try_from(PATIENCE).unwrap_or_default());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}
