//! Raw octets to a [`Mail`]. Never fails: what cannot be read is left out and `truncated` is set.
//!
//! Limits (a case of abuse costs at most one scan of the octets): 25 MB of content grown by base64,
//! 20 levels, 200 parts, 1000 fields or 128 KB of them per part, 1 MB of text.

use std::borrow::Cow;
use std::ops::Range;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::encoding::Transfer;
use super::header::{self, Fields, Mailbox, Parameterised, decode_words};
use super::mime::{self, Part, Tree};
use super::{charset, html, name, smime};

/// Most text that is kept, in octets; a longer one is in the raw mail.
const MAX_TEXT: usize = 1024 * 1024;

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
    /// HTML as sent: clean it with [`html::sanitise`] before showing.
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
    source: Source,
}

#[derive(Debug, Clone)]
enum Source {
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
        let path = self.return_path.as_deref().map(|address| Mailbox {
            name: None,
            address: address.to_owned(),
        });
        self.from
            .iter()
            .cloned()
            .chain(sender.unwrap_or_default())
            .chain(path)
            .find(|m| !m.address.is_empty())
    }

    /// The part of `text` that is new in this mail.
    pub fn visible_reply(&self) -> String {
        super::quoted::visible(&self.text, self.html_cut)
    }

    /// The common form; `raw` is the mail that was parsed, `threading` from [`super::thread::facts`].
    pub fn to_inbound(
        &self,
        raw: &[u8],
        received_at: Timestamp,
        verdict: &super::Verdict,
        threading: crate::Threading,
    ) -> crate::Inbound {
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
    let message_id = fields
        .get("message-id")
        .and_then(|v| header::message_ids(v).into_iter().next());
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
        external_id: message_id
            .clone()
            .unwrap_or_else(|| format!("sha256:{}", hex::encode(Sha256::digest(raw)))),
        message_id,
        from: all("from"),
        reply_to: all("reply-to"),
        recipients,
        return_path: fields.get("return-path").map(|v| {
            header::addresses(v)
                .into_iter()
                .next()
                .map(|m| m.address)
                .unwrap_or_default()
        }),
        subject: fields.text("subject").unwrap_or_default(),
        date: fields.get("date").and_then(header::date).or_else(|| {
            fields
                .get("received")
                .and_then(|v| v.rsplit(';').next())
                .and_then(header::date)
        }),
        in_reply_to: fields
            .get("in-reply-to")
            .map(header::message_ids)
            .unwrap_or_default(),
        references: fields
            .get("references")
            .map(header::message_ids)
            .unwrap_or_default(),
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

#[derive(Default)]
struct Body {
    /// Pieces of text in order; one from HTML may know where its quotes begin.
    pieces: Vec<(String, Option<usize>)>,
    html: Vec<String>,
    attachments: Vec<Attached>,
    calendar_method: Option<String>,
    delivery_status: String,
    feedback_report: Option<String>,
    original_fields: Option<Fields>,
    before_conversion: Option<String>,
    signed: bool,
    truncated: bool,
    held: usize,
}

impl Body {
    /// Walks part `index`; the tree is at most [`mime::MAX_DEPTH`] levels deep.
    fn take(&mut self, raw: &[u8], tree: &Tree, index: usize) {
        let part = &tree.parts[index];
        if !part.multipart {
            return self.leaf(raw, part);
        }
        match part.content_type.value.as_str() {
            "multipart/alternative" => self.alternative(raw, tree, part),
            kind => {
                self.signed |= kind == "multipart/signed";
                for &child in &part.children {
                    self.take(raw, tree, child);
                }
            }
        }
    }

    /// Plain text wins unless it is empty or only points to the HTML; the rest becomes HTML to show
    /// or an attachment (a calendar entry).
    fn alternative(&mut self, raw: &[u8], tree: &Tree, part: &Part) {
        let mut chosen: Option<(bool, Vec<(String, Option<usize>)>)> = None;
        for &child in &part.children {
            let mut branch = Body {
                held: self.held,
                ..Body::default()
            };
            branch.take(raw, tree, child);
            let plain = branch.html.is_empty();
            let written: String = branch.pieces.iter().map(|(t, _)| t.as_str()).collect();
            let usable = !written.trim().is_empty() && !(plain && only_points_to_html(&written));
            let pieces = std::mem::take(&mut branch.pieces);
            let better = match &chosen {
                None => true,
                // Later is better, but HTML never replaces usable plain text.
                Some((was_plain, _)) => plain || !was_plain,
            };
            if usable && better {
                chosen = Some((plain, pieces));
            }
            self.absorb(branch);
        }
        self.pieces
            .extend(chosen.map(|(_, p)| p).unwrap_or_default());
    }

    fn absorb(&mut self, other: Body) {
        self.pieces.extend(other.pieces);
        self.html.extend(other.html);
        self.attachments.extend(other.attachments);
        self.delivery_status.push_str(&other.delivery_status);
        self.calendar_method = self.calendar_method.take().or(other.calendar_method);
        self.feedback_report = self.feedback_report.take().or(other.feedback_report);
        self.original_fields = self.original_fields.take().or(other.original_fields);
        self.before_conversion = self.before_conversion.take().or(other.before_conversion);
        self.signed |= other.signed;
        self.truncated |= other.truncated;
        self.held = other.held;
    }

    fn leaf(&mut self, raw: &[u8], part: &Part) {
        let bytes = &raw[part.body.clone()];
        let kind = part.content_type.value.as_str();
        let named =
            part.disposition.get("filename").is_some() || part.content_type.get("name").is_some();
        let attached = part.disposition.value == "attachment"
            || named && (part.disposition.value != "inline" || !kind.starts_with("text/"));
        match kind {
            "text/plain" | "text/html" | "text/enriched" if !attached => {
                let decoded = self.decode(part, bytes);
                if kind == "text/html" {
                    let text = html::to_text(&decoded);
                    self.pieces.push((text.text, text.cut));
                    self.html.push(decoded);
                } else if part
                    .content_type
                    .get("format")
                    .is_some_and(|f| f.eq_ignore_ascii_case("flowed"))
                {
                    let delsp = part
                        .content_type
                        .get("delsp")
                        .is_some_and(|d| d.eq_ignore_ascii_case("yes"));
                    self.pieces
                        .push((super::quoted::unflow(&decoded, delsp), None));
                } else {
                    self.pieces.push((decoded, None));
                }
            }
            // A multipart that could not be opened (too deep, no boundary) is text if it was the body.
            kind if kind.starts_with("multipart/") && !attached => {
                let decoded = self.decode(part, bytes);
                self.pieces.push((decoded, None));
            }
            "message/delivery-status" | "message/global-delivery-status" => {
                let text = self.decode(part, bytes);
                self.delivery_status.push_str(&text);
                self.delivery_status.push_str("\n\n");
            }
            "message/feedback-report" => self.feedback_report = Some(self.decode(part, bytes)),
            "message/disposition-notification" => {}
            "application/pkcs7-signature"
            | "application/x-pkcs7-signature"
            | "application/pgp-signature" => self.signed = true,
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => {
                if !self.open_signed(part, bytes) {
                    self.attach(part);
                    self.size_last(bytes);
                }
            }
            _ => {
                if kind == "text/calendar" {
                    self.calendar_method = part
                        .content_type
                        .get("method")
                        .map(str::to_ascii_lowercase)
                        .or(Some("publish".to_owned()));
                }
                if matches!(
                    kind,
                    "message/rfc822"
                        | "message/global"
                        | "text/rfc822-headers"
                        | "message/rfc822-headers"
                        | "message/global-headers"
                ) {
                    self.original(part, bytes);
                }
                self.attach(part);
                self.size_last(bytes);
            }
        }
    }

    /// Fields of a mail inside this one; looked into only as far as its header.
    fn original(&mut self, part: &Part, bytes: &[u8]) {
        if self.original_fields.is_some() {
            return;
        }
        let head = &bytes[..bytes.len().min(256 * 1024)];
        let head = part.transfer.decode(head);
        let mut inner = mime::tree(&head);
        if !inner.parts.is_empty() {
            self.original_fields = Some(inner.parts.swap_remove(0).fields);
        }
    }

    /// Opens an opaque signature; one level only.
    fn open_signed(&mut self, part: &Part, bytes: &[u8]) -> bool {
        if part.content_type.get("smime-type") == Some("enveloped-data") || self.held > MAX_TEXT {
            return false;
        }
        let Some(inner) = smime::content(&part.transfer.decode(bytes)) else {
            return false;
        };
        let tree = mime::tree(&inner);
        let mut body = Body {
            held: MAX_TEXT,
            ..Body::default()
        };
        // Signed inside signed is left as an attachment: `held` is at its limit for the next level.
        body.held = self.held;
        if tree
            .parts
            .iter()
            .any(|p| p.content_type.value.ends_with("pkcs7-mime"))
        {
            return false;
        }
        body.take(&inner, &tree, 0);
        for attachment in &mut body.attachments {
            let bytes = attachment.bytes(&inner).into_owned();
            attachment.source = Source::Own(bytes);
        }
        body.truncated |= tree.truncated;
        self.absorb(body);
        self.signed = true;
        true
    }

    fn decode(&mut self, part: &Part, bytes: &[u8]) -> String {
        let room = MAX_TEXT.saturating_sub(self.held);
        // The densest wrapping needs three octets for one, and line ends besides.
        let wrapped = room.saturating_mul(4);
        self.truncated |= bytes.len() > wrapped;
        let mut octets = part.transfer.decode(&bytes[..bytes.len().min(wrapped)]);
        if octets.len() > room {
            octets.truncate(room);
            self.truncated = true;
        }
        self.held += octets.len();
        let mut label = part.content_type.get("charset");
        let meta;
        if label.is_none() && part.content_type.value == "text/html" {
            meta = html::declared_charset(&octets);
            label = meta.as_deref();
        }
        let decoded = charset::decode(&octets, label);
        if let Some(before) = decoded.before_conversion
            && self.before_conversion.is_none()
        {
            self.before_conversion = Some(lines(&before));
        }
        lines(&decoded.text)
    }

    fn attach(&mut self, part: &Part) {
        let kind = &part.content_type.value;
        let declared = part
            .disposition
            .get("filename")
            .or_else(|| part.content_type.get("name"))
            .and_then(name::clean);
        let number = self.attachments.len() + 1;
        self.attachments.push(Attached {
            name: declared.unwrap_or_else(|| name::for_type(kind, number)),
            content_type: kind.chars().take(100).collect(),
            size: 0,
            content_id: part.fields.get("content-id").map(|id| {
                decode_words(id)
                    .trim_matches(|c| matches!(c, '<' | '>' | ' '))
                    .to_owned()
            }),
            inline: part.disposition.value == "inline"
                || part.disposition.value.is_empty() && part.fields.has("content-id"),
            source: Source::Raw(part.body.clone(), part.transfer),
        });
    }

    fn size_last(&mut self, bytes: &[u8]) {
        if let Some(Attached {
            size,
            source: Source::Raw(_, transfer),
            ..
        }) = self.attachments.last_mut()
        {
            *size = transfer.decoded_len(bytes);
        }
    }

    /// The pieces joined in order.
    fn text(&self) -> (String, Option<usize>) {
        let mut out = String::new();
        let mut cut = None;
        let last = self.pieces.iter().rposition(|(t, _)| !t.trim().is_empty());
        for (index, (piece, piece_cut)) in self.pieces.iter().enumerate() {
            if piece.trim().is_empty() {
                continue;
            }
            if !out.is_empty() {
                out.push_str("\n\n");
            }
            // A cut counts only in the last piece: what follows a quote in another part is new.
            if Some(index) == last {
                cut = piece_cut.map(|at| at + out.len());
            }
            out.push_str(piece.trim_end());
        }
        let cut = cut.filter(|&at| at <= out.len());
        (out, cut)
    }
}

/// LF line ends, no NUL or other control characters but tab.
fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.chars()
        .filter_map(|c| match c {
            '\r' => Some('\n'),
            '\u{b}' | '\u{c}' => Some('\n'),
            '\n' | '\t' => Some(c),
            '\u{feff}' => None,
            c if c.is_control() => None,
            c => Some(c),
        })
        .collect()
}

/// "Your mail program does not show HTML" and its like, instead of a text.
fn only_points_to_html(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    text.chars().count() < 300
        && text.contains("html")
        && [
            "view",
            "xem",
            "support",
            "display",
            "hỗ trợ",
            "hiển thị",
            "enable",
            "client",
            "reader",
        ]
        .iter()
        .any(|word| text.contains(word))
}
