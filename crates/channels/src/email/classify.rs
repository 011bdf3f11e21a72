//! Is it a person? Decided before any case is opened, any clock starts, any answer is sent.

use super::bounce;
use super::header::parameterised;
use super::parse::Mail;
use super::thread;
use crate::Class;

/// The finer kind; the first sign that matches decides, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Our own mail came back to us.
    OwnLoop,
    Bounce,
    ReadReceipt,
    FeedbackReport,
    AutoReply,
    /// Newsletters and lists.
    Bulk,
    Calendar,
    Person,
}

/// What a mail is and whether a machine may answer it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub kind: Kind,
    /// The sign that decided, for the log and the operator.
    pub sign: String,
    pub answerable: Result<(), Silence>,
}

/// Why no automatic answer may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Silence {
    /// A machine wrote it.
    NotAPerson,
    /// Empty Return-Path: it must not be answered (RFC 3834).
    EmptyReturnPath,
    /// An address such as no-reply or postmaster.
    RobotAddress,
    NoAddress,
}

impl Verdict {
    /// A newsletter or an invitation is mail that people may want to read; read receipts and our own
    /// loops are machines answering machines.
    pub fn class(&self) -> Class {
        match self.kind {
            Kind::Person | Kind::Bulk | Kind::Calendar => Class::Mail,
            Kind::AutoReply | Kind::ReadReceipt | Kind::OwnLoop => Class::AutoReply,
            Kind::Bounce => Class::Bounce,
            Kind::FeedbackReport => Class::FeedbackReport,
        }
    }
}

/// What is ours, to know our own mail again.
#[derive(Debug, Clone, Default)]
pub struct Ours<'a> {
    /// Our mailboxes, lower case, without plus part.
    pub mailboxes: &'a [String],
    /// Domain part of the Message-IDs we make.
    pub message_id_host: Option<&'a str>,
    /// Value of `X-DoiThoai-Instance` in our mail.
    pub instance: Option<&'a str>,
}

/// More `Received` lines than this are a loop.
const MAX_HOPS: usize = 25;

/// Classifies a mail.
pub fn classify(mail: &Mail, ours: &Ours) -> Verdict {
    let (kind, sign) = kind(mail, ours);
    let answerable = answerable(mail, kind);
    Verdict { kind, sign, answerable }
}

fn kind(mail: &Mail, ours: &Ours) -> (Kind, String) {
    let fields = &mail.fields;
    if let Some(sign) = own_loop(mail, ours) {
        return (Kind::OwnLoop, sign.to_owned());
    }
    let report_type = (mail.content_type.value == "multipart/report")
        .then(|| mail.content_type.get("report-type").unwrap_or_default().to_ascii_lowercase());
    if let Some(sign) = bounce_sign(mail, report_type.as_deref()) {
        return (Kind::Bounce, sign.to_owned());
    }
    match report_type.as_deref() {
        Some("disposition-notification") => {
            return (Kind::ReadReceipt, "report-type=disposition-notification".to_owned());
        }
        Some("feedback-report") => {
            return (Kind::FeedbackReport, "report-type=feedback-report".to_owned());
        }
        _ if mail.feedback_report.is_some() => {
            return (Kind::FeedbackReport, "message/feedback-report".to_owned());
        }
        _ => {}
    }
    if let Some(sign) = auto_reply_sign(mail) {
        return (Kind::AutoReply, sign);
    }
    let precedence = first_word(fields.get("precedence").unwrap_or_default());
    if matches!(precedence.as_str(), "bulk" | "list" | "junk") {
        return (Kind::Bulk, format!("Precedence: {precedence}"));
    }
    for name in ["list-id", "list-unsubscribe", "feedback-id"] {
        if fields.has(name) {
            return (Kind::Bulk, name.to_owned());
        }
    }
    let own_calendar = mail.content_type.value == "text/calendar";
    if let Some(method) = &mail.calendar_method
        && (own_calendar || method != "publish")
    {
        return (Kind::Calendar, format!("text/calendar; method={method}"));
    }
    (Kind::Person, String::new())
}

fn own_loop(mail: &Mail, ours: &Ours) -> Option<&'static str> {
    let fields = &mail.fields;
    if let Some(host) = ours.message_id_host
        && mail.message_id.as_deref().is_some_and(|id| thread::is_own_id(id, host))
    {
        return Some("Message-ID is ours");
    }
    if ours.instance.is_some() && fields.get("x-doithoai-instance") == ours.instance {
        return Some("X-DoiThoai-Instance is ours");
    }
    let own = |address: &str| {
        let bare = match address.rsplit_once('@') {
            Some((local, domain)) => {
                format!("{}@{domain}", local.split('+').next().unwrap_or(local))
            }
            None => address.to_owned(),
        };
        ours.mailboxes.contains(&bare)
    };
    if mail.from.iter().any(|m| own(&m.address)) {
        return Some("From is our mailbox");
    }
    (fields.all("received").count() > MAX_HOPS).then_some("too many Received lines")
}

fn bounce_sign(mail: &Mail, report_type: Option<&str>) -> Option<&'static str> {
    if report_type == Some("delivery-status") {
        return Some("report-type=delivery-status");
    }
    if mail.fields.has("x-failed-recipients") {
        return Some("X-Failed-Recipients");
    }
    if mail.delivery_status.is_some() && report_type.is_none_or(str::is_empty) {
        return Some("message/delivery-status");
    }
    let from_mailer = mail.from.iter().any(|m| {
        let local = m.address.split('@').next().unwrap_or_default();
        matches!(local, "mailer-daemon" | "postmaster" | "mail-daemon" | "mailerdaemon")
            || local.starts_with("microsoftexchange")
            || m.name.as_deref().is_some_and(|n| {
                let n = n.to_lowercase();
                n.contains("mail delivery s") || n == "mailer-daemon"
            })
    });
    if report_type.is_some_and(|t| t != "delivery-status" && !t.is_empty()) {
        return None;
    }
    if from_mailer && mail.return_path.as_deref() == Some("") {
        return Some("empty Return-Path from a mail server");
    }
    let machine = from_mailer || mail.return_path.as_deref() == Some("") || mail.from.is_empty();
    (machine && bounce::looks_like_report(mail)).then_some("text of a delivery report")
}

fn first_word(value: &str) -> String {
    value.split([';', ' ', '(', ',']).next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn auto_reply_sign(mail: &Mail) -> Option<String> {
    let fields = &mail.fields;
    if let Some(value) = fields.get("auto-submitted") {
        let word = parameterised(value).value;
        let word = first_word(word.split('(').next().unwrap_or_default());
        if !word.is_empty() && word != "no" {
            return Some(format!("Auto-Submitted: {word}"));
        }
    }
    for name in ["x-autoreply", "x-autorespond", "x-auto-response", "x-autoresponder", "x-auto-reply", "x-autoreply-from"] {
        if fields.get(name).is_some_and(|v| !v.trim().eq_ignore_ascii_case("no")) {
            return Some(name.to_owned());
        }
    }
    if fields.get("x-post-messageclass").is_some_and(|v| v.to_ascii_lowercase().contains("autoresponder")) {
        return Some("X-POST-MessageClass: Autoresponder".to_owned());
    }
    if first_word(fields.get("precedence").unwrap_or_default()) == "auto_reply" {
        return Some("Precedence: auto_reply".to_owned());
    }
    if let Some(value) = fields.get("x-auto-response-suppress") {
        let found =
            value.split([',', ';', ' ']).map(|w| w.trim().to_ascii_lowercase()).any(|w| matches!(w.as_str(), "all" | "oof" | "autoreply"));
        if found {
            return Some("X-Auto-Response-Suppress".to_owned());
        }
    }
    if fields.all("delivered-to").any(|v| v.trim().eq_ignore_ascii_case("autoresponder")) {
        return Some("Delivered-To: Autoresponder".to_owned());
    }
    let subject = mail.subject.to_lowercase();
    let subject = subject.trim();
    let starts = [
        "automatic reply:",
        "auto:",
        "autoreply:",
        "auto-reply:",
        "auto reply:",
        "out of office",
        "out-of-office",
        "trả lời tự động",
        "tự động trả lời",
        "thư trả lời tự động",
    ];
    starts.iter().find(|s| subject.starts_with(**s)).map(|s| format!("Subject: {s}"))
}

fn answerable(mail: &Mail, kind: Kind) -> Result<(), Silence> {
    if kind != Kind::Person {
        return Err(Silence::NotAPerson);
    }
    if mail.return_path.as_deref() == Some("") {
        return Err(Silence::EmptyReturnPath);
    }
    let sender = mail.sender().map(|m| m.address).unwrap_or_default();
    let path = mail.return_path.as_deref().unwrap_or(&sender);
    if !sender.contains('@') {
        return Err(Silence::NoAddress);
    }
    if is_robot(&sender) || is_robot(path) {
        return Err(Silence::RobotAddress);
    }
    Ok(())
}

/// Addresses behind which nobody reads.
pub fn is_robot(address: &str) -> bool {
    let local = address.split(['@', '+']).next().unwrap_or_default().to_ascii_lowercase();
    let plain: String = local.chars().filter(|c| !matches!(c, '-' | '_' | '.')).collect();
    matches!(plain.as_str(), "mailerdaemon" | "postmaster" | "noreply" | "donotreply" | "noresponse" | "autoreply" | "bounce" | "bounces")
        || plain.starts_with("noreply")
        || plain.ends_with("noreply")
        || plain.contains("donotreply")
        || local.ends_with("-request")
        || local.starts_with("owner-")
        || local.starts_with("bounce-")
        || local.starts_with("bounces-")
}
