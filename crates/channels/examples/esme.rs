//! A link to an SMSC, tried by hand: binds, sends every line `NUMBER TEXT` of standard input, and prints what happens as
//! JSON, one object a line. The end of the input unbinds.
//!
//! `cargo run --package channels --example esme -- HOST:PORT SYSTEM_ID PASSWORD SOURCE [ROOT.pem]`; with a root certificate
//! over TLS.

use std::collections::HashMap;

use channels::Error;
use channels::email::tls::{Security, Server};
use channels::sms::deliver::{self, Delivered, Part};
use channels::sms::pdu::Address;
use channels::sms::session::{self, Access, Deliveries, Delivery, Pace, Reply, Session};
use channels::sms::{Alphabet, Joining, Style, submits};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::mpsc;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, system_id, password, source, root @ ..] = arguments.as_slice() else { return Err(usage("enough arguments")) };
    let (host, port) = address.rsplit_once(':').ok_or_else(|| usage("HOST:PORT"))?;
    let port = port.parse().map_err(|_| usage("a port"))?;
    let extra_root = root.first().map(std::fs::read).transpose().map_err(|_| usage("a root certificate"))?;
    let security = if extra_root.is_some() { Security::Tls } else { Security::Plain };
    let access = Access {
        server: Server { host: host.to_owned(), port, security, extra_root },
        system_id: system_id.clone(),
        password: password.clone(),
        system_type: String::new(),
    };
    // A short code, or a brandname.
    let short = source.bytes().all(|octet| octet.is_ascii_digit());
    let source = Address { ton: if short { 0 } else { 5 }, npi: u8::from(short), addr: source.clone() };
    let style = Style { source, alphabet: Alphabet::Gsm, joining: Joining::Udh8, receipts: true };
    let (session, deliveries) = session::open(&access, Pace::default()).await?;
    say(&json!({"bound": true}));
    let listening = tokio::spawn(listen(deliveries));
    let mut lines = lines_of_input();
    let mut reference = 0;
    loop {
        tokio::select! {
            line = lines.recv() => match line {
                Some(line) => {
                    reference += 1;
                    send(&session, &style, &line, reference).await;
                }
                None => break,
            },
            _ = session.ended() => break,
        }
    }
    say(&json!({"ended": session.unbind().await.to_string()}));
    // It ends with the session.
    let _ended = listening.await;
    Ok(())
}

/// A thread of its own waits for standard input.
fn lines_of_input() -> mpsc::Receiver<String> {
    let (lines, read) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if lines.blocking_send(line).is_err() {
                return;
            }
        }
    });
    read
}

fn usage(what: &str) -> Error {
    Error::Misconfigured(format!("not {what}; HOST:PORT SYSTEM_ID PASSWORD SOURCE [ROOT.pem]"))
}

fn say(what: &Value) {
    println!("{what}");
}

async fn send(session: &Session, style: &Style, line: &str, reference: u16) {
    let (number, text) = line.split_once(' ').unwrap_or((line, ""));
    match submits(style, number, text, reference, 0) {
        Ok(parts) => {
            for answer in join_all(parts.into_iter().map(|part| session.submit(part))).await {
                match answer {
                    Ok(receipt) => say(&json!({"sent": receipt.external_id})),
                    Err(error) => say(&json!({"error": error.to_string()})),
                }
            }
        }
        Err(error) => say(&json!({"error": error.to_string()})),
    }
}

/// Prints what comes. Nothing is kept, so what is printed counts as stored.
async fn listen(mut deliveries: Deliveries) {
    let mut parts: HashMap<String, Vec<Part>> = HashMap::new();
    while let Some(Delivery { pdu, reply }) = deliveries.next().await {
        match deliver::read(&pdu, Alphabet::Gsm) {
            Ok(Delivered::Message(event)) => say(&json!({"message": event})),
            Ok(Delivered::Receipt(event, receipt)) => say(&json!({"receipt": receipt, "event": event})),
            Ok(Delivered::Part(part)) => {
                let (key, total) = (part.key.clone(), usize::from(part.concat.total));
                let known = parts.entry(key.clone()).or_default();
                known.push(part);
                if known.len() >= total
                    && let Some(joined) = deliver::join(known.iter(), Alphabet::Gsm).filter(|joined| joined.missing.is_empty())
                {
                    parts.remove(&key);
                    say(&json!({"message": joined.event, "parts": total}));
                }
            }
            Err(error) => say(&json!({"unreadable": error.to_string()})),
        }
        reply.send(Reply::Stored);
    }
}
