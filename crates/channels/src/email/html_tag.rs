//! Tags and character references of HTML, read without a tree.

use std::borrow::Cow;

#[derive(Default)]
pub(super) struct Tag {
    pub name: String,
    pub closing: bool,
    pub void: bool,
    pub class: String,
    pub id: String,
    pub style: String,
    pub cite: bool,
    pub alt: String,
}

/// Reads a tag, comment or declaration at `<`. `None` when it is only a "less than".
pub(super) fn tag(html: &str) -> Option<(Option<Tag>, &str)> {
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
    let mut tag = Tag { name: html[start..name_end.min(start + 40)].to_ascii_lowercase(), closing, ..Tag::default() };
    tag.void = matches!(tag.name.as_str(), "br" | "hr" | "img" | "input" | "meta" | "link" | "wbr");
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
        while at < bytes.len() && !matches!(bytes[at], b'=' | b'>' | b'/') && !bytes[at].is_ascii_whitespace() {
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
                    let end = memchr::memchr(q, &bytes[at + 1..]).map_or(bytes.len(), |n| at + 1 + n);
                    (at + 1, end, (end + 1).min(bytes.len()))
                }
                _ => {
                    let end = bytes[at..].iter().position(|b| b.is_ascii_whitespace() || *b == b'>').map_or(bytes.len(), |n| at + n);
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

/// What follows the end of an element whose content is not text; `None` when it is never closed.
pub(super) fn skip_element<'a>(html: &'a str, name: &str) -> Option<&'a str> {
    let bytes = html.as_bytes();
    for at in memchr::memchr_iter(b'<', bytes) {
        let rest = &bytes[at + 1..];
        let closes = rest.first() == Some(&b'/') && rest.len() > name.len() && rest[1..=name.len()].eq_ignore_ascii_case(name.as_bytes());
        let body = name == "head" && rest.len() >= 4 && rest[..4].eq_ignore_ascii_case(b"body");
        if body {
            return Some(&html[at..]);
        }
        if closes {
            return Some(html[at..].find('>').map_or("", |n| &html[at + n + 1..]));
        }
    }
    None
}

/// Character references that mail uses, and all numeric ones.
pub(super) fn entities(text: &str) -> Cow<'_, str> {
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
