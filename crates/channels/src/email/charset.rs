//! Octets to text: declared charset first, then what the octets say.
//!
//! Labels follow the WHATWG Encoding Standard (so gb2312 means gbk, iso-8859-1 means windows-1252). An
//! unknown or lying label is followed by strict UTF-8, windows-1258 and windows-1252, in that order.
//! All results are NFC.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252, WINDOWS_1258};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::legacy;

/// Decoded text, and the plain reading when an old font encoding was converted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    pub text: String,
    /// The text as its label says, kept when `text` is a conversion from VISCII, TCVN3 or VNI.
    pub before_conversion: Option<String>,
}

impl Decoded {
    fn plain(text: impl AsRef<str>) -> Decoded {
        Decoded { text: nfc(text.as_ref()), before_conversion: None }
    }
}

/// NFC form; a copy without work when the text already is.
pub fn nfc(text: &str) -> String {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes { text.to_owned() } else { text.nfc().collect() }
}

/// Decodes a body part or header run under its declared charset.
pub fn decode(bytes: &[u8], label: Option<&str>) -> Decoded {
    let label = label.map(|l| l.trim().trim_matches('"').to_ascii_lowercase()).unwrap_or_default();
    if matches!(label.as_str(), "utf-7" | "unicode-1-1-utf-7")
        && let Some(decoder) = mail_parser::decoders::charsets::map::charset_decoder(b"utf-7")
    {
        return Decoded::plain(decoder(bytes));
    }
    if bytes.is_ascii() && !label.starts_with("iso-2022") && !label.starts_with("utf-16") {
        // Every other charset met in mail agrees with ASCII on these octets (and VNI, TCVN3 need more).
        return Decoded::plain(String::from_utf8_lossy(bytes));
    }
    match label.as_str() {
        "viscii" | "csviscii" | "viscii1.1-1" => {
            return Decoded::plain(legacy::from_viscii(bytes));
        }
        "tcvn" | "tcvn3" | "x-viet-tcvn5712" | "x-viet-tcvn" | "tcvn-5712" => {
            return Decoded::plain(legacy::from_tcvn3(bytes));
        }
        "x-viet-vni" | "vni" => return Decoded::plain(legacy::from_vni(&latin(bytes))),
        _ => {}
    }
    let encoding = match label.as_str() {
        "" | "us-ascii" | "ascii" | "x-user-defined" | "unknown-8bit" | "x-unknown" => None,
        known => Encoding::for_label(known.as_bytes()).filter(|e| e.name() != "replacement" && e.name() != "x-user-defined"),
    };
    match encoding {
        Some(e) if e == UTF_8 => match std::str::from_utf8(strip_bom(bytes)) {
            Ok(text) => Decoded::plain(text),
            Err(_) => damaged_utf8(bytes),
        },
        // A Latin label is what mailers write when they do not know.
        Some(e) if e == WINDOWS_1252 => guess(bytes),
        Some(e) => {
            let (text, errors) = e.decode_without_bom_handling(bytes);
            if errors && std::str::from_utf8(bytes).is_ok() {
                return Decoded::plain(String::from_utf8_lossy(bytes));
            }
            Decoded::plain(text)
        }
        None => guess(bytes),
    }
}

fn strip_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Text that says it is UTF-8 and is not: a few broken octets stay replacement characters, text that
/// is no UTF-8 at all is guessed.
fn damaged_utf8(bytes: &[u8]) -> Decoded {
    let lossy = String::from_utf8_lossy(strip_bom(bytes));
    let broken = lossy.chars().filter(|&c| c == '\u{fffd}').count();
    let good = lossy.chars().filter(|&c| !c.is_ascii() && c != '\u{fffd}').count();
    if good >= broken { Decoded::plain(lossy) } else { guess(bytes) }
}

fn latin(bytes: &[u8]) -> String {
    WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned()
}

/// Reads octets under one font encoding.
type Convert = fn(&[u8]) -> String;

/// How much of a text is looked at to guess its charset; enough for any letter, bounded for any bomb.
const SAMPLE: usize = 16 * 1024;

/// No label, or one that says nothing: UTF-8 if it is, else the reading with the most Vietnamese in it.
fn guess(bytes: &[u8]) -> Decoded {
    if let Ok(text) = std::str::from_utf8(strip_bom(bytes)) {
        return Decoded::plain(text);
    }
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let as_latin = legacy::vietnamese_score(&latin(sample));
    let as_1258 = legacy::vietnamese_score(&nfc(&WINDOWS_1258.decode_without_bom_handling(sample).0));
    let fonts: [(legacy::Score, Convert); 3] = [
        (legacy::vietnamese_score(&legacy::from_tcvn3(sample)), legacy::from_tcvn3),
        (legacy::vietnamese_score(&legacy::from_vni(&latin(sample))), |b| legacy::from_vni(&latin(b))),
        (legacy::vietnamese_score(&legacy::from_viscii(sample)), legacy::from_viscii),
    ];
    let best_font = fonts.into_iter().filter(|(score, _)| score.strong()).max_by_key(|(score, _)| score.net());
    if as_1258.convincing() && as_1258.net() > as_latin.net() && best_font.is_none_or(|(s, _)| as_1258.net() >= s.net()) {
        return Decoded::plain(WINDOWS_1258.decode_without_bom_handling(bytes).0);
    }
    if let Some((score, convert)) = best_font
        && score.net() > as_latin.net()
        && !as_latin.convincing()
    {
        return Decoded { text: nfc(&convert(bytes)), before_conversion: Some(nfc(&latin(bytes))) };
    }
    Decoded::plain(latin(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn octets(hex: &str) -> Vec<u8> {
        hex::decode(hex).unwrap()
    }

    #[test]
    fn vietnamese_octets_of_both_charsets() {
        let utf8 = octets("c490c6b0e1bb9d6e672073e1bb91203133");
        let cp1258 = octets("d0fdf5cc6e672073f4ec203133");
        for label in [Some("utf-8"), None, Some("iso-8859-1"), Some("x-nonsense")] {
            assert_eq!(decode(&utf8, label).text, "Đường số 13", "{label:?}");
        }
        for label in [Some("windows-1258"), Some("CP1258"), None, Some("utf-8"), Some("us-ascii"), Some("no-such-charset")] {
            assert_eq!(decode(&cp1258, label).text, "Đường số 13", "{label:?}");
        }
    }

    #[test]
    fn western_text_stays_western() {
        let french = "Une école française, où l'été était déjà là: Café crème à Liège".as_bytes();
        let latin: Vec<u8> = String::from_utf8_lossy(french).chars().map(|c| c as u8).collect();
        let expected = String::from_utf8_lossy(french);
        assert_eq!(decode(&latin, Some("iso-8859-1")).text, expected);
        assert_eq!(decode(&latin, None).text, expected);
        assert_eq!(decode(&latin, None).before_conversion, None);
    }

    #[test]
    fn labels_mean_what_the_web_says() {
        assert_eq!(decode(b"\xc4\xe3\xba\xc3", Some("gb2312")).text, "你好");
        assert_eq!(decode(b"\xb0\xa1", Some("ks_c_5601-1987")).text, "가", "Korean");
        assert_eq!(decode(b"\x80 5", Some("iso-8859-1")).text, "€ 5");
        assert_eq!(decode(b"Hi +AOk-", Some("utf-7")).text, "Hi é");
        assert_eq!(decode(b"Hi +AOk-", None).text, "Hi +AOk-");
    }

    #[test]
    fn old_fonts_are_converted_and_kept() {
        let vni = "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam";
        let octets: Vec<u8> = vni.chars().map(|c| c as u8).collect();
        let decoded = decode(&octets, Some("iso-8859-1"));
        assert_eq!(decoded.text, "Cộng hòa xã hội chủ nghĩa Việt Nam");
        assert_eq!(decoded.before_conversion.as_deref(), Some(vni));

        let tcvn = "Céng hßa x· héi chñ nghÜa ViÖt Nam";
        let octets: Vec<u8> = tcvn.chars().map(|c| c as u8).collect();
        let decoded = decode(&octets, Some("x-user-defined"));
        assert_eq!(decoded.text, "Cộng hòa xã hội chủ nghĩa Việt Nam");
        assert_eq!(decoded.before_conversion.as_deref(), Some(tcvn));
    }

    #[test]
    fn a_little_damage_does_not_change_the_charset() {
        let mut bytes = "Phản ánh về giấy phép".as_bytes().to_vec();
        bytes.push(0xff);
        assert_eq!(decode(&bytes, Some("utf-8")).text, "Phản ánh về giấy phép\u{fffd}");
    }

    #[test]
    fn decomposed_becomes_composed() {
        let nfd: String = "Nguyễn Thị Hoàng Anh".nfd().collect();
        assert_eq!(nfd.chars().count(), 24);
        assert_eq!(decode(nfd.as_bytes(), Some("utf-8")).text.chars().count(), 20);
    }
}
