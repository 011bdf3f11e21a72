//! `inspect`: what the parsers make of a message or of a vendor's delivery, one JSON object a line.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use channels::sms::Alphabet;
use channels::{Event, Headers, Signature};
use clap::{Args, Subcommand};
use serde::Serialize;

#[derive(Debug, Subcommand)]
pub enum Inspect {
    /// A raw e-mail (`-` for standard input).
    Email { file: PathBuf },
    /// A delivery of Facebook; secret: app_secret.
    Facebook(Webhook),
    /// A delivery of Viber; secret: auth_token.
    Viber(Webhook),
    /// A delivery of Zalo; secrets: app_id, oa_secret_key, also app_secret and oa_id.
    Zalo(Webhook),
    /// An update of Telegram; secret: auth_token.
    Telegram(Webhook),
    /// A call event of a telephone exchange, as zammad, stringee, omicall, voicecloud or 3cx send it: a JSON body, a web
    /// address in one line, or the key=value lines of a form.
    Cti { shape: String, file: PathBuf },
    /// One SMPP PDU in hexadecimal digits (`-` for standard input).
    Smpp {
        file: PathBuf,

        /// What the link's SMSC takes data_coding 0 for: gsm, ascii or latin1.
        #[arg(long, default_value = "gsm", value_parser = alphabet)]
        alphabet: Alphabet,
    },
    /// The text of a delivery receipt (`-` for standard input).
    SmsReceipt { text: String },
    /// A call of eSMS, as an address, a query, lines of name=value, or JSON; secret: private_key.
    Esms(Webhook),
    /// A post of V-COM; secret: secure_key.
    Vcom(Webhook),
}

fn alphabet(written: &str) -> Result<Alphabet, String> {
    serde_json::from_value(written.into()).map_err(|_| "there are gsm, ascii and latin1".to_owned())
}

/// A stored delivery and what it is checked with.
#[derive(Args)]
pub struct Webhook {
    /// A header field it came with, as 'Name: value'.
    #[arg(long)]
    header: Vec<String>,

    /// Something to check the signature with, as NAME=VALUE.
    #[arg(long)]
    secret: Vec<String>,

    /// The body as it came (`-` for standard input).
    file: PathBuf,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook").field("file", &self.file).finish_non_exhaustive()
    }
}

impl Webhook {
    fn body(&self) -> anyhow::Result<Vec<u8>> {
        read(&self.file)
    }

    fn headers(&self) -> anyhow::Result<Headers> {
        let field = |written: &String| {
            let (name, value) = written.split_once(':').context("a header is written as 'Name: value'")?;
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        };
        let fields: anyhow::Result<Vec<(String, String)>> = self.header.iter().map(field).collect();
        Ok(fields?.into_iter().collect())
    }

    fn secrets(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let secret = |written: &String| {
            let (name, value) = written.split_once('=').context("a secret is written as NAME=VALUE")?;
            Ok((name.trim().to_owned(), value.to_owned()))
        };
        self.secret.iter().map(secret).collect()
    }
}

impl Inspect {
    pub fn run(self) -> anyhow::Result<()> {
        let (signature, events) = match self {
            Inspect::Email { file } => {
                return show(&channels::email::inspect(&read(&file)?));
            }
            Inspect::Smpp { file, alphabet } => {
                return show(&channels::sms::inspect::smpp(&String::from_utf8_lossy(&read(&file)?), alphabet));
            }
            Inspect::SmsReceipt { text } => {
                let text = if text == "-" { String::from_utf8_lossy(&read(Path::new("-"))?).into_owned() } else { text };
                return show(&channels::sms::inspect::receipt(&text));
            }
            Inspect::Esms(webhook) => {
                let secrets = webhook.secrets()?;
                return show(&channels::sms::esms::inspect(&webhook.body()?, secrets.get("private_key").map(String::as_str))?);
            }
            Inspect::Vcom(webhook) => {
                let secrets = webhook.secrets()?;
                return show(&channels::sms::vcom::inspect(&webhook.body()?, secrets.get("secure_key").map(String::as_str))?);
            }
            Inspect::Cti { shape, file } => {
                println!("{}", call_event(&shape, &read(&file)?)?);
                return Ok(());
            }
            Inspect::Facebook(webhook) => {
                let secrets = webhook.secrets()?;
                channels::facebook::inspect(&webhook.headers()?, secrets.get("app_secret").map(String::as_str), &webhook.body()?)?
            }
            Inspect::Viber(webhook) => {
                let secrets = webhook.secrets()?;
                channels::viber::inspect(&webhook.headers()?, secrets.get("auth_token").map(String::as_str), &webhook.body()?)?
            }
            Inspect::Zalo(webhook) => {
                let mut secrets = webhook.secrets()?;
                let keys = channels::zalo::Keys {
                    app_id: secrets.remove("app_id"),
                    oa_id: secrets.remove("oa_id"),
                    oa_secret: secrets.remove("oa_secret_key"),
                    app_secret: secrets.remove("app_secret"),
                };
                channels::zalo::inspect(&webhook.headers()?, &keys, &webhook.body()?)?
            }
            Inspect::Telegram(webhook) => {
                let secrets = webhook.secrets()?;
                let secret = secrets.get("auth_token").map(String::as_str);
                channels::telegram::inspect(&webhook.headers()?, secret, &webhook.body()?)?
            }
        };
        for event in &events {
            println!("{}", serde_json::to_string(&Line { signature, event })?);
        }
        Ok(())
    }
}

/// The event, or why there is none.
fn call_event(shape: &str, octets: &[u8]) -> anyhow::Result<String> {
    let known = || format!("{shape} is none of {}", channels::cti::names().collect::<Vec<_>>().join(", "));
    let mapping = channels::cti::shipped(&shape.to_ascii_lowercase()).with_context(known)?;
    Ok(match channels::cti::parse(mapping, octets) {
        Ok(event) => serde_json::to_string(&event)?,
        Err(fault) => serde_json::json!({ "error": fault.name(), "why": fault.to_string() }).to_string(),
    })
}

fn show(seen: &serde_json::Value) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string(seen)?);
    Ok(())
}

#[derive(Serialize)]
struct Line<'a> {
    signature: Signature,
    #[serde(flatten)]
    event: &'a Event,
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))
}
