//! Reports of failed delivery: RFC 3464 fields, or the texts of the common mail servers.

use super::header::{addresses, message_ids};
use super::parse::Mail;
use super::thread;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Failed,
    /// Still being tried: not a failure.
    Delayed,
    Delivered,
    Relayed,
    Expanded,
}

/// What a report says of one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    pub address: String,
    pub action: Action,
    /// `x.y.z` (RFC 3463); taken from the diagnostic when that contradicts the Status field.
    pub status: Option<String>,
    pub diagnostic: Option<String>,
}

impl Recipient {
    /// 5.x.x: trying again is of no use.
    pub fn permanent(&self) -> bool {
        self.action == Action::Failed && !self.status.as_deref().is_some_and(|s| s.starts_with('4'))
    }

    pub fn cause(&self) -> Cause {
        let Some(status) = self.status.as_deref() else {
            return Cause::Unknown;
        };
        match status.split_once('.').map_or("", |(_, detail)| detail) {
            "1.1" | "1.2" | "1.3" | "1.10" | "1.0" => Cause::BadAddress,
            "2.1" => Cause::Disabled,
            "2.2" => Cause::Full,
            "2.3" | "3.4" => Cause::TooBig,
            d if d.starts_with("4.") => Cause::Routing,
            d if d.starts_with("7.") => Cause::Policy,
            _ => Cause::Unknown,
        }
    }
}

/// Why it failed, for words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    BadAddress,
    Disabled,
    Full,
    TooBig,
    Routing,
    Policy,
    Unknown,
}

/// A whole report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub recipients: Vec<Recipient>,
    /// Message-ID of the mail it is about.
    pub original_message_id: Option<String>,
    /// Name of our bounce token when the report came to an address that holds one.
    pub token: Option<String>,
    pub reporting_mta: Option<String>,
}

impl Report {
    /// Addresses that will not get the mail.
    pub fn failed(&self) -> Vec<&str> {
        self.recipients.iter().filter(|r| r.action == Action::Failed).map(|r| r.address.as_str()).collect()
    }
}

/// Starts the name in a bounce token, so that it is never taken for a reply token.
pub const BOUNCE_PREFIX: &str = "b-";

/// Envelope sender for one delivery: `mailbox+b-DELIVERY.SEAL@domain`.
pub fn return_path(mailbox: &str, key: &[u8], delivery: &str) -> Option<String> {
    thread::plus_address(mailbox, &thread::token(key, &format!("{BOUNCE_PREFIX}{delivery}")))
}

/// Reads a report. `key` opens our bounce tokens.
pub fn report(mail: &Mail, key: Option<&[u8]>) -> Report {
    let mut report = Report {
        original_message_id: thread::original_id(mail).or_else(|| id_in_text(&mail.text)),
        token: key
            .and_then(|key| thread::names(mail, key).into_iter().find_map(|name| name.strip_prefix(BOUNCE_PREFIX).map(str::to_owned))),
        ..Report::default()
    };
    if let Some(status) = &mail.delivery_status {
        read_status(status, &mut report);
    }
    if report.recipients.is_empty() {
        read_text(mail, &mut report);
    }
    report
}

fn read_status(text: &str, report: &mut Report) {
    for block in blocks(text) {
        let field = |name: &str| block.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        if let Some(mta) = field("reporting-mta") {
            report.reporting_mta = Some(after_type(mta).to_owned());
        }
        // The sender's own address for the recipient, when the report knows it.
        let Some(address) = field("original-recipient")
            .map(after_type)
            .and_then(address_in)
            .or_else(|| field("final-recipient").map(after_type).and_then(address_in))
        else {
            continue;
        };
        let diagnostic = field("diagnostic-code").map(|d| after_type(d).to_owned());
        let stated = field("status").and_then(status_in);
        let diagnosed = diagnostic.as_deref().and_then(|d| status_in(d).or_else(|| reply_code(d)));
        // When they disagree in class the diagnostic is usually right.
        let status = match (stated, diagnosed) {
            (Some(s), Some(d)) if s.as_bytes()[0] != d.as_bytes()[0] || s.ends_with(".0.0") => Some(d),
            (Some(s), _) => Some(s),
            (None, d) => d,
        };
        let action = match field("action").map(|a| a.trim().to_ascii_lowercase()).as_deref() {
            Some(a) if a.starts_with("delayed") => Action::Delayed,
            Some(a) if a.starts_with("delivered") => Action::Delivered,
            Some(a) if a.starts_with("relayed") => Action::Relayed,
            Some(a) if a.starts_with("expanded") => Action::Expanded,
            _ => Action::Failed,
        };
        push(report, Recipient { address, action, status, diagnostic });
    }
}

const MAX_RECIPIENTS: usize = 200;

fn push(report: &mut Report, recipient: Recipient) {
    let known = report.recipients.iter().any(|r| r.address == recipient.address);
    if !known && report.recipients.len() < MAX_RECIPIENTS {
        report.recipients.push(recipient);
    }
}

/// Field blocks divided by blank lines, folds joined.
fn blocks(text: &str) -> Vec<Vec<(String, String)>> {
    let mut blocks = vec![Vec::new()];
    for line in text.lines().take(5000) {
        if line.trim().is_empty() {
            blocks.push(Vec::new());
            continue;
        }
        let Some(block) = blocks.last_mut() else {
            break;
        };
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = block.last_mut() {
                let value: &mut String = value;
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            block.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    blocks
}

/// `rfc822; a@b` without its type.
fn after_type(value: &str) -> &str {
    value.split_once(';').map_or(value, |(_, v)| v).trim()
}

/// The first address in a piece of text, lower case.
fn address_in(text: &str) -> Option<String> {
    let text = text.replace("=40", "@");
    text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '"' | '\'' | ',' | ';' | '[' | ']' | '*'))
        .map(|w| w.trim_start_matches("mailto:").trim_matches([':', '.']))
        .find(|w| {
            w.rsplit_once('@').is_some_and(|(local, domain)| {
                !local.is_empty() && !domain.is_empty() && domain.contains('.') && !w.contains('/') && w.len() < 320
            })
        })
        .map(str::to_lowercase)
}

/// An enhanced status code such as 5.1.1.
fn status_in(text: &str) -> Option<String> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .map(|w| w.trim_matches('.'))
        .find(|w| {
            let mut parts = w.split('.');
            matches!(parts.next(), Some("2" | "4" | "5")) && parts.clone().count() == 2 && parts.all(|p| (1..=3).contains(&p.len()))
        })
        .map(str::to_owned)
}

/// A plain SMTP code as a status: 550 → 5.0.0, 552 → 5.2.2.
fn reply_code(text: &str) -> Option<String> {
    let code = text.split(|c: char| !c.is_ascii_digit()).find(|w| w.len() == 3 && (w.starts_with('4') || w.starts_with('5')))?;
    Some(match code {
        "552" => "5.2.2".to_owned(),
        "452" => "4.2.2".to_owned(),
        "550" | "551" | "553" => "5.1.1".to_owned(),
        "554" => "5.7.1".to_owned(),
        other => format!("{}.0.0", &other[..1]),
    })
}

/// Phrases that say a delivery failed, lower case, with the status they mean.
const PHRASES: [(&str, &str); 27] = [
    ("user unknown", "5.1.1"),
    ("unknown user", "5.1.1"),
    ("no such user", "5.1.1"),
    ("no mailbox here by that name", "5.1.1"),
    ("address rejected", "5.1.1"),
    ("does not exist", "5.1.1"),
    ("address couldn't be found", "5.1.1"),
    ("wasn't found at", "5.1.1"),
    ("recipient not found", "5.1.1"),
    ("recipientnotfound", "5.1.1"),
    ("unrouteable address", "5.1.2"),
    ("couldn't find any host named", "5.1.2"),
    ("domain not found", "5.1.2"),
    ("host not found", "5.1.2"),
    ("mailbox full", "5.2.2"),
    ("mailbox is full", "5.2.2"),
    ("quota exceeded", "5.2.2"),
    ("over quota", "5.2.2"),
    ("account is disabled", "5.2.1"),
    ("mailbox unavailable", "5.1.1"),
    ("message too large", "5.3.4"),
    ("message size exceeds", "5.3.4"),
    ("retry timeout exceeded", "5.4.7"),
    ("spf", "5.7.1"),
    ("dmarc", "5.7.1"),
    ("blocked", "5.7.1"),
    ("spam", "5.7.1"),
];

/// Words that introduce the list of addresses that failed.
const INTRODUCTIONS: [&str; 14] = [
    "the following address(es) failed",
    "failed permanently",
    "wasn't delivered to",
    "your message to",
    "delivery has failed to these recipients",
    "could not be delivered to",
    "couldn't be delivered",
    "wasn't able to deliver your message to the following addresses",
    "unable to deliver",
    "could not be delivered",
    "the following recipient",
    "permanent fatal errors",
    "không thể gửi được",
    "không gửi được đến",
];

/// Whether a text reads like a report without RFC 3464 parts.
pub(super) fn looks_like_report(mail: &Mail) -> bool {
    let subject = mail.subject.to_lowercase();
    [
        "undelivered mail",
        "undeliverable",
        "mail delivery failed",
        "delivery status notification",
        "failure notice",
        "returned mail",
        "delivery failure",
        "mail delivery failure",
        "mail delivery subsystem",
        "không gửi được",
        "không thể gửi",
        "thư không gửi được",
        "message not delivered",
        "delayed mail",
        "warning: message",
    ]
    .iter()
    .any(|s| subject.contains(s))
        || {
            let text = clip(&mail.text, 4000).to_lowercase();
            INTRODUCTIONS.iter().any(|s| text.contains(s)) && (status_in(&text).is_some() || PHRASES.iter().any(|(p, _)| text.contains(p)))
        }
}

fn clip(text: &str, max: usize) -> &str {
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Recipients from Exim's and Gmail's field and from the texts of Exim, qmail, Postfix, Gmail, Outlook.
fn read_text(mail: &Mail, report: &mut Report) {
    let text = clip(&mail.text, 64 * 1024);
    // What comes after is the returned mail with its own addresses.
    let lower = text.to_ascii_lowercase();
    let end = [
        "--- below this line is a copy of the message",
        "------ this is a copy of the message",
        "----- original message -----",
        "----- transcript of session follows",
        "original message headers:",
        "-------- original message",
        "\nreturn-path: ",
    ]
    .iter()
    .filter_map(|mark| lower.find(mark))
    .min()
    .unwrap_or(text.len());
    let text = &text[..end];
    let lower = text.to_lowercase();
    let delayed = [
        "delayed",
        "will continue to try",
        "will keep trying",
        "not yet been delivered",
        "you do not need to resend",
        "warning message only",
    ]
    .iter()
    .any(|s| lower.contains(s))
        || mail.subject.to_lowercase().contains("(delay)")
        || mail.subject.to_lowercase().starts_with("warning: message");
    let action = if delayed && !lower.contains("permanent") { Action::Delayed } else { Action::Failed };
    let status = status_in(text).or_else(|| PHRASES.iter().find(|(p, _)| lower.contains(p)).map(|(_, s)| (*s).to_owned()));
    let diagnostic = text
        .lines()
        .map(str::trim)
        .find(|l| status_in(l).is_some() || PHRASES[..23].iter().any(|(p, _)| l.to_lowercase().contains(p)))
        .map(|l| clip(l, 500).to_owned());
    let mut found: Vec<String> =
        mail.fields.all("x-failed-recipients").flat_map(addresses).map(|m| m.address).filter(|a| !a.is_empty()).collect();
    if found.is_empty() {
        found = addresses_in_text(text, mail);
    }
    for address in found {
        push(report, Recipient { address, action, status: status.clone(), diagnostic: diagnostic.clone() });
    }
}

/// Addresses that stand alone on a line or in `<…>:` at its start; else the first after an introduction.
fn addresses_in_text(text: &str, mail: &Mail) -> Vec<String> {
    let own: Vec<&str> = mail.recipients.iter().chain(&mail.from).map(|m| m.address.as_str()).collect();
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        let Some(address) = address_in(line) else {
            continue;
        };
        if own.contains(&address.as_str()) {
            continue;
        }
        let bare = line.trim_matches(['<', '>', ':', '*', ' ', '"', '\'']);
        // Outlook: "Lan (lan@b.example)<mailto:lan@b.example>"; Exim and qmail: the address alone.
        let alone = bare.eq_ignore_ascii_case(&address)
            || line.starts_with('<') && line.to_lowercase().starts_with(&format!("<{address}>"))
            || line.contains("<mailto:");
        if alone && !found.contains(&address) {
            found.push(address);
        }
    }
    if found.is_empty() {
        let lower = text.to_lowercase();
        let after = INTRODUCTIONS.iter().filter_map(|s| lower.find(s)).min().unwrap_or(0);
        let first = lower[after..].split_whitespace().take(400).filter_map(address_in).find(|a| !own.contains(&a.as_str()));
        found.extend(first);
    }
    found
}

/// A Message-ID line in a text that quotes the original's header.
fn id_in_text(text: &str) -> Option<String> {
    clip(text, 256 * 1024).lines().map(|l| l.trim_start_matches(['>', ' ', '\t'])).find_map(|line| {
        let (name, value) = line.split_once(':')?;
        if !name.trim().eq_ignore_ascii_case("message-id") {
            return None;
        }
        message_ids(value).into_iter().next()
    })
}
