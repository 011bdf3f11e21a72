//! Collects mail over IMAP (RFC 3501, 9051; IDLE: 2177; special-use folders: 6154).
//!
//! Nothing is marked read by fetching: the caller stores the octets first and calls
//! [`Session::mark_seen`] afterwards.

use std::collections::BTreeMap;
use std::time::Duration;

use async_imap::extensions::idle::IdleResponse;
use async_imap::imap_proto::{NameAttribute, Response, Status};
use async_imap::{Authenticator, Client};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};

use super::smtp::Login;
use super::tls::{self, Link, LinkError, Security, Server};
use crate::Error;

/// A mailbox account.
#[derive(Debug, Clone)]
pub struct Settings {
    pub server: Server,
    pub login: Login,
    /// Mails larger than this come without their body, in octets.
    pub max_size: u32,
    /// For each command.
    pub timeout: Duration,
}

/// Some hosts drop an idle link after ten minutes.
pub const IDLE: Duration = Duration::from_secs(9 * 60);

/// Where reading stopped in each folder; folder names as the server writes them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor(pub BTreeMap<String, Position>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    pub uidvalidity: u32,
    /// The last UID taken.
    pub uid: u32,
}

/// One mail; (mailbox, uidvalidity, uid) names it for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    pub folder: String,
    pub uidvalidity: u32,
    pub uid: u32,
    /// Size on the server in octets.
    pub size: u32,
    /// Too large: `raw` holds the header only.
    pub header_only: bool,
    pub raw: Vec<u8>,
}

/// What an IDLE ended with. Both are hints: poll again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idle {
    Changed,
    Elapsed,
    /// The server knows no IDLE: wait and poll.
    Unsupported,
}

/// Where a dialogue stopped, for [`super::probe`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    Link(LinkError),
    NoStartTls,
    Greeting(String),
    NoAuth,
    Auth(String),
    /// The server said NO or BAD.
    Refused(String),
    Broken(String),
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        match fault {
            Fault::Link(error) => error.into(),
            Fault::NoStartTls => Error::Misconfigured("the server offers no STARTTLS".to_owned()),
            Fault::NoAuth => Error::Misconfigured("the server offers no log-in we know".to_owned()),
            // RFC 5530: these say "not now", not "wrong password".
            Fault::Auth(why) | Fault::Refused(why) | Fault::Greeting(why) if temporary(&why) => {
                Error::Throttled { after: None, reason: why }
            }
            Fault::Auth(why) => Error::Misconfigured(why),
            Fault::Refused(why) => Error::Rejected(why),
            Fault::Greeting(why) | Fault::Broken(why) => Error::Unreachable(why),
        }
    }
}

fn temporary(answer: &str) -> bool {
    let answer = answer.to_ascii_lowercase();
    ["unavailable", "inuse", "limit", "too many", "try again", "temporar"].iter().any(|w| answer.contains(w))
}

impl From<async_imap::error::Error> for Fault {
    fn from(error: async_imap::error::Error) -> Fault {
        use async_imap::error::Error as Imap;
        match error {
            Imap::No(why) | Imap::Bad(why) => Fault::Refused(why),
            other => Fault::Broken(other.to_string()),
        }
    }
}

/// `user=…^Aauth=Bearer …^A^A` (Google, Microsoft), before base64.
pub fn xoauth2(user: &str, token: &str) -> String {
    format!("user={user}\x01auth=Bearer {token}\x01\x01")
}

/// A SASL answer given once; the next challenge is an error report and gets an empty line.
struct Once(Option<String>);

impl Authenticator for Once {
    type Response = String;

    fn process(&mut self, _challenge: &[u8]) -> String {
        self.0.take().unwrap_or_default()
    }
}

type Inner = async_imap::Session<Link>;

/// A logged-in link; one job keeps it.
pub struct Session {
    /// Away only while IDLE holds it; a broken IDLE leaves it away for good.
    inner: Option<Inner>,
    settings: Settings,
    can_idle: bool,
    folders: Vec<String>,
}

/// Connects, logs in, finds the folders.
pub async fn connect(settings: &Settings) -> Result<Session, Error> {
    let client = greet(settings).await?;
    let inner = log_in(settings, client).await?;
    let mut session = Session { inner: Some(inner), settings: settings.clone(), can_idle: false, folders: Vec::new() };
    session.look_around().await?;
    Ok(session)
}

async fn within<T>(timeout: Duration, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    tokio::time::timeout(timeout, work).await.unwrap_or_else(|_| Err(Fault::Broken("no answer in time".to_owned())))
}

/// A protected link whose greeting was friendly.
pub(super) async fn greet(settings: &Settings) -> Result<Client<Link>, Fault> {
    within(settings.timeout, async {
        let server = &settings.server;
        let addresses = tls::resolve(server).await.map_err(Fault::Link)?;
        let stream = tls::open(&addresses).await.map_err(Fault::Link)?;
        let link: Link = match server.security {
            Security::Tls => tls::protect(server, stream).await.map_err(Fault::Link)?,
            _ => Box::new(stream),
        };
        let mut client = Client::new(link);
        let greeting = client
            .read_response()
            .await
            .map_err(|e| Fault::Broken(e.to_string()))?
            .ok_or_else(|| Fault::Greeting("the server closed the link".to_owned()))?;
        match greeting.parsed() {
            Response::Data { status: Status::Ok, .. } => {}
            Response::Data { outcome, .. } => {
                let said = outcome.information.as_deref().unwrap_or("refused");
                return Err(Fault::Greeting(said.to_owned()));
            }
            _ => return Err(Fault::Broken("the server does not speak IMAP".to_owned())),
        }
        if server.security == Security::StartTls {
            client.run_command_and_check_ok("STARTTLS", None).await.map_err(|e| match e {
                async_imap::error::Error::No(_) | async_imap::error::Error::Bad(_) => Fault::NoStartTls,
                other => other.into(),
            })?;
            // Whatever came unprotected after the answer goes with the old client.
            let link = tls::protect(server, client.into_inner()).await.map_err(Fault::Link)?;
            client = Client::new(link);
        }
        Ok(client)
    })
    .await
}

pub(super) async fn log_in(settings: &Settings, client: Client<Link>) -> Result<Inner, Fault> {
    use async_imap::error::Error as Imap;
    let refused = |error: Imap| match error {
        Imap::No(why) | Imap::Bad(why) => Fault::Auth(why),
        Imap::Validate(_) => Fault::Auth("name or password holds a line break".to_owned()),
        other => other.into(),
    };
    within(settings.timeout, async {
        match &settings.login {
            Login::Password { user, password } => {
                let plain = Once(Some(format!("\0{user}\0{password}")));
                match client.authenticate("PLAIN", plain).await {
                    Ok(session) => Ok(session),
                    // No such mechanism: the older command carries the same.
                    Err((Imap::Bad(_), client)) => client.login(user, password).await.map_err(|(e, _)| refused(e)),
                    Err((error, client)) => {
                        let unsupported = matches!(&error, Imap::No(why) if {
                            let why = why.to_ascii_lowercase();
                            why.contains("mechanism") || why.contains("not supported") || why.contains("unsupported")
                        });
                        if unsupported { client.login(user, password).await.map_err(|(e, _)| refused(e)) } else { Err(refused(error)) }
                    }
                }
            }
            Login::Bearer { user, token } => {
                client.authenticate("XOAUTH2", Once(Some(xoauth2(user, token)))).await.map_err(|(error, _)| match error {
                    Imap::Bad(_) => Fault::NoAuth,
                    // The error report is JSON in base64, which some servers break.
                    Imap::Parse(e) => Fault::Auth(e.to_string()),
                    other => refused(other),
                })
            }
        }
    })
    .await
}

impl Session {
    /// Folders that are read: INBOX, then those marked `\Junk`, where real letters end too.
    pub fn folders(&self) -> &[String] {
        &self.folders
    }

    fn inner(&mut self) -> Result<&mut Inner, Fault> {
        self.inner.as_mut().ok_or_else(|| Fault::Broken("the link was lost".to_owned()))
    }

    async fn look_around(&mut self) -> Result<(), Fault> {
        let timeout = self.settings.timeout;
        let inner = self.inner()?;
        let (can_idle, folders) = within(timeout, async {
            let can_idle = inner.capabilities().await?.has_str("IDLE");
            let names: Vec<_> = inner.list(Some(""), Some("\"*\"")).await?.try_collect().await?;
            let mut folders = vec!["INBOX".to_owned()];
            for name in &names {
                let attributes = name.attributes();
                if attributes.contains(&NameAttribute::Junk)
                    && !attributes.contains(&NameAttribute::NoSelect)
                    && !name.name().eq_ignore_ascii_case("INBOX")
                {
                    folders.push(name.name().to_owned());
                }
            }
            Ok((can_idle, folders))
        })
        .await?;
        self.can_idle = can_idle;
        self.folders = folders;
        Ok(())
    }

    /// New mail of every folder, at most `limit`, oldest first within a folder, and where to go on.
    /// The cursor moves only over mail that is in the answer (or is gone from the server).
    pub async fn poll(&mut self, cursor: &Cursor, limit: usize) -> Result<(Vec<Fetched>, Cursor), Error> {
        let mut next = cursor.clone();
        let mut mails = Vec::new();
        for folder in self.folders.clone() {
            if mails.len() >= limit {
                break;
            }
            let known = cursor.0.get(&folder).copied();
            let room = limit - mails.len();
            let (found, position) = self.poll_folder(&folder, known, room).await?;
            mails.extend(found);
            next.0.insert(folder, position);
        }
        Ok((mails, next))
    }

    async fn poll_folder(&mut self, folder: &str, known: Option<Position>, limit: usize) -> Result<(Vec<Fetched>, Position), Fault> {
        let Settings { timeout, max_size, .. } = self.settings;
        let inner = self.inner()?;
        let mailbox = within(timeout, async { Ok(inner.select(folder).await?) }).await?;
        let uidvalidity = mailbox.uid_validity.unwrap_or(0);
        // Another UIDVALIDITY means other UIDs: all is read again, the caller knows repeats.
        let last = known.filter(|p| p.uidvalidity == uidvalidity).map_or(0, |p| p.uid);
        let mut position = Position { uidvalidity, uid: last };
        if mailbox.exists == 0 || last == u32::MAX {
            return Ok((Vec::new(), position));
        }
        let query = format!("UID {}:*", last + 1);
        let found = within(timeout, async { Ok(inner.uid_search(&query).await?) }).await?;
        // "n:*" always names the last message, even one long taken.
        let mut uids: Vec<u32> = found.into_iter().filter(|&uid| uid > last).collect();
        uids.sort_unstable();
        uids.truncate(limit);
        let mut mails = Vec::new();
        for batch in uids.chunks(50) {
            let sizes = within(timeout, async {
                let list: Vec<_> = inner.uid_fetch(set(batch), "(UID RFC822.SIZE)").await?.try_collect().await?;
                Ok(list)
            })
            .await?;
            let sizes: BTreeMap<u32, u32> = sizes.iter().filter_map(|f| Some((f.uid?, f.size.unwrap_or(0)))).collect();
            // Small ones together, but never more in memory than one large mail.
            let mut group: Vec<u32> = Vec::new();
            let mut held = 0u64;
            for &uid in batch {
                let Some(&size) = sizes.get(&uid) else {
                    continue;
                };
                if size > max_size {
                    mails.extend(fetch(inner, timeout, &[uid], true).await?);
                    continue;
                }
                if held + u64::from(size) > u64::from(max_size) && !group.is_empty() {
                    mails.extend(fetch(inner, timeout, &group, false).await?);
                    group.clear();
                    held = 0;
                }
                held += u64::from(size);
                group.push(uid);
            }
            if !group.is_empty() {
                mails.extend(fetch(inner, timeout, &group, false).await?);
            }
            for mail in &mut mails {
                mail.size = sizes.get(&mail.uid).copied().unwrap_or(mail.size);
            }
            position.uid = batch.last().copied().unwrap_or(position.uid);
        }
        for mail in &mut mails {
            folder.clone_into(&mut mail.folder);
            mail.uidvalidity = uidvalidity;
        }
        mails.sort_by_key(|m| m.uid);
        Ok((mails, position))
    }

    /// Marks mails read, after they were stored.
    pub async fn mark_seen(&mut self, folder: &str, uids: &[u32]) -> Result<(), Error> {
        if uids.is_empty() {
            return Ok(());
        }
        let timeout = self.settings.timeout;
        let inner = self.inner()?;
        within(timeout, async {
            inner.select(folder).await?;
            for batch in uids.chunks(200) {
                let answers = inner.uid_store(set(batch), "+FLAGS.SILENT (\\Seen)").await?;
                answers.try_for_each(|_| async { Ok(()) }).await?;
            }
            Ok(())
        })
        .await?;
        Ok(())
    }

    /// Waits in INBOX until the server hints at a change, at most `wait` (see [`IDLE`]).
    pub async fn idle(&mut self, wait: Duration) -> Result<Idle, Error> {
        if !self.can_idle {
            return Ok(Idle::Unsupported);
        }
        let timeout = self.settings.timeout;
        let mut inner = self.inner.take().ok_or_else(|| Fault::Broken("the link was lost".to_owned()))?;
        within(timeout, async { Ok(inner.select("INBOX").await?) }).await?;
        let mut handle = inner.idle();
        within(timeout, async { Ok(handle.init().await?) }).await?;
        let ended = {
            let (waiting, _stop) = handle.wait_with_timeout(wait);
            waiting.await.map_err(Fault::from)?
        };
        let idle = match ended {
            IdleResponse::NewData(_) => Idle::Changed,
            IdleResponse::Timeout => Idle::Elapsed,
            // Nobody interrupts here: the stream ended.
            IdleResponse::ManualInterrupt => {
                return Err(Fault::Broken("the server closed the link".to_owned()).into());
            }
        };
        self.inner = Some(within(timeout, async { Ok(handle.done().await?) }).await?);
        Ok(idle)
    }

    /// Says goodbye; a link that is gone already is fine.
    pub async fn log_out(mut self) {
        if let Some(mut inner) = self.inner.take() {
            let _ = tokio::time::timeout(Duration::from_secs(2), inner.logout()).await;
        }
    }
}

async fn fetch(inner: &mut Inner, timeout: Duration, uids: &[u32], header_only: bool) -> Result<Vec<Fetched>, Fault> {
    let query = if header_only { "(UID BODY.PEEK[HEADER])" } else { "(UID BODY.PEEK[])" };
    within(timeout, async {
        let mut answers = inner.uid_fetch(set(uids), query).await?;
        let mut mails = Vec::new();
        while let Some(answer) = answers.try_next().await? {
            let raw = if header_only { answer.header() } else { answer.body() };
            // Answers without body are flag changes that others made meanwhile.
            if let (Some(uid), Some(raw)) = (answer.uid, raw)
                && uids.contains(&uid)
            {
                mails.push(Fetched {
                    folder: String::new(),
                    uidvalidity: 0,
                    uid,
                    size: u32::try_from(raw.len()).unwrap_or(u32::MAX),
                    header_only,
                    raw: raw.to_vec(),
                });
            }
        }
        Ok(mails)
    })
    .await
}

fn set(uids: &[u32]) -> String {
    uids.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    #[test]
    fn sasl_answers() {
        assert_eq!(
            STANDARD.encode(xoauth2("phananh@example.gov.vn", "ya29.demo")),
            "dXNlcj1waGFuYW5oQGV4YW1wbGUuZ292LnZuAWF1dGg9QmVhcmVyIHlhMjkuZGVtbwEB"
        );
        assert_eq!(STANDARD.encode("\0phananh@example.gov.vn\0m4t-khau"), "AHBoYW5hbmhAZXhhbXBsZS5nb3Yudm4AbTR0LWtoYXU=");
    }
}
