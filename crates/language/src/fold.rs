//! Folding: NFC, đ/Đ to d, NFD, marks dropped, lower case, tokens `[a-z0-9]+`.
//!
//! Every component that compares texts uses this function, so that "Hóa đơn", "hoá đơn" and "HOA DON" are one.

use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// A token and where it came from; all offsets are bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// First byte in the original.
    pub start: usize,
    /// Byte after the last in the original, marks that belong to its last letter included.
    pub end: usize,
    /// First byte in the folded text.
    pub from: usize,
    /// Byte after the last in the folded text.
    pub to: usize,
}

/// A folded text with the way back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folded {
    /// Tokens joined by one space.
    pub text: String,
    pub tokens: Vec<Token>,
}

impl Folded {
    /// The folded letters of a token.
    pub fn token(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", |token| &self.text[token.from..token.to])
    }
}

/// The folded text: tokens joined by one space.
pub fn fold(text: &str) -> String {
    fold_with_offsets(text).text
}

/// The folded text, each token with its place in the original.
pub fn fold_with_offsets(text: &str) -> Folded {
    let mut builder =
        Builder { folded: Folded { text: String::with_capacity(text.len()), tokens: Vec::with_capacity(text.len() / 5) }, open: false };
    if text.is_ascii() {
        for (at, byte) in text.bytes().enumerate() {
            builder.letter(char::from(byte), at, at + 1);
        }
        return builder.folded;
    }
    for (at, letter) in text.char_indices() {
        let end = at + letter.len_utf8();
        match letter {
            _ if letter.is_ascii() => builder.letter(letter, at, end),
            'đ' | 'Đ' => builder.letter('d', at, end),
            // Decomposing letter by letter equals NFD of the whole: only the order of marks differs, and they go.
            _ => decompose_canonical(letter, |part| match part {
                _ if is_combining_mark(part) => builder.mark(end),
                _ => builder.letter(part, at, end),
            }),
        }
    }
    builder.folded
}

struct Builder {
    folded: Folded,
    /// Whether the last token may still grow.
    open: bool,
}

impl Builder {
    fn letter(&mut self, letter: char, start: usize, end: usize) {
        if !letter.is_ascii_alphanumeric() {
            self.open = false;
            return;
        }
        if !self.open {
            if !self.folded.tokens.is_empty() {
                self.folded.text.push(' ');
            }
            let from = self.folded.text.len();
            self.folded.tokens.push(Token { start, end, from, to: from });
            self.open = true;
        }
        self.folded.text.push(letter.to_ascii_lowercase());
        if let Some(token) = self.folded.tokens.last_mut() {
            token.end = end;
            token.to = self.folded.text.len();
        }
    }

    fn mark(&mut self, end: usize) {
        if let (true, Some(token)) = (self.open, self.folded.tokens.last_mut()) {
            token.end = end;
        }
    }
}

/// How a syllable is spelled: lower case, decomposed, the tone moved to the end, so that "hoá" and "hóa" are equal
/// and "thuế" differs from "thuê".
pub fn spelling(syllable: &str) -> String {
    let mut spelled = String::with_capacity(syllable.len() + 2);
    let mut tones = String::new();
    for letter in syllable.chars() {
        decompose_canonical(letter, |part| match part {
            '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}' => tones.push(part),
            _ => spelled.extend(part.to_lowercase()),
        });
    }
    spelled + &tones
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    /// The rule as it is written, slow and plain.
    fn by_the_rule(text: &str) -> String {
        let plain: String = text
            .nfc()
            .map(|letter| if matches!(letter, 'đ' | 'Đ') { 'd' } else { letter })
            .nfd()
            .filter(|letter| !is_combining_mark(*letter))
            .flat_map(char::to_lowercase)
            .collect();
        plain.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|token| !token.is_empty()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn spellings_meet() {
        for text in ["Hóa đơn", "hoá đơn", "HOA DON", "Ho\u{301}a d\u{31b}on", "hóa-đơn"] {
            assert_eq!(fold(text), "hoa don", "{text}");
        }
        assert_eq!(spelling("Hoá"), spelling("hóa"));
        assert_ne!(spelling("thuế"), spelling("thuê"));
        assert_ne!(spelling("dao"), spelling("đao"));
    }

    #[test]
    fn offsets_lead_back() {
        let text = "Nợ thuế: e\u{302}\u{301}, 5 triệu";
        let folded = fold_with_offsets(text);
        let words: Vec<&str> = folded.tokens.iter().map(|token| &text[token.start..token.end]).collect();
        assert_eq!(words, ["Nợ", "thuế", "e\u{302}\u{301}", "5", "triệu"]);
    }

    proptest! {
        #[test]
        fn equals_the_rule(text in "[a-zA-Z0-9đĐàÁảẽọưỨơỡăẶâểỹİßſK ,.\u{300}\u{301}\u{323}\u{302}\u{31b}日]{0,60}") {
            prop_assert_eq!(fold(&text), by_the_rule(&text));
        }

        #[test]
        fn any_text_folds_once(text in any::<String>()) {
            let folded = fold_with_offsets(&text);
            prop_assert_eq!(fold(&folded.text), folded.text.clone());
            let mut last = 0;
            for token in &folded.tokens {
                prop_assert!(last <= token.start && token.start < token.end && token.end <= text.len());
                prop_assert_eq!(fold(&text[token.start..token.end]), &folded.text[token.from..token.to]);
                last = token.start;
            }
        }
    }
}
