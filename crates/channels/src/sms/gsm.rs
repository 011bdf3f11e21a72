//! The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038 §6.2.1), one septet to an octet as SMPP has it.

/// The default alphabet in the order of its codes; 0x1B is the escape to the extension table.
const ALPHABET: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å', //
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', '\u{1b}', 'Æ', 'æ', 'ß', 'É', //
    ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/', //
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?', //
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', //
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§', //
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', //
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à',
];

/// What follows an escape.
const EXTENSION: [(u8, char); 10] =
    [(0x0A, '\u{c}'), (0x14, '^'), (0x28, '{'), (0x29, '}'), (0x2F, '\\'), (0x3C, '['), (0x3D, '~'), (0x3E, ']'), (0x40, '|'), (0x65, '€')];

const ESCAPE: u8 = 0x1B;

/// How a character stands in the alphabet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Septets {
    One(u8),
    /// After an escape.
    Two(u8),
}

/// Codes of the characters below 0x80, so that plain letters cost one look.
const ASCII: [Option<Septets>; 128] = ascii();

const fn ascii() -> [Option<Septets>; 128] {
    let mut table = [None; 128];
    let mut code = 0;
    while code < ALPHABET.len() {
        let c = ALPHABET[code] as usize;
        if c < table.len() && code != ESCAPE as usize {
            table[c] = Some(Septets::One(code as u8));
        }
        code += 1;
    }
    let mut place = 0;
    while place < EXTENSION.len() {
        let (code, c) = EXTENSION[place];
        if (c as usize) < table.len() {
            table[c as usize] = Some(Septets::Two(code));
        }
        place += 1;
    }
    table
}

/// `None` for a character that the alphabet does not have.
pub(super) fn septets(c: char) -> Option<Septets> {
    if c.is_ascii() {
        return ASCII[c as usize];
    }
    // Nothing of the alphabet lies above the sign of the euro: most Vietnamese letters do, or are soon seen to be no Greek.
    match c {
        '€' => Some(Septets::Two(0x65)),
        '\u{a0}'..='\u{ff}' | 'Γ'..='Ω' => ALPHABET.iter().position(|known| *known == c).map(|code| Septets::One(code as u8)),
        _ => None,
    }
}

/// Puts a character that has a place at the end.
pub(super) fn push(octets: &mut Vec<u8>, septets: Septets) {
    match septets {
        Septets::One(code) => octets.push(code),
        Septets::Two(code) => octets.extend([ESCAPE, code]),
    }
}

/// Reads octets of one septet each. An escape before a code that the extension lacks shows the plain character, one at the
/// end a space (TS 23.038); an octet above 0x7F, which no septet can be, is taken for Latin-1.
pub fn decode(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len());
    let mut octets = octets.iter().copied();
    while let Some(octet) = octets.next() {
        text.push(match octet {
            ESCAPE => octets.next().map_or(' ', after_escape),
            _ => plain(octet),
        });
    }
    text
}

fn plain(octet: u8) -> char {
    ALPHABET.get(usize::from(octet)).copied().unwrap_or(char::from(octet))
}

fn after_escape(octet: u8) -> char {
    let known = EXTENSION.iter().find(|(code, _)| *code == octet);
    // Two escapes are reserved for another table, which nobody has: a space.
    known.map_or(if octet == ESCAPE { ' ' } else { plain(octet) }, |(_, c)| *c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tables_both_ways() {
        for code in (0..128).filter(|code| *code != ESCAPE) {
            assert_eq!(septets(plain(code)), Some(Septets::One(code)));
        }
        for (code, c) in EXTENSION {
            assert_eq!(septets(c), Some(Septets::Two(code)), "{c:?}");
            assert_eq!(decode(&[ESCAPE, code]), c.to_string());
        }
        for c in ['\u{1b}', '`', '\0', 'ơ', 'đ', 'á', 'ç', 'Τ', '😀'] {
            assert_eq!(septets(c), None, "{c:?}");
        }
    }

    #[test]
    fn what_no_table_has() {
        assert_eq!(decode(&[0x1B, b'a', 0x1B, 0x1B, b'b', 0xE1, 0x1B]), "a bá ");
    }
}
