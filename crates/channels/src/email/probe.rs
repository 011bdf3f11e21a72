//! "Test this": tries settings step by step and says which step failed and why.

use std::time::Duration;

use super::tls::LinkError;
use super::{compose, imap, smtp};
use crate::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    Dns,
    Connect,
    Tls,
    Login,
    /// IMAP: INBOX opens.
    Folder,
    /// SMTP: a test mail is accepted.
    Send,
}

/// Why a step failed, for words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    NoSuchHost,
    /// Refused, filtered or too slow.
    NoConnection,
    /// Something answers there, but not such a mail server.
    WrongProtocol,
    NoTls,
    TlsFailed,
    CertificateRefused,
    BadRootCertificate,
    /// Unprotected links are allowed to this machine only.
    PlainRefused,
    ServerRefused,
    WrongPassword,
    LoginNotOffered,
    FolderMissing,
    SenderOrRecipientRefused,
    TryLater,
    NoAnswer,
}

/// One step: `Ok`, or the reason and what the server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    pub step: Step,
    pub result: Result<(), (Reason, String)>,
}

/// Steps in order up to the first that failed.
pub type Trial = Vec<Tried>;

fn passed(steps: &[Step]) -> Trial {
    steps.iter().map(|&step| Tried { step, result: Ok(()) }).collect()
}

fn failed(before: &[Step], step: Step, reason: Reason, said: String) -> Trial {
    let mut trial = passed(before);
    trial.push(Tried { step, result: Err((reason, said)) });
    trial
}

fn link_failed(error: &LinkError) -> Trial {
    let (step, reason) = match error {
        LinkError::Dns(_) => (Step::Dns, Reason::NoSuchHost),
        LinkError::Connect(_) => (Step::Connect, Reason::NoConnection),
        LinkError::PlainRefused => (Step::Connect, Reason::PlainRefused),
        LinkError::Tls(_) => (Step::Tls, Reason::TlsFailed),
        LinkError::Certificate(_) => (Step::Tls, Reason::CertificateRefused),
        LinkError::BadRoot => (Step::Tls, Reason::BadRootCertificate),
    };
    let order = [Step::Dns, Step::Connect, Step::Tls];
    let before = order.iter().position(|s| *s == step).unwrap_or(0);
    failed(&order[..before], step, reason, error.to_string())
}

const LINKED: [Step; 3] = [Step::Dns, Step::Connect, Step::Tls];

/// Tries a mailbox: link, log-in, INBOX.
pub async fn imap(settings: &imap::Settings) -> Trial {
    use imap::Fault;
    let client = match imap::greet(settings).await {
        Ok(client) => client,
        Err(Fault::Link(error)) => return link_failed(&error),
        Err(Fault::NoStartTls) => {
            return failed(&LINKED[..2], Step::Tls, Reason::NoTls, String::new());
        }
        Err(Fault::Greeting(said)) => {
            return failed(&LINKED[..1], Step::Connect, Reason::ServerRefused, said);
        }
        Err(Fault::Broken(said)) => {
            return failed(&LINKED[..1], Step::Connect, wrong_or_silent(&said), said);
        }
        Err(other) => {
            return failed(&LINKED[..1], Step::Connect, Reason::ServerRefused, format!("{other:?}"));
        }
    };
    let mut session = match imap::log_in(settings, client).await {
        Ok(session) => session,
        Err(fault) => {
            let (reason, said) = match Error::from(fault.clone()) {
                _ if fault == Fault::NoAuth => (Reason::LoginNotOffered, String::new()),
                Error::Misconfigured(said) => (Reason::WrongPassword, said),
                Error::Throttled { reason, .. } => (Reason::TryLater, reason),
                other => (Reason::NoAnswer, other.to_string()),
            };
            return failed(&LINKED, Step::Login, reason, said);
        }
    };
    let done = [Step::Dns, Step::Connect, Step::Tls, Step::Login, Step::Folder];
    let opened = tokio::time::timeout(settings.timeout, session.examine("INBOX")).await;
    let trial = match opened {
        Ok(Ok(_)) => passed(&done),
        Ok(Err(error)) => failed(&done[..4], Step::Folder, Reason::FolderMissing, error.to_string()),
        Err(_) => failed(&done[..4], Step::Folder, Reason::NoAnswer, String::new()),
    };
    let _ = tokio::time::timeout(Duration::from_secs(2), session.logout()).await;
    trial
}

fn wrong_or_silent(said: &str) -> Reason {
    if said.contains("in time") { Reason::NoAnswer } else { Reason::WrongProtocol }
}

/// Tries a submission account; with a mail it is sent too.
pub async fn smtp(settings: &smtp::Settings, mail: Option<(&compose::Envelope, &[u8])>, timeout: Duration) -> Trial {
    use smtp::Fault;
    let dialogue = async {
        let mut session = match smtp::connect(settings).await {
            Ok(session) => session,
            Err(Fault::Link(error)) => return Err(link_failed(&error)),
            Err(Fault::NoStartTls) => {
                return Err(failed(&LINKED[..2], Step::Tls, Reason::NoTls, String::new()));
            }
            Err(Fault::Greeting(reply)) => {
                let reason = if reply.code < 500 { Reason::TryLater } else { Reason::ServerRefused };
                return Err(failed(&LINKED[..1], Step::Connect, reason, reply.text));
            }
            Err(other) => {
                return Err(failed(&LINKED[..1], Step::Connect, Reason::WrongProtocol, format!("{other:?}")));
            }
        };
        let logged_in = session.log_in(settings.login.as_ref()).await;
        session.quit().await;
        match logged_in {
            Ok(()) => Ok(()),
            Err(Fault::NoAuth) => Err(failed(&LINKED, Step::Login, Reason::LoginNotOffered, String::new())),
            Err(Fault::Auth(reply)) => {
                let reason = if reply.code < 500 { Reason::TryLater } else { Reason::WrongPassword };
                Err(failed(&LINKED, Step::Login, reason, reply.text))
            }
            Err(other) => Err(failed(&LINKED, Step::Login, Reason::NoAnswer, format!("{other:?}"))),
        }
    };
    match tokio::time::timeout(timeout, dialogue).await {
        Ok(Ok(())) => {}
        Ok(Err(trial)) => return trial,
        Err(_) => return failed(&LINKED[..1], Step::Connect, Reason::NoAnswer, String::new()),
    }
    let done = [Step::Dns, Step::Connect, Step::Tls, Step::Login, Step::Send];
    let Some((envelope, bytes)) = mail else {
        return passed(&done[..4]);
    };
    match smtp::send(settings, envelope, bytes, timeout).await {
        Ok(_) => passed(&done),
        Err(error) => {
            let reason = match &error {
                Error::Rejected(_) | Error::WindowClosed(_) | Error::PersonGone(_) => Reason::SenderOrRecipientRefused,
                Error::Throttled { .. } | Error::NotNow { .. } => Reason::TryLater,
                Error::Misconfigured(_) | Error::TokenExpired(_) | Error::OutOfQuota(_) => Reason::ServerRefused,
                Error::Unreachable(_) | Error::Lost(_) => Reason::NoAnswer,
            };
            failed(&done[..4], Step::Send, reason, error.to_string())
        }
    }
}
