//! HTML of mail: to text for reading, and cleaned for a sandboxed frame.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::html_tag::{Tag, entities, skip_element, tag};

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
    let mut unclosed: Vec<String> = Vec::new();
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
        if !tag.closing && matches!(tag.name.as_str(), "script" | "style" | "title" | "template" | "noscript" | "head") {
            // "head" may be left open; its closing or the body tag ends it.
            // Never closed: as if the tag were not there, rather than lose the mail; looked for once.
            if !unclosed.contains(&tag.name) {
                match skip_element(rest, &tag.name) {
                    Some(after) => rest = after,
                    None => unclosed.push(tag.name),
                }
            }
            continue;
        }
        if !tag.closing
            && cut.is_none()
            && out.has_text()
            && let Some(kind) = quote_kind(&tag)
        {
            out.newline(1);
            cut = Some(out.text.len());
            quote = Some(Quote { name: tag.name.clone(), depth: 1, to_the_end: kind == Cut::ToTheEnd });
            out.block(&tag);
            continue;
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
    HtmlText { cut: cut.map(|at| at.min(text.len())), text }
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
    let has = |name: &str| class.split_ascii_whitespace().any(|c| c == name || c.ends_with(&format!("_{name}")));
    if tag.name == "div" && (has("gmail_quote") || has("yahoo_quoted") || has("zmail_extra"))
        || tag.name == "blockquote" && (tag.cite || has("gmail_quote"))
        || id.ends_with("mail-editor-reference-message-container")
    {
        return Some(Cut::Element);
    }
    if id.ends_with("divRplyFwdMsg") || id.ends_with("appendonsend") || tag.name == "div" && has("moz-cite-prefix") {
        return Some(Cut::ToTheEnd);
    }
    let style: String = tag.style.chars().filter(|c| !c.is_whitespace()).collect();
    let outlook = ["border-top:solid#e1e1e1", "border-top:solid#b5c4df", "border:none;border-top:solid"];
    (tag.name == "div" && outlook.iter().any(|o| style.contains(o))).then_some(Cut::ToTheEnd)
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
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "blockquote" | "table" | "ul" | "ol" => {
                if matches!(tag.name.as_str(), "ul" | "ol") {
                    self.lists = if tag.closing { self.lists.saturating_sub(1) } else { self.lists + 1 };
                }
                self.newline(2);
            }
            "div" | "tr" | "section" | "article" | "header" | "footer" | "address" | "dt" | "dd" | "body" | "center" => {
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
                self.preformatted = if tag.closing { self.preformatted.saturating_sub(1) } else { self.preformatted + 1 };
            }
            "img" if !tag.alt.is_empty() => {
                let alt = format!("[{}]", tag.alt);
                self.words(&alt);
            }
            _ => {}
        }
    }
}

/// The charset of a `<meta>` near the top, for HTML that comes without a label.
pub(super) fn declared_charset(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(2048)]).to_ascii_lowercase();
    let after = &head[head.find("charset=")? + 8..];
    let label: String =
        after.trim_start_matches(['"', '\'', ' ']).chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    (!label.is_empty()).then_some(label)
}

fn is_absolute(address: &str) -> bool {
    let scheme = address.trim().split(':').next().unwrap_or_default();
    ["http", "https", "mailto", "tel"].iter().any(|s| scheme.eq_ignore_ascii_case(s) && address.contains(':'))
}

/// Longest HTML that is cleaned, in octets; what is longer is shown as text.
pub const MAX_HTML: usize = 1024 * 1024;

/// HTML that is safe in a sandboxed frame: no script, form, frame or style sheet, no remote picture.
/// `inline` gives the address of the picture with that Content-ID. `None` when it is too long.
pub fn sanitise(html: &str, inline: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Option<String> {
    if html.len() > MAX_HTML {
        return None;
    }
    let mut cleaner = ammonia::Builder::default();
    cleaner
        .add_tags(["font", "center", "u", "big"])
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "title"])),
            ("img", HashSet::from(["src", "alt", "width", "height"])),
            ("td", HashSet::from(["colspan", "rowspan", "align", "valign"])),
            ("th", HashSet::from(["colspan", "rowspan", "align", "valign"])),
            ("ol", HashSet::from(["start", "type"])),
            ("blockquote", HashSet::new()),
        ]))
        .generic_attributes(HashSet::from(["dir", "lang", "title"]))
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel", "cid"]))
        .url_relative(ammonia::UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer nofollow"))
        .attribute_filter(move |element, attribute, value| match (element, attribute) {
            ("img", "src") => value.strip_prefix("cid:").and_then(|id| inline(id.trim_matches(['<', '>']))).map(Cow::Owned),
            // Only whole addresses: a relative one would point into our own pages.
            ("a", "href") if !is_absolute(value) => None,
            _ => Some(Cow::Borrowed(value)),
        });
    Some(cleaner.clean(html).to_string())
}
