//! What somebody typed into a search box. Any text is fine: nothing here can be a syntax error.

use crate::syllables::{Syllable, syllables};

/// Characters of a query that are read; the rest is left out.
pub const LONGEST_QUERY: usize = 300;
/// Words of a query that are read; the rest is left out.
pub const MOST_WORDS: usize = 12;
/// Digits from which the beginning of a code is looked up.
pub const SHORTEST_CODE: usize = 4;
const LONGEST_CODE: usize = 20;

/// Words that were typed one after another.
#[derive(Debug, PartialEq, Eq)]
pub struct Run {
    pub words: Vec<Syllable>,
    /// Written in quotes: they stand so in the text, or it is no hit.
    pub quoted: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Words {
    pub runs: Vec<Run>,
    /// The digits, when the whole query can be a code: with spaces, dots, dashes, after "DT".
    pub code: Option<String>,
}

impl Words {
    pub fn read(typed: &str) -> Words {
        let typed: String = typed.chars().take(LONGEST_QUERY).collect();
        let mut left = MOST_WORDS;
        let mut runs = Vec::new();
        let mut rest = typed.as_str();
        while let Some((before, inside, after)) = quoted(rest) {
            push(&mut runs, before, false, &mut left);
            push(&mut runs, inside, true, &mut left);
            rest = after;
        }
        push(&mut runs, rest, false, &mut left);
        Words { runs, code: code(&typed) }
    }

    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Every word once.
    pub fn all(&self) -> Vec<&Syllable> {
        let mut words: Vec<&Syllable> = Vec::new();
        for word in self.runs.iter().flat_map(|run| &run.words) {
            if !words.iter().any(|known| known.accented == word.accented) {
                words.push(word);
            }
        }
        words
    }

    /// Whether it was typed with Vietnamese marks; without, the spelling says nothing.
    pub fn accented(&self) -> bool {
        self.runs.iter().flat_map(|run| &run.words).any(|word| word.accented != word.folded)
    }
}

fn push(runs: &mut Vec<Run>, text: &str, quoted: bool, left: &mut usize) {
    let mut words = syllables(text);
    words.truncate(*left);
    *left -= words.len();
    if !words.is_empty() {
        runs.push(Run { words, quoted });
    }
}

/// Before, inside and after the first closed pair of quotes.
fn quoted(text: &str) -> Option<(&str, &str, &str)> {
    const QUOTES: [char; 6] = ['"', '“', '”', '„', '«', '»'];
    let (open, mark) = text.char_indices().find(|(_, char)| QUOTES.contains(char))?;
    let inside = open + mark.len_utf8();
    let (close, end) = text[inside..].char_indices().find(|(_, char)| QUOTES.contains(char))?;
    Some((&text[..open], &text[inside..inside + close], &text[inside + close + end.len_utf8()..]))
}

fn code(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let digits = match typed.get(..2) {
        Some(prefix) if prefix.eq_ignore_ascii_case("dt") => &typed[2..],
        _ => typed,
    };
    if digits.chars().any(|char| !(char.is_ascii_digit() || matches!(char, ' ' | '.' | '-' | '\u{a0}'))) {
        return None;
    }
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    (SHORTEST_CODE..=LONGEST_CODE).contains(&digits.len()).then_some(digits)
}

/// The beginnings by which a code is found.
pub fn beginnings(code: &str) -> impl Iterator<Item = String> {
    let digits: String = code.chars().filter(char::is_ascii_digit).take(LONGEST_CODE).collect();
    (SHORTEST_CODE..=digits.len()).map(move |length| digits[..length].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(typed: &str) -> Vec<(String, bool)> {
        let spell = |run: &Run| run.words.iter().map(|word| word.folded.as_str()).collect::<Vec<_>>().join(" ");
        Words::read(typed).runs.iter().map(|run| (spell(run), run.quoted)).collect()
    }

    #[test]
    fn quotes_make_phrases_and_an_open_quote_does_not() {
        assert_eq!(runs("hoàn \"thuế GTGT\" quý"), [("hoan".into(), false), ("thue gtgt".into(), true), ("quy".into(), false)]);
        assert_eq!(runs("“giấy phép”"), [("giay phep".into(), true)]);
        assert_eq!(runs("\"giấy phép"), [("giay phep".into(), false)]);
        assert_eq!(runs("\"\" +:*^~(["), []);
    }

    #[test]
    fn codes_are_read_in_every_writing() {
        for typed in ["2640719235", "26 4071 923 5", "DT26.4071.923-5", " dt 2640719235 "] {
            assert_eq!(Words::read(typed).code.as_deref(), Some("2640719235"), "{typed}");
        }
        assert_eq!(Words::read("264").code, None);
        assert_eq!(Words::read("nghị định 2640719235").code, None);
    }

    #[test]
    fn long_input_is_cut() {
        let words = Words::read(&"thuế ".repeat(10_000));
        assert_eq!(words.runs[0].words.len(), MOST_WORDS);
        assert_eq!(words.all().len(), 1);
    }
}
