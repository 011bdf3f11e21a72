//! Hands a mail to a submission server (RFC 5321, 6409).
//!
//! What an answer means depends on when it comes: a refusal at the greeting or at AUTH is a wrong
//! setting, one after RCPT or DATA is about this mail, silence after the final dot is neither.

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use super::compose::Envelope;
use super::tls::{self, Link, LinkError, Security, Server};
use crate::{Error, Receipt};

/// A submission account.
#[derive(Debug, Clone)]
pub struct Settings {
    pub server: Server,
    pub login: Option<Login>,
    /// Our name in EHLO.
    pub hello: String,
}

#[derive(Clone)]
pub enum Login {
    Password {
        user: String,
        password: String,
    },
    /// Bearer token of Google or Microsoft (XOAUTH2).
    Bearer {
        user: String,
        token: String,
    },
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Login::Password { user, .. } | Login::Bearer { user, .. }) = self;
        write!(f, "Login({user})")
    }
}

/// A server's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub code: u16,
    pub text: String,
}

impl Reply {
    fn shown(&self) -> String {
        format!("{} {}", self.code, self.text.replace('\n', " "))
    }
}

/// Where a dialogue stopped, for [`super::probe`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    Link(LinkError),
    NoStartTls,
    Greeting(Reply),
    NoAuth,
    Auth(Reply),
    Refused(Reply),
    TooBig(u64),
    /// The link broke, or the server spoke no SMTP.
    Broken(String),
}

/// 421 and greylisting: servers expect a few minutes.
const COME_BACK: Duration = Duration::from_secs(5 * 60);

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        let busy = |reply: &Reply| Error::Throttled { after: Some(COME_BACK), reason: reply.shown() };
        match fault {
            Fault::Link(error) => error.into(),
            Fault::NoStartTls => Error::Misconfigured("the server offers no STARTTLS".to_owned()),
            Fault::NoAuth => Error::Misconfigured("the server offers no log-in we know".to_owned()),
            Fault::Greeting(r) | Fault::Auth(r) if r.code >= 500 => Error::Misconfigured(r.shown()),
            Fault::Refused(r) if r.code >= 500 => Error::Rejected(r.shown()),
            Fault::Greeting(r) | Fault::Auth(r) | Fault::Refused(r) => busy(&r),
            Fault::TooBig(limit) => Error::Rejected(format!("552 larger than the server's {limit} octets")),
            Fault::Broken(why) => Error::Unreachable(why),
        }
    }
}

const SENDING: u8 = 0;
const DOT_SENT: u8 = 1;

/// Sends one mail. `timeout` is for the whole dialogue.
pub async fn send(settings: &Settings, envelope: &Envelope, bytes: &[u8], timeout: Duration) -> Result<Receipt, Error> {
    let phase = AtomicU8::new(SENDING);
    let dialogue = async {
        let mut session = connect(settings).await?;
        session.log_in(settings.login.as_ref()).await?;
        session.envelope(envelope, bytes).await?;
        let reply = session.data(bytes, &phase).await?;
        session.quit().await;
        Ok::<Reply, Fault>(reply)
    };
    let lost = |why: String| match phase.load(Ordering::Relaxed) {
        DOT_SENT => Error::Lost(why),
        _ => Error::Unreachable(why),
    };
    match tokio::time::timeout(timeout, dialogue).await {
        Ok(Ok(reply)) => Ok(Receipt { answer: reply.shown(), ..Receipt::default() }),
        Ok(Err(Fault::Broken(why))) => Err(lost(why)),
        Ok(Err(fault)) => Err(fault.into()),
        Err(_) => Err(lost("no answer in time".to_owned())),
    }
}

pub(super) struct Session {
    link: BufReader<Link>,
    offers: Vec<String>,
}

/// Connects, protects the link, says EHLO.
pub(super) async fn connect(settings: &Settings) -> Result<Session, Fault> {
    let server = &settings.server;
    let addresses = tls::resolve(server).await.map_err(Fault::Link)?;
    let stream = tls::open(&addresses).await.map_err(Fault::Link)?;
    let link: Link = match server.security {
        Security::Tls => tls::protect(server, stream).await.map_err(Fault::Link)?,
        Security::StartTls | Security::Plain => Box::new(stream),
    };
    let mut session = Session { link: BufReader::new(link), offers: Vec::new() };
    let greeting = session.reply().await?;
    if greeting.code != 220 {
        return Err(Fault::Greeting(greeting));
    }
    session.hello(&settings.hello).await?;
    if server.security == Security::StartTls {
        if !session.offers("STARTTLS") {
            return Err(Fault::NoStartTls);
        }
        let reply = session.command("STARTTLS").await?;
        if reply.code != 220 {
            return Err(Fault::Greeting(reply));
        }
        // What the server sent before TLS is dropped with the buffer: it may be forged.
        let link = tls::protect(server, session.link.into_inner()).await.map_err(Fault::Link)?;
        session = Session { link: BufReader::new(link), offers: Vec::new() };
        session.hello(&settings.hello).await?;
    }
    Ok(session)
}

impl Session {
    fn offers(&self, name: &str) -> bool {
        self.offer(name).is_some()
    }

    /// Parameters of an extension.
    fn offer(&self, name: &str) -> Option<&str> {
        self.offers.iter().find_map(|line| {
            let (word, rest) = line.split_once([' ', '=']).unwrap_or((line, ""));
            word.eq_ignore_ascii_case(name).then_some(rest)
        })
    }

    async fn hello(&mut self, name: &str) -> Result<(), Fault> {
        let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '[' | ']' | ':')).collect();
        let name = if name.is_empty() { "localhost".to_owned() } else { name };
        let reply = self.command(&format!("EHLO {name}")).await?;
        if reply.code != 250 {
            return Err(Fault::Greeting(reply));
        }
        self.offers = reply.text.lines().skip(1).map(str::to_owned).collect();
        Ok(())
    }

    pub(super) async fn log_in(&mut self, login: Option<&Login>) -> Result<(), Fault> {
        let Some(login) = login else { return Ok(()) };
        let offered = self.offer("AUTH").unwrap_or_default().to_ascii_uppercase();
        let has = |m: &str| offered.split_whitespace().any(|o| o == m);
        let mut reply = match login {
            Login::Password { user, password } if has("PLAIN") => {
                let secret = STANDARD.encode(format!("\0{user}\0{password}"));
                self.command(&format!("AUTH PLAIN {secret}")).await?
            }
            Login::Password { user, password } if has("LOGIN") => {
                let mut reply = self.command("AUTH LOGIN").await?;
                for secret in [user, password] {
                    if reply.code == 334 {
                        reply = self.command(&STANDARD.encode(secret)).await?;
                    }
                }
                reply
            }
            Login::Bearer { user, token } if has("XOAUTH2") => {
                let secret = STANDARD.encode(super::imap::xoauth2(user, token));
                self.command(&format!("AUTH XOAUTH2 {secret}")).await?
            }
            _ => return Err(Fault::NoAuth),
        };
        // XOAUTH2 tells its error in a challenge; an empty line asks for the refusal itself.
        if reply.code == 334 {
            reply = self.command("").await?;
        }
        if reply.code == 235 { Ok(()) } else { Err(Fault::Auth(reply)) }
    }

    async fn envelope(&mut self, envelope: &Envelope, bytes: &[u8]) -> Result<(), Fault> {
        let bad = |what: &str| Reply { code: 553, text: format!("{what} cannot be written in an SMTP command") };
        for address in [&envelope.from, &envelope.to] {
            if address.chars().any(|c| c.is_control() || matches!(c, '<' | '>' | ' ')) {
                return Err(Fault::Refused(bad("the address")));
            }
        }
        let mut mail = format!("MAIL FROM:<{}>", envelope.from);
        if let Some(size) = self.offer("SIZE") {
            let limit: u64 = size.trim().parse().unwrap_or(0);
            if limit > 0 && bytes.len() as u64 > limit {
                return Err(Fault::TooBig(limit));
            }
            mail.push_str(&format!(" SIZE={}", bytes.len()));
        }
        if !bytes.is_ascii() && self.offers("8BITMIME") {
            mail.push_str(" BODY=8BITMIME");
        }
        if !envelope.from.is_ascii() || !envelope.to.is_ascii() {
            if !self.offers("SMTPUTF8") {
                return Err(Fault::Refused(bad("an address with such letters")));
            }
            mail.push_str(" SMTPUTF8");
        }
        let reports = self.offers("DSN");
        if reports {
            mail.push_str(" RET=HDRS");
        }
        let reply = self.command(&mail).await?;
        if reply.code / 100 != 2 {
            return Err(Fault::Refused(reply));
        }
        let mut rcpt = format!("RCPT TO:<{}>", envelope.to);
        if reports {
            rcpt.push_str(" NOTIFY=FAILURE,DELAY");
        }
        let reply = self.command(&rcpt).await?;
        if reply.code / 100 != 2 {
            return Err(Fault::Refused(reply));
        }
        Ok(())
    }

    async fn data(&mut self, bytes: &[u8], phase: &AtomicU8) -> Result<Reply, Fault> {
        let reply = self.command("DATA").await?;
        if reply.code != 354 {
            return Err(Fault::Refused(reply));
        }
        let wire = stuffed(bytes);
        // Until the dot is out the mail is surely not accepted.
        self.write(&wire).await?;
        phase.store(DOT_SENT, Ordering::Relaxed);
        self.write(b".\r\n").await?;
        let reply = self.reply().await?;
        if reply.code / 100 == 2 { Ok(reply) } else { Err(Fault::Refused(reply)) }
    }

    pub(super) async fn quit(mut self) {
        // The mail is accepted: nothing that happens now matters.
        let _ = tokio::time::timeout(Duration::from_secs(2), self.command("QUIT")).await;
    }

    async fn command(&mut self, line: &str) -> Result<Reply, Fault> {
        self.write(format!("{line}\r\n").as_bytes()).await?;
        self.reply().await
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let broken = |e: std::io::Error| Fault::Broken(e.to_string());
        self.link.write_all(bytes).await.map_err(broken)?;
        self.link.flush().await.map_err(broken)
    }

    /// One answer, which may have many lines (at most 200 of 4 KB).
    async fn reply(&mut self) -> Result<Reply, Fault> {
        let mut text = String::new();
        for _ in 0..200 {
            let mut line = Vec::new();
            (&mut self.link).take(4096).read_until(b'\n', &mut line).await.map_err(|e| Fault::Broken(e.to_string()))?;
            if !line.ends_with(b"\n") {
                return Err(Fault::Broken("the link closed within an answer".to_owned()));
            }
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end();
            let code = line
                .get(..3)
                .and_then(|c| c.parse::<u16>().ok())
                .filter(|c| (200..600).contains(c))
                .ok_or_else(|| Fault::Broken("the server does not speak SMTP".to_owned()))?;
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(line.get(4..).unwrap_or_default());
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(Reply { code, text });
            }
        }
        Err(Fault::Broken("an answer without end".to_owned()))
    }
}

/// CRLF line ends, a dot before a leading dot, a line end at the end.
fn stuffed(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 60 + 2);
    let mut start = true;
    let mut last = 0;
    for &b in bytes {
        if b == b'\n' && last != b'\r' {
            out.push(b'\r');
        } else if last == b'\r' && b != b'\n' {
            out.push(b'\n');
            start = true;
        }
        if start && b == b'.' {
            out.push(b'.');
        }
        out.push(b);
        start = b == b'\n';
        last = b;
    }
    match last {
        b'\n' => {}
        b'\r' => out.push(b'\n'),
        _ => out.extend_from_slice(b"\r\n"),
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_and_line_ends() {
        assert_eq!(stuffed(b".a\n..b\r\nc"), b"..a\r\n...b\r\nc\r\n");
        assert_eq!(stuffed(b"a\r.b\r"), b"a\r\n..b\r\n");
        assert_eq!(stuffed(b"x\r\n"), b"x\r\n");
    }
}
