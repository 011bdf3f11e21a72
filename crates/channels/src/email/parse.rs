//! Raw octets to a [`Mail`]. Never fails: what cannot be read is left out and `truncated` is set.
//!
//! Limits (a case of abuse costs at most one scan of the octets): 25 MB of content grown by base64,
//! 20 levels, 200 parts, 1000 fields or 128 KB of them per part, 1 MB of text.

use std::borrow::Cow;
use std::ops::Range;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::body::Body;
use super::encoding::Transfer;
use super::header::{self, Fields, Mailbox, Parameterised};
use super::mime;

/// A parsed mail. All text is NFC with LF line ends; the caller keeps the raw octets.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Message-ID without angle brackets, or `sha256:` and the hex digest of the raw octets.
    pub external_id: String,
    pub message_id: Option<String>,
    pub from: Vec<Mailbox>,
    pub reply_to: Vec<Mailbox>,
    /// Addresses of To and Cc in their order, without repeats.
    pub recipients: Vec<Mailbox>,
    /// `Return-Path`; `Some("")` for the empty one of reports.
    pub return_path: Option<String>,
    pub subject: String,
    /// `Date`, else the newest `Received`; `None` when neither can be read.
    pub date: Option<Timestamp>,
    /// Ids in In-Reply-To, in order.
    pub in_reply_to: Vec<String>,
    /// Ids in References, oldest first.
    pub references: Vec<String>,
    pub fields: Fields,
    pub content_type: Parameterised,
    /// Everything written, from the plain text or, without a useful one, from the HTML.
    pub text: String,
    /// Where quoted matter begins in `text`, when it came from HTML that marks it.
    pub html_cut: Option<usize>,
    /// The text as its label says, when an old Vietnamese font encoding was converted.
    pub text_before_conversion: Option<String>,
    /// HTML as sent: clean it with [`super::html::sanitise`] before showing.
    pub html: Option<String>,
    pub attachments: Vec<Attached>,
    /// A `text/calendar` part's method, lower case.
    pub calendar_method: Option<String>,
    /// Text of the `message/delivery-status` parts.
    pub delivery_status: Option<String>,
    /// Text of a `message/feedback-report` part (RFC 5965).
    pub feedback_report: Option<String>,
    /// Fields of the first mail or header block carried inside, as in a delivery report.
    pub original_fields: Option<Fields>,
    /// Signed with S/MIME or OpenPGP; the signature was not checked.
    pub signed: bool,
    pub truncated: bool,
}

/// An attachment whose octets stay in the raw mail until asked for.
#[derive(Debug, Clone)]
pub struct Attached {
    pub name: String,
    /// Declared type, lower case.
    pub content_type: String,
    /// Octets after decoding.
    pub size: usize,
    pub content_id: Option<String>,
    pub inline: bool,
    pub(super) source: Source,
}

#[derive(Debug, Clone)]
pub(super) enum Source {
    Raw(Range<usize>, Transfer),
    Own(Vec<u8>),
}

impl Attached {
    /// The content; `raw` is the mail that was parsed.
    pub fn bytes<'a>(&'a self, raw: &'a [u8]) -> Cow<'a, [u8]> {
        match &self.source {
            Source::Own(bytes) => Cow::Borrowed(bytes),
            Source::Raw(range, transfer) => {
                let part = raw.get(range.clone()).unwrap_or_default();
                match transfer {
                    Transfer::Plain => Cow::Borrowed(part),
                    other => Cow::Owned(other.decode(part)),
                }
            }
        }
    }
}

impl Mail {
    /// The address a person would answer: the first of From, else Sender, else Return-Path.
    pub fn sender(&self) -> Option<Mailbox> {
        let sender = self.fields.get("sender").map(header::addresses);
        let path = self.return_path.as_deref().map(|address| Mailbox { name: None, address: address.to_owned() });
        self.from.iter().cloned().chain(sender.unwrap_or_default()).chain(path).find(|m| !m.address.is_empty())
    }

    /// The part of `text` that is new in this mail.
    pub fn visible_reply(&self) -> String {
        super::quoted::visible(&self.text, self.html_cut)
    }

    /// The common form; `raw` is the mail that was parsed, `threading` from [`super::thread::facts`].
    pub fn to_inbound(&self, raw: &[u8], received_at: Timestamp, verdict: &super::Verdict, threading: crate::Threading) -> crate::Inbound {
        let sender = self.sender().unwrap_or_default();
        crate::Inbound {
            external_id: self.external_id.clone(),
            class: verdict.class(),
            answerable: verdict.answerable.is_ok(),
            sender: sender.address,
            sender_name: sender.name,
            recipients: self.recipients.iter().map(|m| m.address.clone()).collect(),
            subject: Some(self.subject.clone()).filter(|s| !s.is_empty()),
            text: self.text.clone(),
            visible_reply: self.visible_reply(),
            html: self.html.clone(),
            attachments: self
                .attachments
                .iter()
                .map(|a| crate::Attachment {
                    name: a.name.clone(),
                    content_type: a.content_type.clone(),
                    content_id: a.content_id.clone(),
                    inline: a.inline,
                    bytes: a.bytes(raw).into_owned(),
                })
                .collect(),
            sent_at: self.date,
            received_at,
            threading,
            truncated: self.truncated,
        }
    }
}

/// Parses a mail.
pub fn parse(raw: &[u8]) -> Mail {
    let tree = mime::tree(raw);
    let mut body = Body::default();
    body.take(raw, &tree, 0);
    let truncated = tree.truncated || body.truncated;
    let (fields, content_type) = match tree.parts.into_iter().next() {
        Some(root) => (root.fields, root.content_type),
        None => Default::default(),
    };
    let message_id = fields.get("message-id").and_then(|v| header::message_ids(v).into_iter().next());
    let all = |name| -> Vec<Mailbox> {
        let mut list: Vec<Mailbox> = Vec::new();
        for mailbox in fields.all(name).flat_map(header::addresses) {
            if list.len() < 200 && !list.contains(&mailbox) {
                list.push(mailbox);
            }
        }
        list
    };
    let mut recipients = all("to");
    recipients.extend(all("cc"));
    let mut seen = std::collections::HashSet::new();
    recipients.retain(|m| !m.address.is_empty() && seen.insert(m.address.clone()));
    let (text, html_cut) = body.text();
    Mail {
        external_id: message_id.clone().unwrap_or_else(|| format!("sha256:{}", hex::encode(Sha256::digest(raw)))),
        message_id,
        from: all("from"),
        reply_to: all("reply-to"),
        recipients,
        return_path: fields.get("return-path").map(|v| header::addresses(v).into_iter().next().map(|m| m.address).unwrap_or_default()),
        subject: fields.text("subject").unwrap_or_default(),
        date: fields
            .get("date")
            .and_then(header::date)
            .or_else(|| fields.get("received").and_then(|v| v.rsplit(';').next()).and_then(header::date)),
        in_reply_to: fields.get("in-reply-to").map(header::message_ids).unwrap_or_default(),
        references: fields.get("references").map(header::message_ids).unwrap_or_default(),
        content_type,
        text,
        html_cut,
        text_before_conversion: body.before_conversion,
        html: (!body.html.is_empty()).then(|| body.html.join("\n")),
        attachments: body.attachments,
        calendar_method: body.calendar_method,
        delivery_status: (!body.delivery_status.is_empty()).then_some(body.delivery_status),
        feedback_report: body.feedback_report,
        original_fields: body.original_fields,
        signed: body.signed,
        fields,
        truncated,
    }
}
