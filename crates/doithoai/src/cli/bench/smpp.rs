//! SMS: counting segments on one core, and one SMPP session over TCP against an SMSC that takes and delivers as fast as it
//! can and keeps nothing.

use std::path::Path;
use std::time::{Duration, Instant};

use channels::sms::pdu::{self, Address, Header, command};
use channels::sms::session::{self, Access, Deliveries, Pace, Reply, Security, Server, Session};
use channels::sms::{Alphabet, Joining, Style, Submit, count, submits};
use futures_util::{StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::table::{Bar, Figure, Table};

/// Unanswered requests: what a carrier grants a busy link.
const WINDOW: usize = 50;

/// How long each figure is measured.
const WHILE: Duration = Duration::from_secs(2);

/// The answer to a delivery.
const DELIVERED: u32 = command::RESPONSE | command::DELIVER_SM;

pub async fn run(reference: &Path, table: &mut Table) -> anyhow::Result<()> {
    let value = counted(reference)?;
    table.line(Figure { name: "SMS segments counted, one core", value, unit: "segments/s", ceiling: None, bar: Bar::None });
    let (session, deliveries) = open(0).await?;
    let value = submitted(&session).await?;
    table.line(Figure { name: "SMPP submit_sm, one session", value, unit: "messages/s", ceiling: None, bar: Bar::AtLeast(1_000.0) });
    drop((session, deliveries));
    let (_session, deliveries) = open(WINDOW).await?;
    let value = delivered(deliveries).await?;
    table.line(Figure { name: "SMPP deliver_sm, one session", value, unit: "messages/s", ceiling: None, bar: Bar::AtLeast(1_000.0) });
    Ok(())
}

/// Segments of the sample texts, with and without diacritics, a second.
fn counted(reference: &Path) -> anyhow::Result<f64> {
    let mut texts: Vec<String> = crate::cli::seed::samples(reference)?.into_iter().map(|sample| sample.question).collect();
    anyhow::ensure!(!texts.is_empty(), "the reference folder has no texts to read");
    texts.extend(texts.clone().iter().map(|text| text.chars().filter(char::is_ascii).collect()));
    let (begun, mut segments) = (Instant::now(), 0);
    while begun.elapsed() < WHILE {
        segments += texts.iter().map(|text| std::hint::black_box(count(text, Alphabet::Gsm, Joining::Udh8)).parts).sum::<usize>();
    }
    Ok(per_second(segments, begun))
}

async fn submitted(session: &Session) -> anyhow::Result<f64> {
    let style =
        Style { source: Address { ton: 0, npi: 1, addr: "1022".into() }, alphabet: Alphabet::Gsm, joining: Joining::Udh8, receipts: true };
    let text = "Ho so 26 4071 923 5 da duoc tiep nhan. Soan KQ 2640719235 gui 1022 de xem ket qua.";
    let message: Submit = submits(&style, "84900000001", text, 1, 0)?.remove(0);
    let begun = Instant::now();
    let mut answers = stream::iter(std::iter::repeat_with(|| message.clone()))
        .take_while(|_| std::future::ready(begun.elapsed() < WHILE))
        .map(|message| session.submit(message))
        .buffer_unordered(WINDOW);
    let mut sent = 0;
    while let Some(answer) = answers.next().await {
        answer?;
        sent += 1;
    }
    Ok(per_second(sent, begun))
}

async fn delivered(mut deliveries: Deliveries) -> anyhow::Result<f64> {
    let (begun, mut taken) = (Instant::now(), 0);
    while begun.elapsed() < WHILE {
        let delivery = deliveries.next().await.ok_or_else(|| anyhow::anyhow!("the session ended"))?;
        std::hint::black_box(channels::sms::deliver::read(&delivery.pdu, Alphabet::Gsm)?);
        delivery.reply.send(Reply::Stored);
        taken += 1;
    }
    Ok(per_second(taken, begun))
}

fn per_second(many: usize, begun: Instant) -> f64 {
    u32::try_from(many).map_or(f64::INFINITY, f64::from) / begun.elapsed().as_secs_f64()
}

/// A session with an SMSC that delivers so many messages at once.
async fn open(delivers: usize) -> anyhow::Result<(Session, Deliveries)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move { smsc(listener.accept().await?.0, delivers).await });
    let access = Access {
        server: Server { host: "127.0.0.1".into(), port, security: Security::Plain, extra_root: None },
        system_id: "doithoai".into(),
        password: "bench".into(),
        system_type: String::new(),
    };
    Ok(session::open(&access, Pace { window: WINDOW, ..Pace::default() }).await?)
}

/// Takes everything; after bind and after each answer to a delivery it delivers anew.
async fn smsc(mut link: TcpStream, delivers: usize) -> std::io::Result<()> {
    link.set_nodelay(true)?;
    let message = b"\0\x01\x0184900000001\0\0\x011022\0\0\0\0\0\0\0\0\0\0\x0fHOTRO giay phep";
    let (mut octets, mut out, mut sequence) = (Vec::new(), Vec::new(), 0);
    loop {
        let mut given = 0;
        while let Ok(header) = Header::read(&octets[given..]) {
            let length = header.length as usize;
            if octets.len() < given + length {
                break;
            }
            given += length;
            let answer: &[u8] = if header.command == command::SUBMIT_SM { b"00A1B2C3\0" } else { b"\0" };
            if header.command & command::RESPONSE == 0 {
                say(&mut out, header.command | command::RESPONSE, header.sequence, answer);
            }
            let anew = match header.command {
                command::BIND_TRANSCEIVER => delivers,
                DELIVERED => 1,
                _ => 0,
            };
            for _ in 0..anew {
                sequence += 1;
                say(&mut out, command::DELIVER_SM, sequence, message);
            }
        }
        octets.drain(..given);
        link.write_all(&out).await?;
        out.clear();
        if link.read_buf(&mut octets).await? == 0 {
            return Ok(());
        }
    }
}

fn say(out: &mut Vec<u8>, command: u32, sequence: u32, body: &[u8]) {
    let length = u32::try_from(pdu::HEADER + body.len()).unwrap_or(u32::MAX);
    out.extend([length, command, 0, sequence].into_iter().flat_map(u32::to_be_bytes));
    out.extend(body);
}
