//! Header fields: unfolding, encoded words (RFC 2047), parameters (RFC 2231), addresses, ids, dates.

use jiff::Timestamp;
use mail_parser::{DateTime, HeaderValue, parsers::MessageStream};

use super::charset;
use super::encoding::{base64, hex, quoted_printable};

/// Longest field value that is read, in octets; the rest of a longer one is left out.
pub const MAX_VALUE: usize = 16 * 1024;
/// Most addresses or ids taken from one field.
const MAX_LIST: usize = 200;

/// The fields of one message or part in their order: lower-case name, unfolded UTF-8 value that may
/// still hold encoded words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(pub(super) Vec<(String, String)>);

impl Fields {
    /// First field of that lower-case name, not decoded.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// First field of that name as readable text.
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(decode_words)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }
}

/// A raw value (with folds and any octets) as one line of UTF-8.
pub(super) fn unfold(raw: &[u8]) -> String {
    let raw = &raw[..raw.len().min(MAX_VALUE)];
    let mut line = Vec::with_capacity(raw.len());
    for &b in raw {
        match b {
            b'\r' | b'\n' => {}
            0 => line.push(b' '),
            b => line.push(b),
        }
    }
    // Cutting at the limit may have split a letter: the guess then still reads the rest.
    charset::decode(&line, Some("utf-8")).text.trim().to_owned()
}

struct Word<'a> {
    charset: &'a str,
    octets: Vec<u8>,
    len: usize,
}

/// Reads `=?charset?B|Q?data?=` at the start of `text`.
fn encoded_word(text: &str) -> Option<Word<'_>> {
    let rest = text.strip_prefix("=?")?;
    let (charset, rest) = rest.split_once('?')?;
    if charset.is_empty() || charset.len() > 60 || charset.contains(char::is_whitespace) {
        return None;
    }
    let (kind, rest) = rest.split_once('?')?;
    let end = match kind {
        // "?=" may not occur inside B; inside Q a raw "?" is illegal but occurs.
        "B" | "b" | "Q" | "q" => rest.find("?=")?,
        _ => return None,
    };
    let data = &rest.as_bytes()[..end];
    let octets = if kind.eq_ignore_ascii_case("b") { base64(data) } else { quoted_printable(data, true) };
    Some(Word {
        // RFC 2231 allows a language after the charset.
        charset: charset.split('*').next().unwrap_or(charset),
        octets,
        len: text.len() - rest.len() + end + 2,
    })
}

/// Replaces each run of encoded words through `emit`; white space between two of them vanishes and
/// octets of neighbours in one charset are joined before decoding.
fn replace_words(text: &str, mut emit: impl FnMut(&str) -> String) -> String {
    if !text.contains("=?") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("=?") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let mut decoded = String::new();
        let mut run: Option<(String, Vec<u8>)> = None;
        let mut any = false;
        while let Some(word) = encoded_word(rest) {
            any = true;
            match &mut run {
                Some((charset, octets)) if charset.eq_ignore_ascii_case(word.charset) => {
                    octets.extend_from_slice(&word.octets);
                }
                _ => {
                    if let Some((charset, octets)) = run.take() {
                        decoded.push_str(&charset::decode(&octets, Some(&charset)).text);
                    }
                    run = Some((word.charset.to_owned(), word.octets));
                }
            }
            rest = &rest[word.len..];
            let after = rest.trim_start();
            if after.starts_with("=?") && encoded_word(after).is_some() {
                rest = after;
            } else {
                break;
            }
        }
        if let Some((charset, octets)) = run {
            decoded.push_str(&charset::decode(&octets, Some(&charset)).text);
        }
        if any {
            out.push_str(&emit(&decoded));
        } else {
            out.push_str("=?");
            rest = &rest[2..];
        }
    }
    out.push_str(rest);
    out
}

/// Readable text of a value: encoded words decoded, NFC, control characters gone.
pub fn decode_words(value: &str) -> String {
    let text = replace_words(value, str::to_owned);
    charset::nfc(&text).chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// One address with the name beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mailbox {
    pub name: Option<String>,
    /// Lower case; empty when the field has only a name.
    pub address: String,
}

/// All addresses of a field, groups opened.
pub fn addresses(value: &str) -> Vec<Mailbox> {
    // Each run of words becomes one UTF-8 word, so that decoded commas and angle brackets are never
    // read as address syntax.
    let mut line = replace_words(value, |text| {
        format!("=?utf-8?B?{}?=", {
            use base64::Engine;
            base64::engine::general_purpose::STANDARD.encode(text)
        })
    });
    line.push('\n');
    let mut stream = MessageStream::new(line.as_bytes());
    let HeaderValue::Address(parsed) = stream.parse_address() else {
        return Vec::new();
    };
    parsed
        .iter()
        .take(MAX_LIST)
        .map(|addr| Mailbox {
            name: addr.name.as_deref().map(|n| clean_name(&decode_words(n))).filter(|n| !n.is_empty()),
            address: addr.address.as_deref().map(clean_address).unwrap_or_default(),
        })
        .filter(|m| m.name.is_some() || !m.address.is_empty())
        .collect()
}

/// Strips what can deceive the eye in a name: direction marks and other invisible format characters.
fn clean_name(name: &str) -> String {
    name.chars().filter(|&c| !super::name::is_invisible(c)).take(200).collect::<String>().trim().to_owned()
}

fn clean_address(address: &str) -> String {
    address
        .chars()
        .filter(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | '"'))
        .take(320)
        .collect::<String>()
        .to_lowercase()
}

/// Message ids without angle brackets. Comments, missing brackets and several ids are tolerated.
pub fn message_ids(value: &str) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let mut add = |id: &str| {
        let id: String = id.chars().filter(|c| !c.is_whitespace()).take(998).collect();
        if !id.is_empty() && ids.len() < MAX_LIST && !ids.contains(&id) {
            ids.push(id);
        }
    };
    if value.contains('<') {
        for piece in value.split('<').skip(1) {
            add(piece.split('>').next().unwrap_or_default());
        }
    } else {
        for word in value.split(|c: char| c.is_whitespace() || c == ',' || c == ';') {
            let word = word.trim_matches(|c| matches!(c, '(' | ')' | '"' | '\'' | '>'));
            if word.contains('@') {
                add(word);
            }
        }
        // A lone id without "@" is still an id; a sentence is not.
        let lone = value.trim();
        if !lone.contains('@') && !lone.contains(char::is_whitespace) {
            add(lone);
        }
    }
    ids
}

/// A date as written in `Date` or after the last `;` of `Received`.
pub fn date(value: &str) -> Option<Timestamp> {
    let parsed = DateTime::parse_rfc822(value.trim())?;
    if !(1990..=2200).contains(&parsed.year) || !parsed.is_valid() {
        return None;
    }
    Timestamp::from_second(parsed.to_timestamp()).ok()
}

/// A value with parameters: `Content-Type` and `Content-Disposition`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameterised {
    /// Lower case, without parameters.
    pub value: String,
    params: Vec<(String, String)>,
}

impl Parameterised {
    /// Parameter by lower-case name, decoded.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// Reads `value; a=b; c*0*=utf-8''d; c*1=e`.
pub fn parameterised(raw: &str) -> Parameterised {
    let mut pieces = split_params(raw).into_iter();
    let value = pieces.next().unwrap_or_default().chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    let mut out = Parameterised { value, params: Vec::new() };
    // (name, index, octets are percent-coded, text)
    let mut sections: Vec<(String, u32, bool, String)> = Vec::new();
    for piece in pieces.take(100) {
        let Some((name, text)) = piece.split_once('=') else {
            continue;
        };
        let name = name.trim().to_ascii_lowercase();
        let text = unquote(text.trim());
        let Some((base, mark)) = name.split_once('*') else {
            if !out.params.iter().any(|(n, _)| *n == name) {
                out.params.push((name, decode_words(&text)));
            }
            continue;
        };
        let (index, coded) = match mark.strip_suffix('*') {
            Some(index) => (index, true),
            None => (mark, mark.is_empty()),
        };
        let index = if mark.is_empty() { Some(0) } else { index.parse().ok() };
        if let Some(index) = index {
            sections.push((base.to_owned(), index, coded, text));
        }
    }
    sections.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    for run in sections.chunk_by(|a, b| a.0 == b.0) {
        let mut charset = None;
        let mut octets = Vec::new();
        for (position, (_, _, coded, text)) in run.iter().enumerate() {
            let mut text = text.as_str();
            if *coded && position == 0 {
                let mut quotes = text.splitn(3, '\'');
                if let (Some(label), Some(_), Some(rest)) = (quotes.next(), quotes.next(), quotes.next()) {
                    charset = Some(label.to_owned()).filter(|l| !l.is_empty());
                    text = rest;
                }
            }
            if *coded {
                percent(text.as_bytes(), &mut octets);
            } else {
                octets.extend_from_slice(text.as_bytes());
            }
        }
        let text = charset::decode(&octets, charset.as_deref()).text;
        // The extended form wins over the plain one (RFC 6266 says so, mail agents do too).
        out.params.retain(|(n, _)| *n != run[0].0);
        out.params.push((run[0].0.clone(), text));
    }
    out
}

/// Splits at semicolons outside quotes.
fn split_params(raw: &str) -> Vec<&str> {
    let (mut quoted, mut escaped, mut start) = (false, false, 0);
    let mut pieces = Vec::new();
    for (at, c) in raw.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ';' if !quoted => {
                pieces.push(&raw[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(&raw[start..]);
    pieces
}

fn unquote(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"') else {
        // Comments may follow a bare token.
        return text.split(" (").next().unwrap_or(text).trim().to_owned();
    };
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            // A path written by Windows has backslashes that escape nothing.
            '\\' => match chars.next() {
                Some(next @ ('"' | '\\')) => out.push(next),
                Some(next) => {
                    out.push('\\');
                    out.push(next);
                }
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}

fn percent(text: &[u8], out: &mut Vec<u8>) {
    let mut i = 0;
    while i < text.len() {
        if text[i] == b'%'
            && let (Some(&high), Some(&low)) = (text.get(i + 1), text.get(i + 2))
            && let (Some(h), Some(l)) = (hex(high), hex(low))
        {
            out.push(h << 4 | l);
            i += 3;
        } else {
            out.push(text[i]);
            i += 1;
        }
    }
}
