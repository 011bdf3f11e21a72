//! How a text goes over the air: its coding, what it costs, and its segments.
//!
//! Without diacritics (the GSM alphabet) a message has 160 characters, each part of a longer one 153; with them (UCS-2) 70
//! and 67. Vietnamese customer care counts the same: 1-160, 161-306, 307-459. A composer asks [`count`], a sender [`split`]:
//! the numbers are the same because one cuts as the other does.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::gsm::{self, Septets};

/// What a link's SMSC takes `data_coding` 0 for: a setting of the link, since it never says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alphabet {
    /// GSM 03.38, one septet to an octet.
    #[default]
    Gsm,
    Ascii,
    Latin1,
}

/// The two ways over the air.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Units are septets: most characters one, `^{}\[~]|€` two.
    Gsm,
    /// Units are UTF-16 code units.
    Ucs2,
}

impl Encoding {
    /// Units of a message that is not joined from parts.
    pub const fn single(self) -> usize {
        match self {
            Encoding::Gsm => 160,
            Encoding::Ucs2 => 70,
        }
    }
}

/// How the parts of a long message say that they belong together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Joining {
    /// A user data header with a reference of 8 bits.
    #[default]
    Udh8,
    /// A user data header with a reference of 16 bits.
    Udh16,
    /// `sar_…` TLVs; the SMSC writes the header, perhaps with 16 bits.
    Sar,
}

impl Joining {
    /// Units of each part.
    pub const fn each(self, encoding: Encoding) -> usize {
        match (self, encoding) {
            (Joining::Udh8, Encoding::Gsm) => 153,
            (Joining::Udh16 | Joining::Sar, Encoding::Gsm) => 152,
            (Joining::Udh8, Encoding::Ucs2) => 67,
            (Joining::Udh16 | Joining::Sar, Encoding::Ucs2) => 66,
        }
    }
}

/// What a text costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    pub encoding: Encoding,
    /// Septets or UTF-16 code units of the whole text.
    pub units: usize,
    /// Messages that are paid for; above 255 it cannot be sent.
    pub parts: usize,
    /// Units left in the last one.
    pub left: usize,
}

/// One message over the air.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    pub encoding: Encoding,
    /// Its text as octets, without any header.
    pub octets: Vec<u8>,
}

/// There are more parts than the 255 that a message may have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} parts are more than the 255 of one message")]
pub struct TooLong(pub usize);

/// The coding that a text needs on a link.
pub fn encoding(text: &str, alphabet: Alphabet) -> Encoding {
    if composed(text).chars().all(|c| simple(c, alphabet).is_some()) { Encoding::Gsm } else { Encoding::Ucs2 }
}

/// Counts a text (its NFC form).
pub fn count(text: &str, alphabet: Alphabet, joining: Joining) -> Count {
    let text = composed(text);
    let encoding = encoding(&text, alphabet);
    let units = text.chars().map(|c| units_of(c, encoding)).sum();
    if units <= encoding.single() {
        return Count { encoding, units, parts: 1, left: encoding.single() - units };
    }
    let each = joining.each(encoding);
    let (mut parts, mut used) = (1, 0);
    for c in text.chars() {
        let more = units_of(c, encoding);
        if used + more > each {
            parts += 1;
            used = 0;
        }
        used += more;
    }
    Count { encoding, units, parts, left: each - used }
}

/// Cuts a text (its NFC form) into as few segments as hold it, never inside a character.
///
/// # Errors
/// More than 255 of them.
pub fn split(text: &str, alphabet: Alphabet, joining: Joining) -> Result<Vec<Segment>, TooLong> {
    let count = count(text, alphabet, joining);
    if count.parts > usize::from(u8::MAX) {
        return Err(TooLong(count.parts));
    }
    let encoding = count.encoding;
    let most = if count.parts == 1 { encoding.single() } else { joining.each(encoding) };
    let mut segments = Vec::with_capacity(count.parts);
    let (mut octets, mut used) = (Vec::new(), 0);
    for c in composed(text).chars() {
        let more = units_of(c, encoding);
        if used + more > most {
            segments.push(Segment { encoding, octets: std::mem::take(&mut octets) });
            used = 0;
        }
        used += more;
        match encoding {
            Encoding::Ucs2 => octets.extend(c.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_be_bytes())),
            Encoding::Gsm => match alphabet {
                Alphabet::Gsm => simple(c, alphabet).into_iter().for_each(|septets| gsm::push(&mut octets, septets)),
                // Below 0x100 by `simple`; the SMSC makes septets of it.
                Alphabet::Ascii | Alphabet::Latin1 => octets.extend(u8::try_from(c)),
            },
        }
    }
    segments.push(Segment { encoding, octets });
    Ok(segments)
}

/// The character's septets, if the link can carry it in its own alphabet and the air in the GSM one.
fn simple(c: char, alphabet: Alphabet) -> Option<Septets> {
    let carried = match alphabet {
        Alphabet::Gsm => true,
        Alphabet::Ascii => c.is_ascii(),
        Alphabet::Latin1 => u8::try_from(c).is_ok(),
    };
    gsm::septets(c).filter(|_| carried)
}

fn units_of(c: char, encoding: Encoding) -> usize {
    match encoding {
        Encoding::Ucs2 => c.len_utf16(),
        Encoding::Gsm => match gsm::septets(c) {
            Some(Septets::Two(_)) => 2,
            _ => 1,
        },
    }
}

fn composed(text: &str) -> std::borrow::Cow<'_, str> {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.into(),
        _ => text.nfc().collect::<String>().into(),
    }
}
