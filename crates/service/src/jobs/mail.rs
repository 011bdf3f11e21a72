//! What is kept of a mail between unpacking and receiving: everything but the attachments, which stay in the raw octets.

use channels::email::bounce::{Cause, Report};

use channels::email::classify::{Kind, Ours, Silence};
use channels::email::{Mail, classify, thread};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::City;
use crate::mailboxes::Mailbox;
use crate::reference::Reference;

/// A mail as far as receiving it needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Letter {
    pub class: channels::Class,
    /// The sign that decided the class.
    pub sign: String,
    /// Our own mail that came back.
    pub own: bool,
    /// Why no automatic answer may go out.
    pub silent: Option<String>,
    pub sender: String,
    pub sender_name: String,
    pub subject: String,
    pub text: String,
    pub visible: String,
    pub html: bool,
    pub message_id: Option<String>,
    pub references: Vec<String>,
    pub written_at: Option<Timestamp>,
    /// Names in valid reply tokens: `c-` and a tracking code.
    pub tokens: Vec<String>,
    /// A plus part was there, but no seal of ours.
    pub false_token: bool,
    pub answers: Vec<String>,
    pub codes: Vec<String>,
    pub dmarc_fail: bool,
    pub attachments: usize,
    pub bounce: Option<Bounced>,
    /// Addresses that complained (RFC 5965): they get no more mail.
    pub complained: Vec<String>,
}

/// What a report of failed delivery says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Bounced {
    /// Id of our message, from the bounce token.
    pub message: Option<String>,
    pub original: Option<String>,
    pub failed: Vec<Failed>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Failed {
    pub address: String,
    pub permanent: bool,
    /// Asking for another contact may help; else it is for us to mend.
    pub bad_address: bool,
    pub diagnostic: String,
}

/// Reads a raw mail for a mailbox. Slow: outside any transaction.
pub(super) fn read(city: &City, reference: &Reference, mailbox: &Mailbox, raw: &[u8]) -> Letter {
    let mail = channels::email::parse(raw);
    let own_addresses: Vec<String> = reference.mailboxes.iter().map(|mailbox| mailbox.address.clone()).collect();
    let ours =
        Ours { mailboxes: &own_addresses, message_id_host: Some(city.settings.mail_host()), instance: Some(&city.settings.instance) };
    let verdict = classify(&mail, &ours);
    let facts = thread::facts(&mail, city.keys.mail());
    let sender = mail.sender();
    let class = verdict.class();
    let bounce = (class == channels::Class::Bounce).then(|| bounced(&channels::email::bounce::report(&mail, Some(city.keys.mail()))));
    let visible = mail.visible_reply();
    let false_token =
        facts.tokens.is_empty() && mail.recipients.iter().any(|m| thread::plus_part(&m.address).is_some_and(|part| part.contains('.')));
    Letter {
        class,
        sign: verdict.sign.clone(),
        own: verdict.kind == Kind::OwnLoop,
        silent: verdict.answerable.err().map(|why| silence(why).to_owned()),
        sender: sender.as_ref().map_or_else(String::new, |m| m.address.to_lowercase()),
        sender_name: one_line(&sender.and_then(|m| m.name).unwrap_or_default()),
        subject: one_line(&mail.subject),
        visible,
        html: mail.html.is_some(),
        message_id: mail.message_id.clone(),
        references: mail.references.clone(),
        written_at: mail.date,
        tokens: facts.tokens,
        false_token,
        answers: facts.answers,
        codes: facts.codes,
        dmarc_fail: dmarc_fail(&mail, &mailbox.trusted_mx),
        attachments: mail.attachments.len(),
        bounce,
        complained: if class == channels::Class::FeedbackReport { complained(&mail) } else { Vec::new() },
        text: mail.text,
    }
}

/// Who complained: the report's `Original-Rcpt-To` lines, else the recipients of the mail inside.
fn complained(mail: &Mail) -> Vec<String> {
    let report = mail.feedback_report.as_deref().unwrap_or_default();
    let named = report.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("original-rcpt-to").then(|| value.trim().trim_matches(['<', '>']).to_lowercase())
    });
    let named: Vec<String> = named.filter(|address| address.contains('@')).collect();
    if !named.is_empty() {
        return named;
    }
    let inside = mail.original_fields.as_ref().and_then(|fields| fields.get("to"));
    inside.map(channels::email::header::addresses).unwrap_or_default().into_iter().map(|mailbox| mailbox.address.to_lowercase()).collect()
}

/// A name or a subject as lists show it: no control characters, nothing that turns the direction of what stands beside it.
fn one_line(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let shown = text.chars().filter(|c| !turns(*c)).map(|c| if c.is_control() { ' ' } else { c });
    shown.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn silence(why: Silence) -> &'static str {
    match why {
        Silence::NotAPerson => "not_a_person",
        Silence::EmptyReturnPath => "empty_return_path",
        Silence::RobotAddress => "robot_address",
        Silence::NoAddress => "no_address",
    }
}

fn bounced(report: &Report) -> Bounced {
    let failed = report
        .recipients
        .iter()
        .filter(|recipient| recipient.action == channels::email::bounce::Action::Failed)
        .map(|recipient| Failed {
            address: recipient.address.to_lowercase(),
            permanent: recipient.permanent(),
            bad_address: matches!(recipient.cause(), Cause::BadAddress | Cause::Disabled | Cause::Full),
            diagnostic: recipient.diagnostic.clone().or_else(|| recipient.status.clone()).unwrap_or_default(),
        })
        .collect();
    Bounced { message: report.token.clone(), original: report.original_message_id.clone(), failed }
}

/// Whether our own MX says that DMARC failed. What other servers claim is not believed: anybody can write the field.
fn dmarc_fail(mail: &Mail, trusted_mx: &str) -> bool {
    if trusted_mx.is_empty() {
        return false;
    }
    mail.fields.all("authentication-results").any(|value| {
        let mut parts = value.split(';').map(str::trim);
        let authority = parts.next().and_then(|part| part.split_whitespace().next()).unwrap_or_default();
        authority.eq_ignore_ascii_case(trusted_mx) && parts.any(|part| part.to_ascii_lowercase().starts_with("dmarc=fail"))
    })
}

/// Unique for ever on its mailbox: the Message-ID, which alone some senders use twice, with the fingerprint of the mail, which
/// is the same whatever way it came.
pub(super) fn external_id(message_id: Option<&str>, fingerprint: &str) -> String {
    match message_id {
        Some(id) => format!("{}#{}", crate::understand::truncate(id, 500), &fingerprint[..16.min(fingerprint.len())]),
        None => format!("sha256:{fingerprint}"),
    }
}
