//! Which language a message is written in: English is told from Vietnamese, with or without diacritics.
//!
//! Whoever writes Vietnamese must not be answered in English. So English is said only of a text with several words of
//! English grammar that no Vietnamese syllable looks like, and hardly any Vietnamese in it; what is short or mixed stays
//! undecided.

use std::collections::BTreeSet;

use crate::fold::fold_with_offsets;

/// A language that messages go out in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    Vietnamese,
    English,
}

impl Language {
    /// ISO 639-1.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Vietnamese => "vi",
            Self::English => "en",
        }
    }
}

/// Words of English grammar. None is a Vietnamese syllable without its marks (as "the", "to" and "not" are), and none of
/// them opens or ends Vietnamese office mail (as "dear" and "regards" do).
const ENGLISH: [&str; 57] = [
    "about", "after", "all", "already", "and", "any", "are", "as", "because", "been", "before", "between", "could", "did", "does", "each",
    "for", "from", "had", "has", "have", "how", "if", "into", "is", "its", "of", "or", "other", "our", "should", "since", "some", "still",
    "their", "there", "these", "they", "this", "those", "under", "us", "very", "was", "we", "were", "what", "when", "where", "whether",
    "which", "while", "who", "will", "with", "would", "your",
];

/// Words of Vietnamese grammar and politeness, folded. No English word is spelled like them, and names of people, firms and
/// streets hold hardly two of them.
const VIETNAMESE: [&str; 24] = [
    "chua", "chung", "cua", "cung", "duoc", "giup", "gui", "hien", "hoac", "khong", "kinh", "neu", "nhieu", "nho", "nhung", "phai", "rang",
    "roi", "theo", "toi", "truoc", "voi", "vui", "xin",
];

/// What begins a syllable, folded.
const ONSETS: [&str; 28] = [
    "", "b", "c", "ch", "d", "g", "gh", "gi", "h", "k", "kh", "l", "m", "n", "ng", "ngh", "nh", "p", "ph", "qu", "r", "s", "t", "th", "tr",
    "v", "x", "q",
];
/// The vowels of a syllable, folded.
const NUCLEI: [&str; 37] = [
    "a", "ai", "ao", "au", "ay", "e", "eo", "eu", "i", "ia", "ie", "ieu", "iu", "o", "oa", "oai", "oao", "oay", "oe", "oeo", "oi", "oo",
    "u", "ua", "uay", "ue", "ui", "uo", "uoi", "uou", "uu", "uy", "uya", "uye", "uyu", "y", "ye",
];
/// What ends a syllable.
const CODAS: [&str; 9] = ["", "c", "ch", "m", "n", "ng", "nh", "p", "t"];

/// The language of a text; `None` when it is too short, mixed, or neither of the two.
pub fn written_in(text: &str) -> Option<Language> {
    let folded = fold_with_offsets(text);
    let (mut words, mut marked, mut foreign, mut english_words) = (0_usize, 0_usize, 0_usize, 0_usize);
    let (mut english, mut vietnamese) = (BTreeSet::new(), BTreeSet::new());
    for (index, token) in folded.tokens.iter().enumerate() {
        let word = folded.token(index);
        if !word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            continue;
        }
        words += 1;
        marked += usize::from(!text[token.start..token.end].is_ascii());
        foreign += usize::from(!is_syllable(word));
        if let Ok(at) = ENGLISH.binary_search(&word) {
            english_words += 1;
            english.insert(at);
        }
        if let Ok(at) = VIETNAMESE.binary_search(&word) {
            vietnamese.insert(at);
        }
    }
    let share = |part: usize, percent: usize| part * 100 >= words * percent;
    if vietnamese.len() >= 2 || (words >= 4 && share(marked, 50)) {
        return Some(Language::Vietnamese);
    }
    // Names and addresses under an English letter carry their marks.
    let few_marks = !share(marked, 40);
    (english.len() >= 3 && share(english_words, 10) && share(foreign, 40) && few_marks).then_some(Language::English)
}

/// Whether a folded word could be a Vietnamese syllable without its marks.
fn is_syllable(word: &str) -> bool {
    ONSETS.iter().filter_map(|onset| word.strip_prefix(onset)).any(|rime| {
        let vowels = rime.bytes().take_while(|byte| b"aeiouy".contains(byte)).count();
        let (nucleus, coda) = rime.split_at(vowels);
        NUCLEI.contains(&nucleus) && CODAS.contains(&coda)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_of_english_grammar_looks_vietnamese() {
        assert!(ENGLISH.is_sorted() && VIETNAMESE.is_sorted(), "they are searched by halves");
        for word in ENGLISH {
            assert!(!is_syllable(word), "{word}");
        }
        for word in VIETNAMESE {
            assert!(is_syllable(word), "{word}");
        }
    }

    #[test]
    fn syllables_are_known_by_their_shape() {
        for word in ["nghieng", "quyen", "the", "hoan", "thue", "gia", "xuong", "khuya", "ruou", "y", "an"] {
            assert!(is_syllable(word), "{word}");
        }
        for word in ["tax", "refund", "which", "export", "street", "ltd", "w", "boolean", ""] {
            assert!(!is_syllable(word), "{word}");
        }
    }
}
