//! HTML of mail: to text for reading, and cleaned for a sandboxed frame.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Text made of HTML.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HtmlText {
    pub text: String,
    /// Octet where the first quoted region begins, when nothing of the sender's stands after it.
    pub cut: Option<usize>,
}

/// Converts in one pass without building a tree, so any nesting costs the same.
pub fn to_text(html: &str) -> HtmlText {
    let mut out = Writer::default();
    // Names of open elements since the quote that is being read; empty outside.
    let mut quote: Option<Quote> = None;
    let mut cut = None;
    let mut rest = html;
    while !rest.is_empty() {
        let Some(at) = memchr::memchr(b'<', rest.as_bytes()) else {
            out.words(rest);
            break;
        };
        out.words(&rest[..at]);
        rest = &rest[at..];
        let Some((tag, after)) = tag(rest) else {
            out.words("<");
            rest = &rest[1..];
            continue;
        };
        rest = after;
        let Some(tag) = tag else { continue };
        if !tag.closing
            && matches!(
                tag.name.as_str(),
                "script" | "style" | "title" | "template" | "noscript" | "head"
            )
        {
            // "head" may be left open; its closing or the body tag ends it.
            rest = skip_element(rest, &tag.name);
            continue;
        }
        if !tag.closing && cut.is_none() && out.has_text() {
            match quote_kind(&tag) {
                Some(kind) => {
                    out.newline(1);
                    cut = Some(out.text.len());
                    quote = Some(Quote {
                        name: tag.name.clone(),
                        depth: 1,
                        to_the_end: kind == Cut::ToTheEnd,
                    });
                    out.block(&tag);
                    continue;
                }
                None => {}
            }
        }
        if let Some(open) = &mut quote {
            if tag.name == open.name && !tag.void {
                if tag.closing {
                    open.depth = open.depth.saturating_sub(1);
                } else {
                    open.depth += 1;
                }
            }
            if open.depth == 0 && !open.to_the_end {
                quote = None;
                out.block(&tag);
                out.quote_end = Some(out.text.len());
                continue;
            }
        }
        out.block(&tag);
    }
    // The sender wrote on below the quote: do not cut there.
    if quote.is_none()
        && let Some(end) = out.quote_end
        && !out.text[end.min(out.text.len())..].trim().is_empty()
    {
        cut = None;
    }
    let text = out.text.trim_end().to_owned();
    HtmlText {
        cut: cut.map(|at| at.min(text.len())),
        text,
    }
}

struct Quote {
    name: String,
    depth: usize,
    to_the_end: bool,
}

#[derive(PartialEq, Eq)]
enum Cut {
    /// The element holds the quote.
    Element,
    /// The quote follows and nothing closes it.
    ToTheEnd,
}

/// The marks that mail programs put around what they quote.
fn quote_kind(tag: &Tag) -> Option<Cut> {
    let class = tag.class.as_str();
    let id = tag.id.as_str();
    let has = |name: &str| {
        class
            .split_ascii_whitespace()
            .any(|c| c == name || c.ends_with(&format!("_{name}")))
    };
    if tag.name == "div" && (has("gmail_quote") || has("yahoo_quoted") || has("zmail_extra"))
        || tag.name == "blockquote" && (tag.cite || has("gmail_quote"))
        || id.ends_with("mail-editor-reference-message-container")
    {
        return Some(Cut::Element);
    }
    if id.ends_with("divRplyFwdMsg")
        || id.ends_with("appendonsend")
        || tag.name == "div" && has("moz-cite-prefix")
    {
        return Some(Cut::ToTheEnd);
    }
    let style: String = tag.style.chars().filter(|c| !c.is_whitespace()).collect();
    let outlook = [
        "border-top:solid#e1e1e1",
        "border-top:solid#b5c4df",
        "border:none;border-top:solid",
    ];
    (tag.name == "div" && outlook.iter().any(|o| style.contains(o))).then_some(Cut::ToTheEnd)
}

#[derive(Default)]
struct Tag {
    name: String,
    closing: bool,
    void: bool,
    class: String,
    id: String,
    style: String,
    cite: bool,
    alt: String,
}

/// Reads a tag, comment or declaration at `<`. `None` when it is only a "less than".
fn tag(html: &str) -> Option<(Option<Tag>, &str)> {
    let bytes = html.as_bytes();
    if html.starts_with("<!--") {
        let end = html.find("-->").map_or(html.len(), |n| n + 3);
        return Some((None, &html[end..]));
    }
    let first = *bytes.get(1)?;
    if first == b'!' || first == b'?' {
        let end = html.find('>').map_or(html.len(), |n| n + 1);
        return Some((None, &html[end..]));
    }
    let closing = first == b'/';
    let start = 1 + usize::from(closing);
    if !bytes.get(start)?.is_ascii_alphabetic() {
        return None;
    }
    let name_end = bytes[start..]
        .iter()
        .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b':' | b'-' | b'_')))
        .map_or(html.len(), |n| start + n);
    let mut tag = Tag {
        name: html[start..name_end.min(start + 40)].to_ascii_lowercase(),
        closing,
        ..Tag::default()
    };
    tag.void = matches!(
        tag.name.as_str(),
        "br" | "hr" | "img" | "input" | "meta" | "link" | "wbr"
    );
    let mut at = name_end;
    loop {
        while at < bytes.len() && (bytes[at].is_ascii_whitespace() || bytes[at] == b'/') {
            at += 1;
        }
        if at >= bytes.len() {
            return Some((Some(tag), ""));
        }
        if bytes[at] == b'>' {
            return Some((Some(tag), &html[at + 1..]));
        }
        let name_start = at;
        while at < bytes.len()
            && !matches!(bytes[at], b'=' | b'>' | b'/')
            && !bytes[at].is_ascii_whitespace()
        {
            at += 1;
        }
        let attribute = &html[name_start..at];
        let mut value = "";
        while at < bytes.len() && bytes[at].is_ascii_whitespace() {
            at += 1;
        }
        if bytes.get(at) == Some(&b'=') {
            at += 1;
            while at < bytes.len() && bytes[at].is_ascii_whitespace() {
                at += 1;
            }
            let quote = bytes.get(at).copied();
            let (from, to, next) = match quote {
                Some(q @ (b'"' | b'\'')) => {
                    let end =
                        memchr::memchr(q, &bytes[at + 1..]).map_or(bytes.len(), |n| at + 1 + n);
                    (at + 1, end, (end + 1).min(bytes.len()))
                }
                _ => {
                    let end = bytes[at..]
                        .iter()
                        .position(|b| b.is_ascii_whitespace() || *b == b'>')
                        .map_or(bytes.len(), |n| at + n);
                    (at, end, end)
                }
            };
            value = html.get(from..to).unwrap_or_default();
            at = next;
        } else if at == name_start {
            at += 1;
            while !html.is_char_boundary(at) {
                at += 1;
            }
        }
        match attribute.to_ascii_lowercase().as_str() {
            "class" => tag.class = clip(value).to_ascii_lowercase(),
            "id" => tag.id = clip(value).to_owned(),
            "style" => tag.style = clip(value).to_ascii_lowercase(),
            "type" => tag.cite = value.eq_ignore_ascii_case("cite"),
            "alt" => tag.alt = clip(value).to_owned(),
            _ => {}
        }
    }
}

fn clip(value: &str) -> &str {
    let mut end = value.len().min(300);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    &value[..end]
}

/// What follows the end of an element whose content is not text.
fn skip_element<'a>(html: &'a str, name: &str) -> &'a str {
    let bytes = html.as_bytes();
    for at in memchr::memchr_iter(b'<', bytes) {
        let rest = &bytes[at + 1..];
        let closes = rest.first() == Some(&b'/')
            && rest.len() > name.len()
            && rest[1..=name.len()].eq_ignore_ascii_case(name.as_bytes());
        let body = name == "head" && rest.len() >= 4 && rest[..4].eq_ignore_ascii_case(b"body");
        if body {
            return &html[at..];
        }
        if closes {
            return html[at..].find('>').map_or("", |n| &html[at + n + 1..]);
        }
    }
    // Never closed: treat the tag as if it were not there rather than lose the mail.
    html
}

#[derive(Default)]
struct Writer {
    text: String,
    space: bool,
    preformatted: usize,
    lists: usize,
    quote_end: Option<usize>,
}

impl Writer {
    fn has_text(&self) -> bool {
        !self.text.trim().is_empty()
    }

    fn words(&mut self, raw: &str) {
        let text = entities(raw);
        for c in text.chars() {
            if self.preformatted > 0 && matches!(c, '\n' | ' ' | '\t') {
                self.text.push(c);
            } else if c.is_ascii_whitespace() {
                self.space = true;
            } else if c.is_control() {
            } else {
                if self.space && !self.text.is_empty() && !self.text.ends_with(['\n', ' ']) {
                    self.text.push(' ');
                }
                self.space = false;
                self.text.push(if c == '\u{a0}' { ' ' } else { c });
            }
        }
    }

    /// Ends the line; `blank` 2 leaves an empty one.
    fn newline(&mut self, breaks: usize) {
        self.space = false;
        while self.text.ends_with(' ') {
            self.text.pop();
        }
        if self.text.is_empty() {
            return;
        }
        let have = self.text.len() - self.text.trim_end_matches('\n').len();
        for _ in have..breaks {
            self.text.push('\n');
        }
    }

    fn block(&mut self, tag: &Tag) {
        match tag.name.as_str() {
            "br" => {
                self.space = false;
                while self.text.ends_with(' ') {
                    self.text.pop();
                }
                if !self.text.is_empty() {
                    self.text.push('\n');
                }
            }
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "blockquote" | "table" | "ul"
            | "ol" => {
                if matches!(tag.name.as_str(), "ul" | "ol") {
                    self.lists = if tag.closing {
                        self.lists.saturating_sub(1)
                    } else {
                        self.lists + 1
                    };
                }
                self.newline(2);
            }
            "div" | "tr" | "section" | "article" | "header" | "footer" | "address" | "dt"
            | "dd" | "body" | "center" => {
                self.newline(1);
            }
            "li" => {
                self.newline(1);
                if !tag.closing {
                    self.text.push_str("- ");
                }
            }
            "hr" if !tag.closing => {
                self.newline(1);
                self.text.push_str("________________________________\n");
            }
            "td" | "th" if tag.closing => self.space = true,
            "pre" => {
                self.newline(1);
                self.preformatted = if tag.closing {
                    self.preformatted.saturating_sub(1)
                } else {
                    self.preformatted + 1
                };
            }
            "img" if !tag.alt.is_empty() => {
                let alt = format!("[{}]", tag.alt);
                self.words(&alt);
            }
            _ => {}
        }
    }
}

/// Character references that mail uses, and all numeric ones.
fn entities(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.as_bytes().iter().take(12).position(|&b| b == b';');
        let decoded = end.and_then(|end| Some((entity(&rest[1..end])?, end + 1)));
        match decoded {
            Some((text, len)) => {
                out.push_str(&text);
                rest = &rest[len..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(super::charset::nfc(&out))
}

fn entity(name: &str) -> Option<String> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).map(String::from);
    }
    let known = match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        "nbsp" => "\u{a0}",
        "ndash" => "–",
        "mdash" => "—",
        "hellip" => "…",
        "lsquo" => "‘",
        "rsquo" => "’",
        "ldquo" => "“",
        "rdquo" => "”",
        "bull" => "•",
        "middot" => "·",
        "copy" => "©",
        "reg" => "®",
        "trade" => "™",
        "deg" => "°",
        "euro" => "€",
        "laquo" => "«",
        "raquo" => "»",
        "times" => "×",
        "zwnj" | "zwj" | "shy" => "",
        _ => return accented(name),
    };
    Some(known.to_owned())
}

/// `&agrave;` and its kind, which old editors write for Vietnamese letters.
fn accented(name: &str) -> Option<String> {
    let mut letters = name.chars();
    let base = letters.next().filter(char::is_ascii_alphabetic)?;
    let mark = match letters.as_str() {
        "grave" => '\u{300}',
        "acute" => '\u{301}',
        "circ" => '\u{302}',
        "tilde" => '\u{303}',
        "uml" => '\u{308}',
        "ring" => '\u{30a}',
        "cedil" => '\u{327}',
        _ => return None,
    };
    Some(super::charset::nfc(&format!("{base}{mark}")))
}

/// The charset of a `<meta>` near the top, for HTML that comes without a label.
pub(super) fn declared_charset(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(2048)]).to_ascii_lowercase();
    let after = &head[head.find("charset=")? + 8..];
    let label: String = after
        .trim_start_matches(['"', '\'', ' '])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect();
    (!label.is_empty()).then_some(label)
}

fn is_absolute(address: &str) -> bool {
    let scheme = address.trim().split(':').next().unwrap_or_default();
    ["http", "https", "mailto", "tel"]
        .iter()
        .any(|s| scheme.eq_ignore_ascii_case(s) && address.contains(':'))
}

/// Longest HTML that is cleaned, in octets; what is longer is shown as text.
pub const MAX_HTML: usize = 1024 * 1024;

/// HTML that is safe in a sandboxed frame: no script, form, frame or style sheet, no remote picture.
/// `inline` gives the address of the picture with that Content-ID. `None` when it is too long.
pub fn sanitise(
    html: &str,
    inline: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
) -> Option<String> {
    if html.len() > MAX_HTML {
        return None;
    }
    let mut cleaner = ammonia::Builder::default();
    cleaner
        .add_tags(["font", "center", "u", "big"])
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "title"])),
            ("img", HashSet::from(["src", "alt", "width", "height"])),
            (
                "td",
                HashSet::from(["colspan", "rowspan", "align", "valign"]),
            ),
            (
                "th",
                HashSet::from(["colspan", "rowspan", "align", "valign"]),
            ),
            ("ol", HashSet::from(["start", "type"])),
            ("blockquote", HashSet::new()),
        ]))
        .generic_attributes(HashSet::from(["dir", "lang", "title"]))
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel", "cid"]))
        .url_relative(ammonia::UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer nofollow"))
        .attribute_filter(
            move |element, attribute, value| match (element, attribute) {
                ("img", "src") => value
                    .strip_prefix("cid:")
                    .and_then(|id| inline(id.trim_matches(['<', '>'])))
                    .map(Cow::Owned),
                // Only whole addresses: a relative one would point into our own pages.
                ("a", "href") if !is_absolute(value) => None,
                _ => Some(Cow::Borrowed(value)),
            },
        );
    Some(cleaner.clean(html).to_string())
}
