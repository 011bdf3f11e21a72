//! Writes outgoing mail: headers, text and HTML, attachments, the envelope.
//!
//! Every value from outside loses its control characters first, so no value can start a header line.

use jiff::Timestamp;
use lettre::message::header::{ContentDisposition, ContentTransferEncoding, Header, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, Message, MultiPart, SinglePart};
use lettre::{Address, address::Envelope as LettreEnvelope};

use crate::{Attachment, Error};

/// Who the SMTP server is told about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Bounces go there.
    pub from: String,
    /// One recipient per mail: a token names one conversation with one person.
    pub to: String,
}

/// Why the mail is written; decides the headers of RFC 3834.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An officer wrote it.
    Person,
    /// A receipt for a mail that came in.
    Receipt,
    /// A notice that nobody's mail caused.
    Notice,
    /// The same notice to many; with the address where one click ends it (RFC 8058).
    Mass { unsubscribe: String },
}

/// A mail to write.
#[derive(Debug, Clone)]
pub struct Letter<'a> {
    pub from_name: &'a str,
    pub from: &'a str,
    pub to: &'a str,
    /// The address with the reply token.
    pub reply_to: &'a str,
    /// Envelope sender, see [`super::bounce::return_path`].
    pub return_path: &'a str,
    pub subject: &'a str,
    pub text: &'a str,
    pub html: Option<&'a str>,
    /// Without angle brackets, see [`super::thread::new_message_id`].
    pub message_id: &'a str,
    /// The answered mail's id and its own References, oldest first.
    pub in_reply_to: Option<&'a str>,
    pub references: &'a [String],
    pub origin: Origin,
    /// Value of `X-DoiThoai-Instance`, by which we know our own mail again.
    pub instance: &'a str,
    pub date: Timestamp,
    /// Left out unless a person wrote the mail: automatic mail carries none.
    pub attachments: &'a [Attachment],
}

/// `Re: ` and the subject, unless it already begins so.
pub fn answer_subject(subject: &str) -> String {
    let subject = clean(subject);
    if subject.get(..3).is_some_and(|p| p.eq_ignore_ascii_case("re:")) { subject } else { format!("Re: {subject}") }
}

/// The mail ready for SMTP. [`Error::Rejected`] when an address cannot be written.
pub fn compose(letter: &Letter) -> Result<(Envelope, Vec<u8>), Error> {
    let from = address(letter.from)?;
    let to = address(letter.to)?;
    let return_path = address(letter.return_path)?;
    let reply_to = address(letter.reply_to)?;
    let name = Some(clean(letter.from_name)).filter(|n| !n.is_empty());
    let envelope = LettreEnvelope::new(Some(return_path.clone()), vec![to.clone()]).map_err(|e| Error::Rejected(e.to_string()))?;
    let builder = Message::builder()
        .envelope(envelope)
        .from(Mailbox::new(name.clone(), from))
        .to(Mailbox::new(None, to.clone()))
        .reply_to(Mailbox::new(name, reply_to))
        .date(std::time::UNIX_EPOCH + std::time::Duration::from_secs(u64::try_from(letter.date.as_second()).unwrap_or(0)))
        .subject(clean(letter.subject))
        .message_id(Some(bracketed(letter.message_id)));
    let text = SinglePart::plain(wire_text(letter.text));
    let person = letter.origin == Origin::Person;
    let attachments: &[Attachment] = if person { letter.attachments } else { &[] };
    let built = match (letter.html, attachments.is_empty()) {
        (None, true) => builder.singlepart(text),
        (Some(html), true) => builder.multipart(alternative(text, html)),
        (html, false) => {
            let mut mixed = match html {
                Some(html) => MultiPart::mixed().multipart(alternative(text, html)),
                None => MultiPart::mixed().singlepart(text),
            };
            for attachment in attachments {
                mixed = mixed.singlepart(file(attachment));
            }
            builder.multipart(mixed)
        }
    };
    let mut message = built.map_err(|e| Error::Rejected(e.to_string()))?;
    let mut raw = |name: &'static str, value: String| {
        let name = HeaderName::new_from_ascii_str(name);
        message.headers_mut().insert_raw(HeaderValue::new(name, clean(&value)));
    };
    raw("X-DoiThoai-Instance", letter.instance.to_owned());
    if let Some(answered) = letter.in_reply_to {
        raw("In-Reply-To", bracketed(answered));
        raw("References", references(letter.references, answered));
    }
    match &letter.origin {
        Origin::Person => {}
        origin => {
            let word = if *origin == Origin::Receipt { "auto-replied" } else { "auto-generated" };
            raw("Auto-Submitted", word.to_owned());
            raw("X-Auto-Response-Suppress", "All".to_owned());
        }
    }
    if let Origin::Mass { unsubscribe } = &letter.origin {
        raw("Precedence", "bulk".to_owned());
        let link: String = unsubscribe.chars().filter(|c| !matches!(c, '<' | '>' | ' ')).collect();
        raw("List-Unsubscribe", format!("<{link}>"));
        raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned());
    }
    let envelope = Envelope { from: return_path.to_string(), to: to.to_string() };
    Ok((envelope, message.formatted()))
}

fn alternative(text: SinglePart, html: &str) -> MultiPart {
    MultiPart::alternative().singlepart(text).singlepart(SinglePart::html(wire_text(html)))
}

/// CRLF line ends; the transfer encoding then keeps lines under 998 octets.
fn wire_text(text: &str) -> String {
    text.replace("\r\n", "\n").replace(['\r', '\0'], "\n").replace('\n', "\r\n")
}

fn address(text: &str) -> Result<Address, Error> {
    text.trim().parse().map_err(|_| Error::Rejected(format!("no mail address: {}", clean(text))))
}

/// One line without control characters.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect::<String>().trim().to_owned()
}

fn bracketed(id: &str) -> String {
    let id: String = id.chars().filter(|c| !c.is_control() && !c.is_whitespace() && !matches!(c, '<' | '>')).take(900).collect();
    format!("<{id}>")
}

/// First and last ids kept of a long References line.
const KEPT: usize = 10;

/// The answered mail's References and its own id; of a long list the first and the last ten.
fn references(earlier: &[String], answered: &str) -> String {
    let mut ids: Vec<&str> = earlier.iter().map(String::as_str).filter(|id| *id != answered).collect();
    ids.push(answered);
    if ids.len() > 2 * KEPT {
        ids.drain(KEPT..ids.len() - KEPT);
    }
    ids.into_iter().map(bracketed).collect::<Vec<_>>().join(" ")
}

/// `Content-Type` with the name as an encoded word, for readers that know no RFC 2231.
#[derive(Clone)]
struct NamedType(String);

impl Header for NamedType {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Content-Type")
    }

    fn parse(s: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(NamedType(s.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::dangerous_new_pre_encoded(Self::name(), self.0.clone(), self.0.clone())
    }
}

fn file(attachment: &Attachment) -> SinglePart {
    use base64::Engine;
    let name = super::name::clean(&attachment.name).unwrap_or_else(|| super::name::for_type(&attachment.content_type, 1));
    let declared = attachment.content_type.as_str();
    let token = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"-+._".contains(&b));
    let kind = match declared.split_once('/') {
        Some((t, s)) if token(t) && token(s) => declared,
        _ => "application/octet-stream",
    };
    // Words of 45 octets are 60 letters of base64: each fits a line, none splits a character.
    let mut words: Vec<String> = Vec::new();
    let mut piece = String::new();
    for c in name.chars() {
        if piece.len() + c.len_utf8() > 45 {
            words.push(std::mem::take(&mut piece));
        }
        piece.push(c);
    }
    words.push(piece);
    let encoded: Vec<String> =
        words.iter().map(|w| format!("=?utf-8?B?{}?=", base64::engine::general_purpose::STANDARD.encode(w))).collect();
    let named = NamedType(format!("{kind};\r\n name=\"{}\"", encoded.join("\r\n ")));
    let body = Body::new_with_encoding(attachment.bytes.clone(), ContentTransferEncoding::Base64)
        // Base64 writes any octets, so this never happens; the plain way is as good.
        .unwrap_or_else(Body::new);
    SinglePart::builder().header(ContentDisposition::attachment(&name)).header(named).body(body)
}
