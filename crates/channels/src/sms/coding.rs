//! From the octets of a message back to its text, by `data_coding` (SMPP 3.4 §5.2.19, 3GPP TS 23.038 §4).

use super::gsm;
use super::text::Alphabet;
use crate::email::charset::nfc;

/// The text of a message without its header, as it was sent; `None` for binary content.
pub fn decode(octets: &[u8], data_coding: u8, alphabet: Alphabet) -> Option<String> {
    let simple = |octets: &[u8]| match alphabet {
        Alphabet::Gsm => gsm::decode(octets),
        Alphabet::Ascii | Alphabet::Latin1 => latin1(octets),
    };
    Some(match data_coding {
        0 => simple(octets),
        // Many write GSM octets and call them ASCII; what no text in ASCII has tells them apart.
        1 if octets.iter().any(|octet| octet.is_ascii_control() && !b"\t\n\r".contains(octet)) => gsm::decode(octets),
        // What lies above ASCII shows at least what was meant.
        1 | 3 => latin1(octets),
        2 | 4 => return None,
        5 => by(encoding_rs::SHIFT_JIS, octets),
        6 => by(encoding_rs::ISO_8859_5, octets),
        7 => by(encoding_rs::ISO_8859_8, octets),
        8 => ucs2(octets),
        10 => by(encoding_rs::ISO_2022_JP, octets),
        13 => by(encoding_rs::EUC_JP, octets),
        14 => by(encoding_rs::EUC_KR, octets),
        // The general group with a class: bits 3 and 2 say the alphabet.
        0x10..=0x3F => match data_coding >> 2 & 3 {
            0 => simple(octets),
            2 => ucs2(octets),
            _ => return None,
        },
        // Message waiting, the last kind in UCS-2.
        0xE0..=0xEF => ucs2(octets),
        // Message class: bit 2 says whether it is text.
        0xF0..=0xFF if data_coding & 4 != 0 => return None,
        _ => simple(octets),
    })
}

/// A text as it is kept: NFC, lines ended by LF, without NUL.
pub fn tidy(text: &str) -> String {
    nfc(&text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', ""))
}

fn latin1(octets: &[u8]) -> String {
    octets.iter().copied().map(char::from).collect()
}

/// UTF-16 in network order; half a pair and half a unit become U+FFFD.
fn ucs2(octets: &[u8]) -> String {
    let (pairs, rest) = octets.as_chunks::<2>();
    let units = pairs.iter().copied().map(u16::from_be_bytes);
    let mut text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    if !rest.is_empty() {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    match text.strip_prefix('\u{feff}') {
        Some(unmarked) => unmarked.to_owned(),
        None => text,
    }
}

fn by(encoding: &'static encoding_rs::Encoding, octets: &[u8]) -> String {
    encoding.decode_without_bom_handling(octets).0.into_owned()
}
