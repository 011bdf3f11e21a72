//! A short title of a message: its first meaningful sentence without the greeting.

use crate::fold::fold;

/// Most characters of a title.
pub const LIMIT: usize = 90;

/// Beginnings that say nothing yet, folded; longer ones first.
const GREETINGS: &[&str] = &[
    "kinh gui",
    "kinh chao",
    "kinh thua",
    "xin chao",
    "xin kinh chao",
    "chao anh chi",
    "chao ac",
    "chao cac anh chi",
    "em chao",
    "toi chao",
    "da chao",
    "alo",
    "hello",
    "hi ",
    "dear",
    "thua",
    "chao ",
    "da em chao",
    "da ",
    "da,",
    "toi ten la",
    "toi la",
    "em la",
    "toi ten",
    "minh la",
    "re:",
    "fwd:",
    "fw:",
    "good morning",
    "to whom",
];

/// Beginnings of a sentence that can be taken away without loss, folded.
const OPENERS: &[&str] = &[
    "ad oi cho hoi",
    "cho em hoi",
    "cho toi hoi",
    "cho minh hoi",
    "cho cong ty hoi",
    "cho hoi",
    "xin cho hoi",
    "xin hoi",
    "em xin hoi",
    "toi xin hoi",
    "da cho em hoi",
    "toi muon hoi",
    "em muon hoi",
    "nho anh chi",
    "ad oi",
    "mn oi",
];

/// At most [`LIMIT`] characters, on one line, cut at a word; empty only if the text has no letter or digit.
pub fn title(text: &str) -> String {
    let mut fallback = String::new();
    for sentence in sentences(text) {
        let sentence = without_opener(sentence);
        let folded = fold(sentence);
        let words = folded.split(' ').filter(|word| !word.is_empty()).count();
        if words == 0 {
            continue;
        }
        let clean = tidy(sentence);
        if words >= 3 && !is_greeting(&folded) {
            return shorten(&clean);
        }
        if fallback.is_empty() || (is_greeting(&fold(&fallback)) && !is_greeting(&folded)) {
            fallback = clean;
        }
    }
    shorten(&fallback)
}

/// Sentences and lines, in order. A dot inside a number or an abbreviation ("1.500", "TP.HCM") ends nothing.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest
            .char_indices()
            .find(|(at, letter)| match letter {
                '\n' | '\r' | '!' | '?' | ';' => true,
                '.' => rest[at + 1..].chars().next().is_none_or(char::is_whitespace),
                _ => false,
            })
            .map(|(at, letter)| (at, at + letter.len_utf8(), letter));
        let (sentence, next) = match end {
            // The question mark belongs to the sentence.
            Some((_, next, '?')) => (&rest[..next], next),
            Some((at, next, _)) => (&rest[..at], next),
            None => (rest, rest.len()),
        };
        rest = &rest[next..];
        Some(sentence)
    })
}

fn is_greeting(folded: &str) -> bool {
    let padded = format!("{folded} ");
    GREETINGS.iter().any(|greeting| {
        let greeting = greeting.trim_end_matches([',', ':']);
        padded.strip_prefix(greeting).is_some_and(|rest| greeting.ends_with(' ') || rest.starts_with(' '))
    }) && folded.split(' ').count() <= 14
}

/// Takes away "Kính gửi anh chị," and "cho em hỏi" where a sentence goes on after them.
fn without_opener(sentence: &str) -> &str {
    let mut rest = sentence.trim_start_matches(|letter: char| !letter.is_alphanumeric());
    if let Some((greeting, after)) = rest.split_once([',', ':'])
        && is_greeting(&fold(greeting))
        && fold(after).split(' ').count() >= 3
    {
        rest = after.trim_start();
    }
    let folded = crate::fold::fold_with_offsets(rest);
    for opener in OPENERS {
        let goes_on = folded.text.strip_prefix(opener).is_some_and(|after| after.starts_with(' ') && after.split(' ').count() > 3);
        if goes_on && let Some(token) = folded.tokens.get(opener.split(' ').count()) {
            return &rest[token.start..];
        }
    }
    rest
}

/// One line, single spaces, no control characters, a capital first.
fn tidy(sentence: &str) -> String {
    let plain: String = sentence.chars().map(|letter| if letter.is_control() || is_bidi(letter) { ' ' } else { letter }).collect();
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = line.trim_end_matches([',', '.', ':', ';', '-', ' ']);
    let mut letters = line.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Marks that turn the direction of the text around them.
fn is_bidi(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= LIMIT {
        return text.to_owned();
    }
    let cut: String = text.chars().take(LIMIT - 1).collect();
    // A word of more than half the title is cut inside: it is no word.
    let at = cut.rfind(' ').filter(|at| cut[..*at].chars().count() > LIMIT / 2).unwrap_or(cut.len());
    format!("{}…", cut[..at].trim_end_matches([',', '.', ':', ';', '-', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn greetings_go() {
        for (text, wanted) in [
            (
                "Kính gửi quý cơ quan,\nCông ty chúng tôi chờ hoàn thuế 4 tháng. Mong sớm trả lời.",
                "Công ty chúng tôi chờ hoàn thuế 4 tháng",
            ),
            ("Kính gửi anh chị, tờ khai luồng đỏ từ hôm qua", "Tờ khai luồng đỏ từ hôm qua"),
            ("ad oi cho hoi thu tuc xin giay phep lao dong", "Thu tuc xin giay phep lao dong"),
            ("Xin chào. Đường trước TP.HCM Mall ngập 1.5 m.", "Đường trước TP.HCM Mall ngập 1.5 m"),
            ("Mất điện!", "Mất điện"),
            ("Xin chào", "Xin chào"),
            ("…", ""),
        ] {
            assert_eq!(title(text), wanted);
        }
    }

    #[test]
    fn long_ones_are_cut_at_a_word() {
        let made = title(&"doanh nghiệp ".repeat(40));
        assert!(made.ends_with("nghiệp…") || made.ends_with("doanh…"));
        assert_eq!(title(&"a".repeat(300)).chars().count(), LIMIT);
    }

    proptest! {
        #[test]
        fn short_and_clean(text in any::<String>()) {
            let made = title(&text);
            prop_assert!(made.chars().count() <= LIMIT);
            prop_assert!(!made.chars().any(|letter| letter.is_control() || is_bidi(letter)));
        }

        #[test]
        fn never_empty_for_words(text in "[a-zà ,.!?\n]{0,20}[a-z][a-zà ,.!?\n]{0,200}") {
            prop_assert!(!title(&text).is_empty());
        }
    }
}
