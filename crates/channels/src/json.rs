//! Reads a vendor's JSON member by member.
//!
//! Only what is asked for is unpacked: everything else is skipped without recursion and without memory, so a hostile body
//! costs about its own length, however deep or wide it is. A member of another type than expected is as good as absent. Of
//! a name that stands twice the last one counts.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::Unreadable;
use crate::email::charset::nfc;

/// Members of one object that are looked at; no vendor has objects half as wide.
const MEMBERS: usize = 256;

/// Items of one list that are looked at.
const ITEMS: usize = 1000;

/// Longest id in octets: longer ones could not be put into an index.
const ID: usize = 255;

/// The body as text; octets that are no UTF-8 become U+FFFD.
pub(crate) fn lossy(body: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(body)
}

/// One JSON object whose members are not unpacked yet.
#[derive(Debug, Default)]
pub(crate) struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Object<'a> {
    /// # Errors
    /// The text is no JSON, or no object. The reason quotes nothing of the text: it may be personal.
    pub(crate) fn read(text: &'a str) -> Result<Self, Unreadable> {
        serde_json::from_str(text).map_err(|error| {
            let what = if error.is_data() { "no JSON object" } else { "no JSON" };
            Unreadable(format!("{what} (line {}, column {})", error.line(), error.column()))
        })
    }

    fn member(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| *value).filter(|value| value.get() != "null")
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.member(name).is_some()
    }

    /// Names of the members, in their order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }

    /// A string, or a number as it is written; NFC, without NUL, which no database stores. `None` when nothing is left.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        text(self.member(name)?)
    }

    /// A text that may be a key.
    pub(crate) fn id(&self, name: &str) -> Option<String> {
        id(self.member(name)?)
    }

    /// A whole number, or a string that is one.
    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.text(name)?.trim().parse().ok()
    }

    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.member(name).is_some_and(|value| value.get() == "true")
    }

    /// An object; an empty one when there is none.
    pub(crate) fn object(&self, name: &str) -> Object<'a> {
        self.member(name).and_then(object).unwrap_or_default()
    }

    /// The objects of a list.
    pub(crate) fn objects(&self, name: &str) -> Vec<Object<'a>> {
        self.list(name).iter().filter_map(|item| object(item)).collect()
    }

    /// The ids of a list.
    pub(crate) fn ids(&self, name: &str) -> Vec<String> {
        self.list(name).iter().filter_map(|item| id(item)).collect()
    }

    /// The texts of a list.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        self.list(name).iter().filter_map(|item| text(item)).collect()
    }

    /// Gives every item of a list to `take`, one after the other: for the lists of a delivery, of which nothing may be lost.
    /// Says whether there is such a list.
    pub(crate) fn each(&self, name: &str, take: impl FnMut(&'a RawValue)) -> bool {
        self.member(name).is_some_and(|list| serde_json::Deserializer::from_str(list.get()).deserialize_seq(Each(take)).is_ok())
    }

    /// The items of a list as they are written.
    pub(crate) fn list(&self, name: &str) -> Vec<&'a RawValue> {
        self.member(name).and_then(|value| serde_json::from_str::<List>(value.get()).ok()).unwrap_or_default().0
    }
}

/// `None` for a value of another type, without the cost of an error: a flood of them is cheap.
pub(crate) fn object(value: &RawValue) -> Option<Object<'_>> {
    value.get().starts_with('{').then(|| serde_json::from_str(value.get()).ok())?
}

fn text(value: &RawValue) -> Option<String> {
    let written = value.get();
    let text = match written.as_bytes().first()? {
        b'"' => {
            // Read as octets, because a lone surrogate is no text: it becomes U+FFFD and the rest is kept.
            let octets = Octets::deserialize(&mut serde_json::Deserializer::from_str(written)).ok()?;
            let text = nfc(&String::from_utf8_lossy(&octets.0));
            if text.contains('\0') { text.replace('\0', "") } else { text }
        }
        b'-' | b'0'..=b'9' => written.to_owned(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn id(value: &RawValue) -> Option<String> {
    let text = text(value)?;
    let text = text.trim();
    (!text.is_empty() && text.len() <= ID && !text.contains(char::is_control)).then(|| text.to_owned())
}

/// Reads milliseconds of a vendor's clock; what lies outside the years 1970 to 9999 is no time.
pub(crate) fn milliseconds(value: Option<i64>) -> Option<i64> {
    value.filter(|ms| (0..=253_402_300_799_999).contains(ms))
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut members = Vec::new();
                while members.len() < MEMBERS {
                    let Some(Name(name)) = map.next_key()? else { return Ok(Object(members)) };
                    members.push((name, map.next_value()?));
                }
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

#[derive(Default)]
struct List<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for List<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items;
        impl<'de> Visitor<'de> for Items {
            type Value = List<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<'de>, A::Error> {
                let mut items = Vec::new();
                while items.len() < ITEMS {
                    let Some(item) = seq.next_element()? else { return Ok(List(items)) };
                    items.push(item);
                }
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(List(items))
            }
        }
        deserializer.deserialize_seq(Items)
    }
}

struct Each<F>(F);

impl<'de, F: FnMut(&'de RawValue)> Visitor<'de> for Each<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while let Some(item) = seq.next_element()? {
            (self.0)(item);
        }
        Ok(())
    }
}

struct Octets(Vec<u8>);

impl<'de> Deserialize<'de> for Octets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Content;
        impl Visitor<'_> for Content {
            type Value = Octets;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_bytes<E>(self, octets: &[u8]) -> Result<Octets, E> {
                Ok(Octets(octets.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_read_as_asked() {
        let text = r#"{"s":"Nguye\u0302\u0303n","n":1234567890123456789012,"f":1e400,"b":true,"e":"","z":null,
            "o":{"a":1},"l":[{"a":2},3,"4",[5]],"nul":"a\u0000b","lone":"a\ud800b","s":"Nguyễn"}"#;
        let object = Object::read(text).unwrap();
        assert_eq!(object.text("s").as_deref(), Some("Nguyễn"));
        assert_eq!(object.id("n").as_deref(), Some("1234567890123456789012"));
        assert_eq!(object.integer("n"), None);
        assert_eq!(object.text("f").as_deref(), Some("1e400"));
        assert!(object.is_true("b") && object.text("b").is_none());
        assert!(object.text("e").is_none() && !object.has("z") && object.has("e"));
        assert_eq!(object.object("o").integer("a"), Some(1));
        assert!(object.object("s").names().next().is_none());
        assert_eq!(object.objects("l").len(), 1);
        assert_eq!(object.ids("l"), ["3", "4"]);
        assert_eq!(object.text("nul").as_deref(), Some("ab"));
        let lone = object.text("lone").unwrap();
        assert!(lone.starts_with("a\u{fffd}") && lone.ends_with('b'), "{lone:?}");
    }

    #[test]
    fn a_reason_tells_nothing_personal() {
        let reason = Object::read(r#""0901234567""#).unwrap_err().0;
        assert!(!reason.contains("0901"), "{reason}");
        assert!(Object::read("{} {}").is_err());
    }

    #[test]
    fn width_and_depth_are_bounded() {
        let wide = format!("{{{}\"z\":1}}", "\"a\":1,".repeat(170_000));
        assert_eq!(Object::read(&wide).unwrap().0.len(), MEMBERS);
        let long = format!("{{\"l\":[{}1]}}", "1,".repeat(500_000));
        let long = Object::read(&long).unwrap();
        assert_eq!(long.ids("l").len(), ITEMS);
        let mut seen = 0;
        long.each("l", |_| seen += 1);
        long.each("none", |_| seen += 1);
        assert_eq!(seen, 500_001);
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(Object::read(&deep).unwrap().has("a"));
        assert!(Object::read(&"{\"a\":".repeat(100_000)).is_err());
    }

    #[test]
    fn long_ids_are_none() {
        let text = format!(r#"{{"a":"{}","b":"x\ny","c":" 7 "}}"#, "9".repeat(256));
        let object = Object::read(&text).unwrap();
        assert_eq!((object.id("a"), object.id("b"), object.id("c").as_deref()), (None, None, Some("7")));
    }
}
