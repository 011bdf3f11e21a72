//! The tree of parts, found in one pass over the octets whatever their shape.
//!
//! Nothing here recurses and nothing is copied but header fields under a cap: a message of 10,000
//! levels, 100,000 parts or a million fields costs one scan.

use std::ops::Range;

use memchr::{memchr, memmem};

use super::encoding::Transfer;
use super::header::{Fields, MAX_VALUE, Parameterised, parameterised, unfold};

/// Deepest nesting that is opened; deeper multiparts stay one opaque part.
pub(super) const MAX_DEPTH: usize = 20;
pub(super) const MAX_PARTS: usize = 200;
/// 25 MB of content grown by base64; what lies beyond is not looked at.
pub(super) const MAX_SIZE: usize = 25 * 1024 * 1024 / 100 * 137;
const MAX_FIELDS: usize = 1000;
const MAX_HEADER_BYTES: usize = 128 * 1024;
/// Lines starting with `--` that are compared with the open boundaries.
const MAX_DELIMITER_LINES: usize = 200_000;

#[derive(Debug)]
pub(super) struct Part {
    pub fields: Fields,
    pub content_type: Parameterised,
    pub disposition: Parameterised,
    pub transfer: Transfer,
    pub body: Range<usize>,
    pub children: Vec<usize>,
    pub multipart: bool,
}

#[derive(Debug)]
pub(super) struct Tree {
    /// The message itself is part 0.
    pub parts: Vec<Part>,
    pub truncated: bool,
}

struct Open {
    boundary: Vec<u8>,
    part: usize,
}

struct Delimiter {
    /// Where the body before it ends.
    end: usize,
    /// Where the line after it starts.
    next: usize,
    /// Index in the stack of open multiparts.
    level: usize,
    closing: bool,
}

struct Scan<'a> {
    raw: &'a [u8],
    open: Vec<Open>,
    compared: usize,
}

pub(super) fn tree(whole: &[u8]) -> Tree {
    let raw = &whole[..whole.len().min(MAX_SIZE)];
    let mut scan = Scan { raw, open: Vec::new(), compared: 0 };
    let mut parts: Vec<Part> = Vec::new();
    let mut truncated = raw.len() < whole.len();
    // A saved mailbox file starts with an envelope line.
    let mut at = 0;
    if raw.starts_with(b"From ") {
        at = line_end(raw, 0);
    }
    loop {
        if parts.len() >= MAX_PARTS {
            truncated = true;
            break;
        }
        let digest = scan.open.last().is_some_and(|open| parts[open.part].content_type.value == "multipart/digest");
        let (fields, body, cut) = scan.fields(at);
        truncated |= cut;
        let mut part = part(fields, digest);
        part.body = body..raw.len();
        let index = parts.len();
        if let Some(open) = scan.open.last() {
            parts[open.part].children.push(index);
        }
        let mut opened = false;
        if part.content_type.value.starts_with("multipart/") {
            if scan.open.len() >= MAX_DEPTH {
                truncated = true;
            } else if let Some(boundary) = boundary(&part, raw, body) {
                scan.open.push(Open { boundary, part: index });
                opened = true;
            }
        }
        part.multipart = opened;
        parts.push(part);
        // The next delimiter ends this part; after a closing one the search goes on in the epilogue.
        let mut from = body;
        let mut leaf = if opened { None } else { Some(index) };
        let started = loop {
            let Some(delimiter) = scan.delimiter(from) else {
                truncated |= scan.compared >= MAX_DELIMITER_LINES;
                break None;
            };
            if let Some(leaf) = leaf.take() {
                parts[leaf].body.end = delimiter.end.max(body);
            }
            for closed in scan.open.drain(delimiter.level + 1..) {
                parts[closed.part].body.end = delimiter.end.max(parts[closed.part].body.start);
            }
            if delimiter.closing {
                if let Some(closed) = scan.open.pop() {
                    parts[closed.part].body.end = delimiter.end.max(parts[closed.part].body.start);
                }
                from = delimiter.next;
                if scan.open.is_empty() {
                    break None;
                }
            } else {
                break Some(delimiter.next);
            }
        };
        match started {
            Some(next) if next < raw.len() => at = next,
            _ => break,
        }
    }
    // A multipart whose boundary never came is read as what it most likely is: text.
    for part in &mut parts {
        if part.multipart && part.children.is_empty() {
            part.multipart = false;
        }
    }
    Tree { parts, truncated }
}

fn part(fields: Fields, digest: bool) -> Part {
    let declared = fields.get("content-type").map(parameterised);
    let mut content_type = declared.unwrap_or_default();
    if !content_type.value.contains('/') {
        // "text" alone is what some old agents write.
        content_type.value = if digest { "message/rfc822" } else { "text/plain" }.to_owned();
    }
    Part {
        content_type,
        disposition: fields.get("content-disposition").map(parameterised).unwrap_or_default(),
        transfer: fields.get("content-transfer-encoding").map_or(Transfer::Plain, Transfer::named),
        fields,
        body: 0..0,
        children: Vec::new(),
        multipart: false,
    }
}

/// The declared boundary; when it is missing, the first line that looks like one.
fn boundary(part: &Part, raw: &[u8], body: usize) -> Option<Vec<u8>> {
    let declared = part.content_type.get("boundary").map(|b| b.trim_end().as_bytes().to_vec()).filter(|b| !b.is_empty() && b.len() <= 500);
    if declared.is_some() {
        return declared;
    }
    let mut at = body;
    for _ in 0..50 {
        let end = line_end(raw, at);
        let line = raw[at..end].trim_ascii_end();
        if line.len() > 4 && line.starts_with(b"--") && !line.contains(&b' ') {
            return Some(line[2..].to_vec());
        }
        if end >= raw.len() {
            break;
        }
        at = end;
    }
    None
}

/// Index after the LF that ends the line at `at`.
fn line_end(raw: &[u8], at: usize) -> usize {
    memchr(b'\n', &raw[at..]).map_or(raw.len(), |n| at + n + 1)
}

impl Scan<'_> {
    /// Reads fields from `at`: the fields, where the body starts, whether some were left out.
    fn fields(&mut self, at: usize) -> (Fields, usize, bool) {
        let mut fields = Fields::default();
        let (mut at, mut kept, mut cut) = (at, 0usize, false);
        while at < self.raw.len() {
            let first_end = line_end(self.raw, at);
            let line = &self.raw[at..first_end];
            if line.trim_ascii_end().is_empty() && !matches!(line[0], b' ' | b'\t') {
                return (fields, first_end, cut);
            }
            if line.starts_with(b"--") && self.matches(at).is_some() {
                return (fields, at, cut);
            }
            let mut end = first_end;
            while end < self.raw.len() && matches!(self.raw[end], b' ' | b'\t') {
                end = line_end(self.raw, end);
            }
            let name_end = memchr(b':', &line[..line.len().min(200)]);
            match name_end {
                Some(colon) if is_name(line[..colon].trim_ascii_end()) => {
                    let value = &self.raw[at + colon + 1..end];
                    kept += colon + value.len().min(MAX_VALUE);
                    if fields.0.len() < MAX_FIELDS && kept <= MAX_HEADER_BYTES {
                        cut |= value.len() > MAX_VALUE;
                        let name = String::from_utf8_lossy(line[..colon].trim_ascii_end());
                        fields.0.push((name.to_ascii_lowercase(), unfold(value)));
                    } else {
                        cut = true;
                    }
                }
                // A line that is no field: the blank line is missing and the body starts here,
                // unless it is junk between fields.
                _ if !fields.0.is_empty() && !self.field_follows(end) => return (fields, at, cut),
                _ if fields.0.is_empty() && !line[0].is_ascii_whitespace() => {
                    return (fields, at, cut);
                }
                _ => {}
            }
            at = end;
        }
        (fields, self.raw.len(), cut)
    }

    fn field_follows(&self, at: usize) -> bool {
        let line = &self.raw[at..line_end(self.raw, at)];
        memchr(b':', &line[..line.len().min(80)]).is_some_and(|colon| colon > 0 && is_name(&line[..colon]))
    }

    /// The next line from `from` that is a delimiter of an open multipart.
    fn delimiter(&mut self, from: usize) -> Option<Delimiter> {
        if self.open.is_empty() {
            return None;
        }
        let mut at = from;
        let start_of_line = from == 0 || self.raw.get(from - 1) == Some(&b'\n');
        if start_of_line
            && self.raw[from..].starts_with(b"--")
            && let Some(found) = self.matches(from)
        {
            return Some(found);
        }
        let finder = memmem::Finder::new(b"\n--");
        while self.compared < MAX_DELIMITER_LINES {
            at += finder.find(&self.raw[at..])? + 1;
            if let Some(found) = self.matches(at) {
                return Some(found);
            }
        }
        None
    }

    /// Compares the line at `at` with the open boundaries, innermost first.
    fn matches(&mut self, at: usize) -> Option<Delimiter> {
        self.compared += 1;
        let rest = &self.raw[at + 2..];
        let (level, after) = self.open.iter().enumerate().rev().find_map(|(level, open)| {
            let after = rest.strip_prefix(open.boundary.as_slice())?;
            let shown = &after[..after.len().min(200)];
            let line = &shown[..memchr(b'\n', shown).unwrap_or(shown.len())];
            // "b1" must not match "b10"; junk after the closing "--" is tolerated.
            (after.starts_with(b"--") || line.trim_ascii().is_empty()).then_some((level, after))
        })?;
        let mut end = at;
        if end > 0 && self.raw[end - 1] == b'\n' {
            end -= 1;
            if end > 0 && self.raw[end - 1] == b'\r' {
                end -= 1;
            }
        }
        Some(Delimiter { end, next: line_end(self.raw, at), level, closing: after.starts_with(b"--") })
    }
}

fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|&b| b > b' ' && b < 0x7f)
}
