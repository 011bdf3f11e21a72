//! Names and values out of whatever an exchange sent, in one flat list.

use std::borrow::Cow;

use crate::Unreadable;
use crate::email::charset::nfc;
use crate::json::{self, Object};

/// Fields that are looked at; no exchange sends a quarter of them.
const FIELDS: usize = 256;

/// Objects within objects that are looked into.
const DEPTH: usize = 4;

/// Longest value in octets; longer ones are cut.
const LENGTH: usize = 4096;

/// The name under which the last part of a web address stands.
pub(super) const PATH: &str = "@path";

#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// # Errors
    /// There is no field in it.
    pub(super) fn read(octets: &[u8]) -> Result<Self, Unreadable> {
        let text = json::lossy(octets);
        let text = text.trim_start_matches('\u{feff}').trim();
        let mut fields = Fields::default();
        if text.starts_with('{') {
            fields.flatten(&Object::read(text)?, "", 0);
        } else if text.starts_with("--") {
            fields.parts(text);
        } else if let Some((path, query)) = address(text) {
            let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            fields.add(PATH, last);
            fields.pairs(query, '&', true);
        } else {
            let by_line = text.contains('\n');
            fields.pairs(text, if by_line { '\n' } else { '&' }, !by_line);
        }
        if fields.0.iter().all(|(name, _)| name == PATH) {
            return Err(Unreadable("there is no JSON object, form or query in it".into()));
        }
        Ok(fields)
    }

    /// The first value under a name, without blanks around it.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Every value under a name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// A value that is nothing but blanks is none.
    fn add(&mut self, name: &str, value: &str) {
        let end = value.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= LENGTH).last().unwrap_or(0);
        let value: String = value[..end].trim().chars().filter(|c| !c.is_control()).collect();
        if self.0.len() < FIELDS && !value.is_empty() {
            self.0.push((name.to_owned(), nfc(&value)));
        }
    }

    fn flatten(&mut self, object: &Object<'_>, prefix: &str, depth: usize) {
        for name in object.names() {
            let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
            if let Some(text) = object.text(name) {
                self.add(&path, &text);
            } else if object.is_true(name) {
                self.add(&path, "true");
            } else {
                for text in object.texts(name).iter().take(8) {
                    self.add(&path, text);
                }
                if depth < DEPTH && self.0.len() < FIELDS {
                    self.flatten(&object.object(name), &path, depth + 1);
                }
            }
        }
    }

    /// `a=1&b=2`, or one pair a line. A list's name ends with `[]`.
    fn pairs(&mut self, text: &str, between: char, plus_is_blank: bool) {
        for pair in text.split(between).take(FIELDS) {
            let Some((name, value)) = pair.split_once('=') else { continue };
            let name = decoded(name.trim(), plus_is_blank);
            // A form written down by hand has its addresses as they are.
            let as_is = !plus_is_blank && (value.trim().starts_with("http://") || value.trim().starts_with("https://"));
            let value = if as_is { Cow::Borrowed(value) } else { decoded(value, plus_is_blank) };
            self.add(name.trim_end_matches("[]"), &value);
        }
    }

    /// The texts of a `multipart/form-data` body (RFC 7578); its boundary is its own first line.
    fn parts(&mut self, text: &str) {
        let boundary = text.lines().next().unwrap_or_default().trim_end();
        if boundary.len() < 3 {
            return;
        }
        for part in text.split(boundary).skip(1).take(FIELDS) {
            let part = part.trim_start_matches(['\r', '\n']);
            let Some((head, value)) = part.split_once("\r\n\r\n").or_else(|| part.split_once("\n\n")) else { continue };
            let Some((_, name)) = head.split_once("name=\"") else { continue };
            let name = name.split('"').next().unwrap_or_default();
            self.add(name.trim_end_matches("[]"), value);
        }
    }
}

/// Path and query, if the text is a web address, the target of a request, or its first line.
fn address(text: &str) -> Option<(&str, &str)> {
    let line = text.lines().next()?.trim();
    let line = line.strip_prefix("GET ").or_else(|| line.strip_prefix("POST ")).unwrap_or(line);
    let line = line.rsplit_once(" HTTP/").map_or(line, |(line, _)| line);
    let looks = line.starts_with('/') || line.starts_with("http://") || line.starts_with("https://") || line.starts_with('?');
    let (path, query) = line.split_once('?')?;
    (looks || !path.contains(['=', '&'])).then_some((path, query.split('#').next().unwrap_or_default()))
}

/// Percent-decoding that leaves alone what is none.
fn decoded(text: &str, plus_is_blank: bool) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let octets = text.as_bytes();
    let mut out = Vec::with_capacity(octets.len());
    let mut at = 0;
    while let Some(octet) = octets.get(at) {
        let hex = octets.get(at + 1..at + 3).and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        match (octet, hex) {
            (b'%', Some(value)) => {
                out.push(value);
                at += 2;
            }
            (b'+', _) if plus_is_blank => out.push(b' '),
            _ => out.push(*octet),
        }
        at += 1;
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}
