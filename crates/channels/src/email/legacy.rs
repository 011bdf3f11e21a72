//! Old Vietnamese font encodings (VISCII, TCVN3 also called ABC, VNI), and how to tell them.
//!
//! Mail declares them as iso-8859-1 or x-user-defined, so the only witness is the text: a reading is
//! right when its accented words are Vietnamese syllables. Tables: RFC 1456 (VISCII), TCVN 5712:1993
//! (TCVN3), VNI-Windows font chart.

use unicode_normalization::UnicodeNormalization;

const VISCII_HIGH: &str =
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ";

/// Octets 0xA1 and up of TCVN3; a blank leaves the Latin reading.
const TCVN3_HIGH: &str = "ĂÂÊÔƠƯĐăâêôơưđ      àảãáạ ằẳẵắ       ặầẩẫấậè ẻẽéẹềểễếệìỉ   ĩíịò ỏõóọồổỗốộờởỡớợù ủũúụừửữứựỳỷỹýỵ";

pub(super) fn from_viscii(bytes: &[u8]) -> String {
    let high: Vec<char> = VISCII_HIGH.chars().collect();
    bytes
        .iter()
        .map(|&b| match b {
            0x02 => 'Ẳ',
            0x05 => 'Ẵ',
            0x06 => 'Ẫ',
            0x14 => 'Ỷ',
            0x19 => 'Ỹ',
            0x1e => 'Ỵ',
            0..=0x7f => b as char,
            _ => high[usize::from(b) - 0x80],
        })
        .collect()
}

pub(super) fn from_tcvn3(bytes: &[u8]) -> String {
    let high: Vec<char> = TCVN3_HIGH.chars().collect();
    bytes
        .iter()
        .map(|&b| match b {
            0xa1.. => match high.get(usize::from(b) - 0xa1) {
                Some(&c) if c != ' ' => c,
                _ => b as char,
            },
            _ => b as char,
        })
        .collect()
}

/// VNI writes a vowel and then its mark as a second letter; takes the windows-1252 reading.
pub(super) fn from_vni(latin: &str) -> String {
    let mut out = String::with_capacity(latin.len());
    let mut chars = latin.chars().peekable();
    while let Some(c) = chars.next() {
        let base = match c {
            'ô' => 'ơ',
            'Ô' => 'Ơ',
            'ö' => 'ư',
            'Ö' => 'Ư',
            'ñ' => 'đ',
            'Ñ' => 'Đ',
            'æ' => 'ỉ',
            'Æ' => 'Ỉ',
            'ó' => 'ĩ',
            'Ó' => 'Ĩ',
            'ò' => 'ị',
            'Ò' => 'Ị',
            'î' => 'ỵ',
            'Î' => 'Ỵ',
            other => other,
        };
        let marks = chars.peek().and_then(|&next| vni_marks(base, next));
        out.push(base);
        if let Some(marks) = marks {
            out.push_str(marks);
            chars.next();
        }
    }
    out.nfc().collect()
}

/// The combining marks that the letter `mark` puts on the vowel before it.
fn vni_marks(base: char, mark: char) -> Option<&'static str> {
    let lower = base.to_lowercase().next()?;
    if !"aeouyơư".contains(lower) {
        return None;
    }
    let marks = match mark.to_lowercase().next()? {
        'ù' => "\u{301}",
        'ø' => "\u{300}",
        'û' => "\u{309}",
        'õ' => "\u{303}",
        'ï' => "\u{323}",
        'â' => "\u{302}",
        'á' => "\u{302}\u{301}",
        'à' => "\u{302}\u{300}",
        'å' => "\u{302}\u{309}",
        'ã' => "\u{302}\u{303}",
        'ä' => "\u{302}\u{323}",
        'ê' => "\u{306}",
        'é' => "\u{306}\u{301}",
        'è' => "\u{306}\u{300}",
        'ú' => "\u{306}\u{309}",
        'ü' => "\u{306}\u{303}",
        'ë' => "\u{306}\u{323}",
        _ => return None,
    };
    let circumflex = marks.starts_with('\u{302}') && !"aeo".contains(lower);
    let breve = marks.starts_with('\u{306}') && lower != 'a';
    (!circumflex && !breve).then_some(marks)
}

/// Accented words that are Vietnamese syllables, and those that are not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Score {
    pub good: i64,
    pub bad: i64,
}

impl Score {
    pub(super) fn net(self) -> i64 {
        self.good - 2 * self.bad
    }

    pub(super) fn convincing(self) -> bool {
        self.good > 0 && self.good >= 4 * self.bad
    }

    /// Enough to convert what nobody declared.
    pub(super) fn strong(self) -> bool {
        self.good >= 2 && self.good >= 5 * self.bad
    }
}

pub(super) fn vietnamese_score(text: &str) -> Score {
    let mut score = Score::default();
    for word in text.split(|c: char| c.is_ascii() && !c.is_ascii_alphabetic()) {
        if word.is_ascii() {
            continue;
        }
        if word.len() < 40 && is_syllable(word) {
            score.good += 1;
        } else {
            score.bad += 1;
        }
    }
    score
}

const INITIALS: [&str; 27] = [
    "ngh", "ch", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr", "b", "c", "d", "đ", "g", "h", "k", "l", "m", "n", "r", "s", "t",
    "v", "x", "",
];
const FINALS: [&str; 9] = ["ch", "ng", "nh", "c", "m", "n", "p", "t", ""];
const NUCLEI: [&str; 62] = [
    "a", "ă", "â", "e", "ê", "i", "o", "ô", "ơ", "u", "ư", "y", "ai", "ao", "au", "ay", "âu", "ây", "eo", "êu", "ia", "iê", "iêu", "iu",
    "oa", "oă", "oai", "oay", "oao", "oe", "oeo", "oi", "ôi", "ơi", "ua", "uâ", "uây", "uê", "ui", "uô", "uôi", "uơ", "uy", "uya", "uyê",
    "uyu", "ưa", "ươ", "ươi", "ươu", "ưi", "ưu", "yê", "yêu", "oo", "ya", "uă", "uao", "uai", "uay", "ue", "ă",
];

/// Whether a word has the shape of one Vietnamese syllable with at most one tone.
pub(super) fn is_syllable(word: &str) -> bool {
    let mut tones = 0;
    let mut letters = String::new();
    for c in word.to_lowercase().nfd() {
        match c {
            '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}' => tones += 1,
            c => letters.push(c),
        }
    }
    let letters: String = letters.nfc().collect();
    tones <= 1
        && INITIALS.iter().any(|initial| {
            letters
                .strip_prefix(initial)
                .is_some_and(|rest| FINALS.iter().any(|last| rest.strip_suffix(last).is_some_and(|nucleus| NUCLEI.contains(&nucleus))))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_every_octet() {
        assert_eq!(VISCII_HIGH.chars().count(), 128);
        assert_eq!(TCVN3_HIGH.chars().count(), 94);
        assert_eq!(from_tcvn3(&[0xd6, 0xfe, 0xa1, 0xb5]), "ệỵĂà");
        assert_eq!(from_viscii(&[0x80, 0xff, 0xf0, 0xae, 0xd0]), "ẠỮđệĐ");
    }

    #[test]
    fn syllables() {
        for word in ["Đường", "số", "nghiêng", "quyền", "giấy", "phép", "ý", "Việt", "xã", "người"] {
            assert!(is_syllable(word), "{word}");
        }
        for word in ["école", "naïve", "Müller", "Vieät", "ViÖt", "déjà", "garçon"] {
            assert!(!is_syllable(word), "{word}");
        }
    }
}
