//! Mail, both ways, alone and beside a chat channel whose vendor hangs and fails while thousands of replies wait for it; then
//! what becomes of those replies.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::ensure;
use service::chat_accounts::{Entry, Secrets, Settings};
use service::chat_channel::ChatChannel;
use service::clock::{Clock, SystemClock};
use service::intake::Intake;
use simulator::{CallKind, Fault, Options, Rule, Simulator, zalo};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::mail::{Shape, letter};
use super::place::Place;
use super::table::{Bar, Figure, Table};

const MAILS: usize = 2_000;
const PEOPLE: usize = 2_000;
const APP: &str = "1234567890123456789";
const OA: &str = "3000000000000000002";
/// Longer than this nothing is waited for.
const PATIENCE: Duration = Duration::from_secs(240);
/// How often is looked whether something has come true.
const LOOK: Duration = Duration::from_millis(20);

pub async fn run(place: &Place, table: &mut Table) -> anyhow::Result<()> {
    let city = &place.city;
    let sink = Sink::open().await?;
    let (mailbox, _) = place.mailbox(sink.port).await?;
    let vendors =
        Simulator::start(Options::new("127.0.0.1:0".parse()?, 7, Arc::new(|| SystemClock.now()))).await.map_err(anyhow::Error::msg)?;
    let account = connect(place, &vendors).await?;
    let server = place.serve().await?;
    let zalo = vendors.zalo();
    zalo.set_webhook(APP, &format!("http://{}/hooks/zalo/{account}", server.address)).map_err(anyhow::Error::msg)?;
    let intake = Intake::start(city.clone());
    let stop = CancellationToken::new();
    let runners = service::jobs::start(city, &stop);

    let alone = mails(&intake, mailbox, &sink, "alone").await?;
    zalo.add_fault(Rule::at_rate(CallKind::Send, Fault::Hang, 0.2)).map_err(anyhow::Error::msg)?;
    zalo.add_fault(Rule::at_rate(CallKind::Send, Fault::ServerError, 1.0)).map_err(anyhow::Error::msg)?;
    let people = zalo.add_crowd(OA, PEOPLE).map_err(anyhow::Error::msg)?;
    for person in &people {
        zalo.write(OA, person, "cty em nop ho so hoan thue tu thang 3 den nay chua thay tra loi").map_err(anyhow::Error::msg)?;
    }
    until("everything that was written is a case", async || {
        let cases = store::cases::all_after(&mut city.db.read(), Uuid::nil(), 100_000).await?.len();
        Ok(cases >= MAILS + PEOPLE && city.lines.rests(account, city.now()))
    })
    .await?;
    let beside = mails(&intake, mailbox, &sink, "beside").await?;

    zalo.clear_faults();
    let mended = Instant::now();
    until("everybody has been answered or is known to be uncertain", async || {
        let mut q = city.db.read();
        let waiting =
            store::messages::in_trouble(&mut q, "queued", 1).await?.len() + store::messages::in_trouble(&mut q, "sending", 1).await?.len();
        Ok(waiting == 0)
    })
    .await?;
    let mended = mended.elapsed();
    let reached = people.iter().filter(|person| !zalo.sent(Some(person)).is_empty()).count();
    let unknown = store::messages::in_trouble(&mut city.db.read(), "unknown", PEOPLE as i64).await?.len();
    stop.cancel();
    runners.wait().await;

    let mut line = |name: &str, value: f64, unit: &str, ceiling: Option<f64>, bar: Bar| {
        table.line(Figure { name, value, unit, ceiling, bar });
    };
    line("mail in and receipt out, alone", alone, "/s", None, Bar::None);
    line("mail beside a chat vendor that hangs and fails", beside, "/s", Some(alone), Bar::None);
    line("mail beside it ÷ alone", beside / alone, "", None, Bar::AtLeast(0.8));
    line("replies that waited, then went out, of 2,000", reached as f64, "", None, Bar::None);
    line("replies of which nobody knows", unknown as f64, "", None, Bar::None);
    line("replies lost", PEOPLE.saturating_sub(reached + unknown) as f64, "", None, Bar::AtMost(0.0));
    line("replies that went out twice", zalo.repeats().len() as f64, "", None, Bar::AtMost(0.0));
    line("from the vendor's recovery to the last reply", mended.as_secs_f64(), "s", None, Bar::None);
    Ok(())
}

/// Mails a second from the first octet handed over until the last receipt has left.
async fn mails(intake: &Intake, mailbox: Uuid, sink: &Sink, series: &str) -> anyhow::Result<f64> {
    let (begun, before) = (Instant::now(), sink.taken());
    for chunk in (0..MAILS).collect::<Vec<_>>().chunks(128) {
        let told = serde_json::json!({ "via": "hook" });
        let handed = chunk.iter().map(|number| intake.deliver(Some(mailbox), "email", told.clone(), letter(series, *number, Shape::Plain)));
        futures_util::future::try_join_all(handed).await?;
    }
    until("every mail has its receipt", async || Ok(sink.taken() - before >= MAILS)).await?;
    Ok(MAILS as f64 / begun.elapsed().as_secs_f64())
}

async fn until(what: &str, mut come_true: impl AsyncFnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let begun = Instant::now();
    while !come_true().await? {
        ensure!(begun.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

/// An official account of the simulated Zalo.
async fn connect(place: &Place, vendors: &Simulator) -> anyhow::Result<Uuid> {
    let zalo = vendors.zalo();
    zalo.add_app(zalo::App::new(APP, "bench-app"));
    zalo.add_account(zalo::Account::new(OA, "1022", APP, "bench-oa")).map_err(anyhow::Error::msg)?;
    let tokens = zalo.authorise(OA).map_err(anyhow::Error::msg)?;
    let origin = vendors.origin().to_owned();
    let settings = Settings { app_id: APP.into(), base: origin.clone(), oauth_base: origin, ..Settings::default() };
    let secrets = Secrets {
        app_secret: "bench-app".into(),
        webhook: "bench-oa".into(),
        access_token: tokens.access,
        refresh_token: tokens.refresh,
        ..Secrets::default()
    };
    let entry =
        Entry { channel: ChatChannel::Zalo, name: "bench".into(), address: OA.into(), agency: None, enabled: true, settings, secrets };
    let account = service::chat_accounts::save(&place.city, None, None, entry).await?;
    place.city.reload().await?;
    Ok(account)
}

/// A mail server that takes everything and counts whom it was for.
struct Sink {
    port: u16,
    to: Arc<Mutex<HashSet<String>>>,
    taken: Arc<AtomicUsize>,
}

impl Sink {
    async fn open() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let sink = Self { port: listener.local_addr()?.port(), to: Arc::default(), taken: Arc::default() };
        let (to, taken) = (sink.to.clone(), sink.taken.clone());
        tokio::spawn(async move {
            while let Ok((peer, _)) = listener.accept().await {
                let (to, taken) = (to.clone(), taken.clone());
                tokio::spawn(async move {
                    // Whoever goes in the middle of a mail has not delivered it.
                    let _gone = take(peer, &to, &taken).await;
                });
            }
        });
        Ok(sink)
    }

    /// To how many addresses something went.
    fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }
}

async fn take(peer: TcpStream, known: &Mutex<HashSet<String>>, taken: &AtomicUsize) -> std::io::Result<()> {
    let mut link = BufReader::new(peer);
    link.write_all(b"220 sink ESMTP\r\n").await?;
    let (mut line, mut to, mut inside) = (String::new(), String::new(), false);
    loop {
        line.clear();
        if link.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let answer: &[u8] = match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            _ if inside => {
                if line != ".\r\n" {
                    continue;
                }
                inside = false;
                if known.lock().unwrap_or_else(PoisonError::into_inner).insert(std::mem::take(&mut to)) {
                    taken.fetch_add(1, Ordering::Relaxed);
                }
                b"250 taken\r\n"
            }
            "EHLO" => b"250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            "RCPT" => {
                line.trim().clone_into(&mut to);
                b"250 ok\r\n"
            }
            "DATA" => {
                inside = true;
                b"354 go on\r\n"
            }
            "QUIT" => return link.write_all(b"221 bye\r\n").await,
            _ => b"250 ok\r\n",
        };
        link.write_all(answer).await?;
    }
}
