//! From the tree of parts: the text, the HTML, the attachments, and what reports carry.

use super::header::{Fields, decode_words};
use super::mime::{self, Part, Tree};
use super::parse::{Attached, Source};
use super::{charset, html, name, smime};

/// Most text that is kept, in octets; a longer one is in the raw mail.
const MAX_TEXT: usize = 1024 * 1024;

/// A piece of text, and where quoting begins in it when HTML said so.
type Piece = (String, Option<usize>);

#[derive(Default)]
pub(super) struct Body {
    /// Pieces of text in order; one from HTML may know where its quotes begin.
    pub pieces: Vec<Piece>,
    pub html: Vec<String>,
    pub attachments: Vec<Attached>,
    pub calendar_method: Option<String>,
    pub delivery_status: String,
    pub feedback_report: Option<String>,
    pub original_fields: Option<Fields>,
    pub before_conversion: Option<String>,
    pub signed: bool,
    pub truncated: bool,
    pub held: usize,
}

impl Body {
    /// Walks part `index`; the tree is at most [`mime::MAX_DEPTH`] levels deep.
    pub(super) fn take(&mut self, raw: &[u8], tree: &Tree, index: usize) {
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
        let mut chosen: Option<(bool, Vec<Piece>)> = None;
        for &child in &part.children {
            let mut branch = Body { held: self.held, ..Body::default() };
            branch.take(raw, tree, child);
            let plain = branch.html.is_empty();
            let written: String = branch.pieces.iter().map(|(t, _)| t.as_str()).collect();
            let usable = !(written.trim().is_empty() || plain && only_points_to_html(&written));
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
        self.pieces.extend(chosen.map(|(_, p)| p).unwrap_or_default());
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
        let named = part.disposition.get("filename").is_some() || part.content_type.get("name").is_some();
        let attached =
            part.disposition.value == "attachment" || named && (part.disposition.value != "inline" || !kind.starts_with("text/"));
        match kind {
            "text/plain" | "text/html" | "text/enriched" if !attached => {
                let decoded = self.decode(part, bytes);
                if kind == "text/html" {
                    let text = html::to_text(&decoded);
                    self.pieces.push((text.text, text.cut));
                    self.html.push(decoded);
                } else if part.content_type.get("format").is_some_and(|f| f.eq_ignore_ascii_case("flowed")) {
                    let delsp = part.content_type.get("delsp").is_some_and(|d| d.eq_ignore_ascii_case("yes"));
                    self.pieces.push((super::quoted::unflow(&decoded, delsp), None));
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
            "application/pkcs7-signature" | "application/x-pkcs7-signature" | "application/pgp-signature" => self.signed = true,
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => {
                if !self.open_signed(part, bytes) {
                    self.attach(part);
                    self.size_last(bytes);
                }
            }
            _ => {
                if kind == "text/calendar" {
                    self.calendar_method = part.content_type.get("method").map(str::to_ascii_lowercase).or(Some("publish".to_owned()));
                }
                if matches!(
                    kind,
                    "message/rfc822" | "message/global" | "text/rfc822-headers" | "message/rfc822-headers" | "message/global-headers"
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
        if part.content_type.get("smime-type") == Some("enveloped-data") {
            return false;
        }
        let Some(inner) = smime::content(&part.transfer.decode(bytes)) else {
            return false;
        };
        let tree = mime::tree(&inner);
        // Signed inside signed stays an attachment: one level is what mail programs write.
        let mut body = Body { held: self.held, ..Body::default() };
        if tree.parts.iter().any(|p| p.content_type.value.ends_with("pkcs7-mime")) {
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
        let declared = part.disposition.get("filename").or_else(|| part.content_type.get("name")).and_then(name::clean);
        let number = self.attachments.len() + 1;
        self.attachments.push(Attached {
            name: declared.unwrap_or_else(|| name::for_type(kind, number)),
            content_type: kind.chars().take(100).collect(),
            size: 0,
            content_id: part.fields.get("content-id").map(|id| decode_words(id).trim_matches(|c| matches!(c, '<' | '>' | ' ')).to_owned()),
            inline: part.disposition.value == "inline" || part.disposition.value.is_empty() && part.fields.has("content-id"),
            source: Source::Raw(part.body.clone(), part.transfer),
        });
    }

    fn size_last(&mut self, bytes: &[u8]) {
        if let Some(Attached { size, source: Source::Raw(_, transfer), .. }) = self.attachments.last_mut() {
            *size = transfer.decoded_len(bytes);
        }
    }

    /// The pieces joined in order.
    pub(super) fn text(&self) -> (String, Option<usize>) {
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
        && ["view", "xem", "support", "display", "hỗ trợ", "hiển thị", "enable", "client", "reader"].iter().any(|word| text.contains(word))
}
