//! A text as people write it without diacritics: the same letters, capitals and marks of punctuation kept.
//!
//! What goes out by SMS so costs less than half: 160 characters to a segment instead of 70.

use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// The text without diacritics; typographic marks become those of a keyboard. What has no plain form (another script, an
/// emoji) stays.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            'đ' => plain.push('d'),
            'Đ' => plain.push('D'),
            '“' | '”' | '„' | '«' | '»' => plain.push('"'),
            '‘' | '’' | '‚' | '′' => plain.push('\''),
            '–' | '—' | '‐' | '‑' | '−' | '•' | '·' => plain.push('-'),
            '…' => plain.push_str("..."),
            '×' => plain.push('x'),
            '\u{a0}' | '\u{202f}' | '\u{2009}' => plain.push(' '),
            '\u{200b}'..='\u{200f}' | '\u{feff}' => {}
            _ if letter.is_ascii() => plain.push(letter),
            // Only letters of the Latin script lose their marks: "한" must not fall apart.
            _ if letter.is_alphabetic() && letter < '\u{250}' || ('\u{1e00}'..'\u{1f00}').contains(&letter) => {
                decompose_canonical(letter, |part| {
                    if !is_combining_mark(part) {
                        plain.push(part);
                    }
                });
            }
            _ if is_combining_mark(letter) => {}
            _ => plain.push(letter),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn letters_stay_and_marks_go() {
        assert_eq!(plain("Đã nhận “hồ sơ” 26 4071 – chậm nhất 25/02…"), "Da nhan \"ho so\" 26 4071 - cham nhat 25/02...");
        assert_eq!(plain("Nguye\u{302}\u{303}n THỊ Hoà\u{a0}An"), "Nguyen THI Hoa An");
        assert_eq!(plain("서울 👍 10 €"), "서울 👍 10 €");
    }

    proptest::proptest! {
        #[test]
        fn what_is_plain_is_folded_alike_and_stays_plain(text in "[a-zA-ZđĐăâêôơưáàảãạắằẳẵặếềểễệốồổỗộớờởỡợứừửữựíỳỵ0-9 .,:]{0,80}") {
            let once = plain(&text);
            proptest::prop_assert!(once.is_ascii());
            proptest::prop_assert_eq!(crate::fold::fold(&once), crate::fold::fold(&text));
            proptest::prop_assert_eq!(plain(&once), once);
        }
    }
}
