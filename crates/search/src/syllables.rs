//! The one folding of the index: what is typed with marks, without, precomposed or decomposed meets in the same words.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};
use unicode_normalization::char::{compose, decompose_canonical, is_combining_mark};

/// Longer runs (keys, encoded blocks) are cut: their beginnings still find them.
const LONGEST: usize = 64;
/// Grave, acute, tilde, hook above, dot below.
const TONES: [char; 5] = ['\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}'];

/// One run of letters and digits, in two spellings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Syllable {
    /// `[a-z0-9]+`.
    pub folded: String,
    /// Lower case NFC with its marks; the tone stands at the end, so that "hoà" and "hòa" are one.
    pub accented: String,
    /// Bytes of the text it was read from.
    pub from: usize,
    pub to: usize,
}

/// đ/Đ to d, NFD, marks dropped, lower case, cut at everything that is not `[a-z0-9]`.
pub fn syllables(text: &str) -> Vec<Syllable> {
    split(text, true)
}

/// Without marks wanted, `accented` stays empty: spelling is the dear part.
fn split(text: &str, marks: bool) -> Vec<Syllable> {
    let mut found = Vec::new();
    let mut open = Open { marks, ..Open::default() };
    for (at, char) in text.char_indices() {
        let end = at + char.len_utf8();
        if char.is_ascii_alphanumeric() {
            open.extend(char.to_ascii_lowercase(), char, at, end);
        } else if char.is_ascii() {
            open.close(text, &mut found);
        } else if is_combining_mark(char) {
            open.mark(end);
        } else {
            let before = open.folded.len();
            let mut letters_only = true;
            decompose_canonical(char, |part| {
                let part = if matches!(part, 'đ' | 'Đ') { 'd' } else { part };
                if is_combining_mark(part) {
                    return;
                }
                match part.to_lowercase().next() {
                    Some(low) if low.is_ascii_alphanumeric() => open.extend(low, char, at, end),
                    _ => letters_only = false,
                }
            });
            if !letters_only {
                open.folded.truncate(before);
                open.close(text, &mut found);
            }
        }
    }
    open.close(text, &mut found);
    found
}

/// Joined spellings of every two neighbours: a phrase becomes a term.
pub fn pairs(spellings: &[&str]) -> Vec<String> {
    spellings.windows(2).map(|two| format!("{} {}", two[0], two[1])).collect()
}

#[derive(Default)]
struct Open {
    folded: String,
    from: usize,
    to: usize,
    marked: bool,
    marks: bool,
}

impl Open {
    fn extend(&mut self, low: char, original: char, at: usize, end: usize) {
        if self.folded.is_empty() {
            (self.from, self.marked) = (at, false);
        }
        self.marked |= !original.is_ascii();
        self.folded.push(low);
        self.to = end;
    }

    fn mark(&mut self, end: usize) {
        if !self.folded.is_empty() {
            (self.to, self.marked) = (end, true);
        }
    }

    fn close(&mut self, text: &str, found: &mut Vec<Syllable>) {
        if self.folded.is_empty() {
            return;
        }
        let mut folded = std::mem::take(&mut self.folded);
        folded.truncate(LONGEST);
        let accented = match (self.marks, self.marked) {
            (false, _) => String::new(),
            (true, false) => folded.clone(),
            (true, true) => accented(&text[self.from..self.to]),
        };
        found.push(Syllable { folded, accented, from: self.from, to: self.to });
    }
}

fn accented(word: &str) -> String {
    let (mut letters, mut tones) = (String::with_capacity(word.len()), String::new());
    for char in word.chars().take(LONGEST).flat_map(char::to_lowercase) {
        decompose_canonical(char, |part| {
            if TONES.contains(&part) {
                tones.push(part);
            } else if let Some(whole) = letters.chars().next_back().and_then(|letter| compose(letter, part)) {
                letters.pop();
                letters.push(whole);
            } else {
                letters.push(part);
            }
        });
    }
    letters + &tones
}

/// What a field keeps of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    Folded,
    Accented,
    FoldedPairs,
    AccentedPairs,
}

impl Spelling {
    pub const ALL: [Spelling; 4] = [Spelling::Folded, Spelling::Accented, Spelling::FoldedPairs, Spelling::AccentedPairs];

    /// Its name among the tokenizers of the index.
    pub fn name(self) -> &'static str {
        match self {
            Spelling::Folded => "folded",
            Spelling::Accented => "accented",
            Spelling::FoldedPairs => "folded_pairs",
            Spelling::AccentedPairs => "accented_pairs",
        }
    }

    fn tokens(self, text: &str) -> Vec<Token> {
        let syllables = split(text, matches!(self, Spelling::Accented | Spelling::AccentedPairs));
        let token = |position: usize, text: String, from: usize, to: usize| Token {
            offset_from: from,
            offset_to: to,
            position,
            text,
            position_length: 1,
        };
        let two = |spell: fn(&Syllable) -> &str| {
            let joined = syllables.windows(2).map(move |two| (format!("{} {}", spell(&two[0]), spell(&two[1])), two[0].from, two[1].to));
            joined.enumerate().map(|(n, (text, from, to))| token(n, text, from, to)).collect()
        };
        match self {
            Spelling::Folded => syllables.into_iter().enumerate().map(|(n, s)| token(n, s.folded, s.from, s.to)).collect(),
            Spelling::Accented => syllables.into_iter().enumerate().map(|(n, s)| token(n, s.accented, s.from, s.to)).collect(),
            Spelling::FoldedPairs => two(|syllable| &syllable.folded),
            Spelling::AccentedPairs => two(|syllable| &syllable.accented),
        }
    }
}

impl Tokenizer for Spelling {
    type TokenStream<'a> = Tokens;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Tokens {
        Tokens { rest: self.tokens(text).into_iter(), token: Token::default() }
    }
}

pub struct Tokens {
    rest: std::vec::IntoIter<Token>,
    token: Token,
}

impl TokenStream for Tokens {
    fn advance(&mut self) -> bool {
        match self.rest.next() {
            Some(token) => {
                self.token = token;
                true
            }
            None => false,
        }
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    fn folded(text: &str) -> Vec<String> {
        syllables(text).into_iter().map(|syllable| syllable.folded).collect()
    }

    fn spelled(text: &str) -> Vec<String> {
        syllables(text).into_iter().map(|syllable| syllable.accented).collect()
    }

    #[test]
    fn marks_case_and_composition_do_not_matter() {
        let text = "Đề nghị HOÀN thuế GTGT, quý 3/2026: «chưa được» giải quyết!";
        let decomposed: String = text.nfd().collect();
        let plain = "de nghi hoan thue gtgt quy 3 2026 chua duoc giai quyet";
        assert_eq!(folded(text), plain.split(' ').collect::<Vec<_>>());
        assert_eq!(folded(&decomposed), folded(text));
        assert_eq!(spelled(&decomposed), spelled(text));
        assert_eq!(folded(plain), folded(text));
        assert_ne!(spelled(plain), spelled(text));
    }

    #[test]
    fn both_places_of_the_tone_are_one_spelling() {
        assert_eq!(spelled("hoà thuý uỷ"), spelled("hòa thúy ủy"));
        assert_ne!(spelled("thuế"), spelled("thuê"));
    }

    #[test]
    fn other_scripts_separate() {
        assert_eq!(folded("thuế中小đất ß x"), ["thue", "dat", "x"]);
        assert_eq!(folded("a\u{200b}b"), ["a", "b"]);
    }

    proptest! {
        #[test]
        fn spellings_stay_in_step(text in "\\PC{0,60}") {
            let decomposed: String = text.nfd().collect();
            let composed: String = text.nfc().collect();
            prop_assert_eq!(folded(&decomposed), folded(&composed));
            for syllable in syllables(&text) {
                prop_assert!(!syllable.folded.is_empty());
                prop_assert!(syllable.folded.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
                prop_assert_eq!(&folded(&text[syllable.from..syllable.to])[0], &syllable.folded);
            }
        }
    }
}
