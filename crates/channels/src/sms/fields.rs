//! Named values of a gateway's call, in whatever of its shapes they come.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use crate::json::{Object, milliseconds};
use crate::{Unreadable, json};

/// Values as they were sent, by their names in lower case; of two the first counts.
#[derive(Debug, Default)]
pub(super) struct Fields(BTreeMap<String, String>);

/// Fields that are looked at; no gateway sends half as many.
const MOST: usize = 100;

/// Longest id in octets, as everywhere.
const ID: usize = 255;

impl Fields {
    /// The part of an address after its `?`, or a form's body.
    pub(super) fn of_query(query: &str) -> Self {
        // The rules of forms are those of any address.
        let Ok(mut address) = reqwest::Url::parse("http://localhost/") else { return Self::default() };
        address.set_query(Some(query));
        Self::collect(address.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())))
    }

    /// # Errors
    /// The text is no JSON object.
    pub(super) fn of_json(body: &str) -> Result<Self, Unreadable> {
        let object = Object::read(body)?;
        let value = |name: &str| Some((name.to_owned(), object.text(name)?));
        Ok(Self::collect(object.names().filter_map(value)))
    }

    /// For a file that somebody kept: a line of a log with an address, a query, lines of `name=value`, or JSON.
    ///
    /// # Errors
    /// It begins as JSON and is none.
    pub(super) fn of_any(body: &[u8]) -> Result<Self, Unreadable> {
        let text = json::lossy(body);
        let text = text.trim();
        if text.starts_with('{') {
            return Self::of_json(text);
        }
        if text.lines().count() > 1 {
            let field = |line: &str| line.split_once('=').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
            return Ok(Self::collect(text.lines().filter_map(field)));
        }
        let query = text.split_once('?').map_or(text, |(_, query)| query);
        Ok(Self::of_query(query.rsplit_once(" HTTP/").map_or(query, |(query, _)| query)))
    }

    fn collect(fields: impl Iterator<Item = (String, String)>) -> Self {
        let mut known = BTreeMap::new();
        for (name, value) in fields.take(MOST) {
            known.entry(name.to_ascii_lowercase()).or_insert(value);
        }
        Self(known)
    }

    /// As it was sent; empty when it is missing.
    pub(super) fn raw(&self, name: &str) -> &str {
        self.0.get(name).map(String::as_str).unwrap_or_default()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A text that may be a key; `None` when there is none.
    pub(super) fn id(&self, name: &str) -> Option<String> {
        let value = self.raw(name).trim();
        (!value.is_empty() && value.len() <= ID && !value.contains(char::is_control)).then(|| value.to_owned())
    }

    /// A telephone number or short code, without plus.
    pub(super) fn number(&self, name: &str) -> String {
        self.id(name).map(|number| number.trim_start_matches('+').to_owned()).unwrap_or_default()
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|text| super::coding::tidy(text))
    }

    /// A time as `yyyyMMddHHmmss` in Viet Nam (UTC+7), or in seconds since 1970; in milliseconds since 1970.
    pub(super) fn time(&self, name: &str) -> Option<i64> {
        let written = self.raw(name).trim();
        let time = match written.len() {
            14 => {
                let local = DateTime::strptime("%Y%m%d%H%M%S", written).ok()?;
                TimeZone::fixed(Offset::constant(7)).to_timestamp(local).ok()?.as_millisecond()
            }
            _ => written.parse::<i64>().ok()?.checked_mul(1000)?,
        };
        milliseconds(Some(time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape() {
        let shapes = [
            "a=1&B=xin+ch%C3%A0o&a=2",
            "https://city.example/hooks/esms?a=1&b=xin%20ch%C3%A0o",
            "203.0.113.9 - GET /hooks?a=1&b=xin+ch%C3%A0o HTTP/1.1",
            "a=1\r\nb = xin chào\n\nc",
            r#"{"a":1,"b":"xin chào","c":[1]}"#,
        ];
        for shape in shapes {
            let fields = Fields::of_any(shape.as_bytes()).unwrap();
            assert_eq!((fields.raw("a"), fields.raw("b"), fields.has("c")), ("1", "xin chào", false), "{shape}");
        }
        assert!(Fields::of_any(b"{").is_err());
        assert!(!Fields::of_any(b"").unwrap().has(""));
    }

    #[test]
    fn times() {
        let time = |written| Fields::of_query(&format!("t={written}")).time("t");
        assert_eq!(time("20260923080910"), Some(1_790_125_750_000));
        assert_eq!(time("1790000000"), Some(1_790_000_000_000));
        assert_eq!([time("20261323080910"), time(""), time("99999999999999999"), time("-5")], [None; 4]);
    }
}
