//! Texts of messages: GSM 03.38, UCS-2, how many parts, and where to cut. [3GPP TS 23.038; sms.md §3]

/// The default alphabet, by code; 0x1B, which leads to the extension, stands as a space.
const BASIC: &str =
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const ESCAPE: u8 = 0x1B;
const EXTENSION: [(u8, char); 10] =
    [(0x0A, '\u{c}'), (0x14, '^'), (0x28, '{'), (0x29, '}'), (0x2F, '\\'), (0x3C, '['), (0x3D, '~'), (0x3E, ']'), (0x40, '|'), (0x65, '€')];

/// Octets that go over the air at once, as octets of UCS-2 or septets of GSM.
const OVER_THE_AIR: usize = 140;
const SEPTETS: usize = 160;

/// How the letters of one message are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// One septet per octet.
    Gsm,
    /// UTF-16, high octet first.
    Ucs2,
}

impl Coding {
    /// GSM where the alphabet has every letter.
    pub fn of(text: &str) -> Self {
        if text.chars().all(|letter| gsm(letter).is_some()) { Self::Gsm } else { Self::Ucs2 }
    }

    /// data_coding.
    pub fn number(self) -> u8 {
        match self {
            Self::Gsm => 0,
            Self::Ucs2 => 8,
        }
    }

    /// A letter's octets; what the alphabet lacks becomes a question mark.
    fn letter(self, letter: char) -> Vec<u8> {
        match self {
            Self::Gsm => gsm(letter).unwrap_or_else(|| vec![0x3F]),
            Self::Ucs2 => letter.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_be_bytes()).collect(),
        }
    }

    /// Octets of one part beside a header of so many octets (with its length octet).
    pub fn room(self, header: usize) -> usize {
        match self {
            Self::Gsm => SEPTETS.saturating_sub((header * 8).div_ceil(7)),
            Self::Ucs2 => OVER_THE_AIR.saturating_sub(header) / 2 * 2,
        }
    }
}

/// A text cut into what fits: one part if it fits alone, else parts that leave room for a header of so many octets. No letter is
/// cut in two.
pub(crate) fn cut(text: &str, coding: Coding, header: usize) -> Vec<Vec<u8>> {
    let letters: Vec<Vec<u8>> = text.chars().map(|letter| coding.letter(letter)).collect();
    let whole: usize = letters.iter().map(Vec::len).sum();
    if whole <= coding.room(0) {
        return vec![letters.concat()];
    }
    let room = coding.room(header);
    let mut parts = vec![Vec::new()];
    for letter in letters {
        if parts.last().is_some_and(|part: &Vec<u8>| part.len() + letter.len() > room) {
            parts.push(Vec::new());
        }
        if let Some(part) = parts.last_mut() {
            part.extend(letter);
        }
    }
    parts
}

/// How many messages a text is, when it is joined by an 8-bit reference.
pub(crate) fn segments(text: &str) -> usize {
    cut(text, Coding::of(text), 6).len()
}

/// What octets say, by their data_coding. What is no text is shown in hexadecimal.
pub(crate) fn read(data_coding: u8, octets: &[u8], latin: bool) -> String {
    match data_coding {
        0 if latin => read_latin(octets),
        0 => read_gsm(octets),
        1 | 3 => read_latin(octets),
        8 => read_ucs2(octets),
        2 | 4 => hex::encode(octets),
        // Message classes of 3GPP TS 23.038 §4.
        0x10..=0x3F if data_coding & 0x0C == 8 => read_ucs2(octets),
        0x10..=0x3F if data_coding & 0x0C == 4 => hex::encode(octets),
        0xF0..=0xFF if data_coding & 4 != 0 => hex::encode(octets),
        _ => read_gsm(octets),
    }
}

fn gsm(letter: char) -> Option<Vec<u8>> {
    let code = |place: usize| u8::try_from(place).ok();
    if let Some((code, _)) = EXTENSION.iter().find(|(_, known)| *known == letter) {
        return Some(vec![ESCAPE, *code]);
    }
    let place = BASIC.chars().enumerate().find(|(place, known)| *known == letter && *place != usize::from(ESCAPE))?.0;
    Some(vec![code(place)?])
}

fn read_gsm(octets: &[u8]) -> String {
    let basic: Vec<char> = BASIC.chars().collect();
    let mut text = String::new();
    let mut octets = octets.iter();
    while let Some(octet) = octets.next() {
        if *octet == ESCAPE {
            let Some(next) = octets.next() else { break };
            let extended = EXTENSION.iter().find(|(code, _)| code == next).map(|(_, letter)| *letter);
            // An unknown one is read in the basic alphabet.
            text.push(extended.or_else(|| basic.get(usize::from(*next)).copied()).unwrap_or('\u{fffd}'));
        } else {
            text.push(basic.get(usize::from(*octet)).copied().unwrap_or('\u{fffd}'));
        }
    }
    text
}

fn read_latin(octets: &[u8]) -> String {
    octets.iter().map(|octet| char::from(*octet)).collect()
}

fn read_ucs2(octets: &[u8]) -> String {
    let units: Vec<u16> = octets.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)])).collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabet_has_its_places() {
        assert_eq!(BASIC.chars().count(), 128);
        for (letter, code) in [('@', 0), ('$', 2), ('\n', 0x0A), ('_', 0x11), (' ', 0x20), ('A', 0x41), ('a', 0x61), ('à', 0x7F)] {
            assert_eq!(gsm(letter), Some(vec![code]), "{letter:?}");
        }
        assert_eq!(gsm('€'), Some(vec![0x1B, 0x65]));
        assert_eq!(gsm('ạ'), None);
        assert_eq!(read_gsm(&[0x1B, 0x3C, 0x61, 0x1B, 0x3E, 0x1B]), "[a]");
    }

    /// sms.md §3.
    #[test]
    fn parts_are_counted_as_the_table_says() {
        for (text, parts) in [("a", [160, 306, 307]), ("ạ", [70, 134, 135])] {
            assert_eq!(parts.map(|count| segments(&text.repeat(count))), [1, 2, 3], "{text}");
        }
        assert_eq!(cut(&"a".repeat(161), Coding::Gsm, 7)[0].len(), 152);
        assert_eq!(cut(&"ạ".repeat(71), Coding::Ucs2, 7)[0].len(), 132);
        assert_eq!(segments(&"€".repeat(80)), 1, "an escape pair counts twice");
        assert_eq!(segments(&"€".repeat(81)), 2);
    }

    #[test]
    fn pairs_are_never_cut() {
        let text = "😀".repeat(40);
        for part in cut(&text, Coding::Ucs2, 6) {
            assert_eq!(part.len() % 4, 0);
        }
        let euros = "€".repeat(100);
        let parts = cut(&euros, Coding::Gsm, 6);
        assert_eq!(parts.iter().map(|part| read_gsm(part)).collect::<String>(), euros);
    }
}
