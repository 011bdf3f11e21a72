//! Many phrases found at once in one pass, tolerant of missing diacritics, of old and new tone marks, and of chat spellings.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use crate::fold::{Token, fold_with_offsets, spelling};

/// Chat spellings with one meaning only; those with several ("hd", "tt", "kh") are left alone.
const SHORT: &[(&str, &str)] = &[
    ("attp", "an toan thuc pham"),
    ("bhtn", "bao hiem that nghiep"),
    ("bhxh", "bao hiem xa hoi"),
    ("bhyt", "bao hiem y te"),
    ("cq", "co quan"),
    ("cti", "cong ty"),
    ("cty", "cong ty"),
    ("dkkd", "dang ky kinh doanh"),
    ("dn", "doanh nghiep"),
    ("dtm", "danh gia tac dong moi truong"),
    ("gcn", "giay chung nhan"),
    ("gp", "giay phep"),
    ("gpkd", "giay phep kinh doanh"),
    ("gplx", "giay phep lai xe"),
    ("gpmt", "giay phep moi truong"),
    ("gpxd", "giay phep xay dung"),
    ("gtgt", "gia tri gia tang"),
    ("hddt", "hoa don dien tu"),
    ("hdld", "hop dong lao dong"),
    ("hkd", "ho kinh doanh"),
    ("hs", "ho so"),
    ("kcn", "khu cong nghiep"),
    ("kd", "kinh doanh"),
    ("mst", "ma so thue"),
    ("nld", "nguoi lao dong"),
    ("nnt", "nguoi nop thue"),
    ("nv", "nhan vien"),
    ("pccc", "phong chay chua chay"),
    ("qltt", "quan ly thi truong"),
    ("qsdd", "quyen su dung dat"),
    ("tmdt", "thuong mai dien tu"),
    ("tncn", "thu nhap ca nhan"),
    ("tndn", "thu nhap doanh nghiep"),
    ("tttb", "trang thiet bi"),
    ("ubnd", "uy ban nhan dan"),
    ("vat", "gia tri gia tang"),
    ("vsattp", "ve sinh an toan thuc pham"),
    ("xd", "xay dung"),
    ("xnk", "xuat nhap khau"),
];

/// One place where a phrase was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Which phrase, in the order given to [`Phrases::new`].
    pub phrase: usize,
    /// Bytes of the original text.
    pub start: usize,
    pub end: usize,
    /// Tokens it covers, chat spellings written out.
    pub tokens: usize,
    /// How well the diacritics agree: 1 exact; about 0.85 if the text has none; near 0 if they differ.
    pub agreement: f32,
    /// The text stops inside the phrase: its writer may still be typing.
    pub unfinished: bool,
}

/// Phrases ready to be searched.
pub struct Phrases {
    machine: Option<AhoCorasick>,
    /// Per pattern: spelling of each token; empty where any spelling will do.
    spellings: Vec<Vec<String>>,
    /// Patterns without the border spaces, sorted, for a text that stops inside one.
    sorted: Vec<(String, usize)>,
    short: HashMap<&'static str, &'static str>,
}

impl Phrases {
    /// Prepares the phrases; one that folds to nothing is never found.
    pub fn new<'a>(phrases: impl IntoIterator<Item = &'a str>) -> Self {
        let short: HashMap<_, _> = SHORT.iter().copied().collect();
        let mut patterns = Vec::new();
        let mut spellings = Vec::new();
        let mut sorted = Vec::new();
        for (index, phrase) in phrases.into_iter().enumerate() {
            let words = Words::of(phrase, &short);
            spellings.push(
                words
                    .tokens
                    .iter()
                    .map(|token| if token.short { String::new() } else { spelling(&phrase[token.at.start..token.at.end]) })
                    .collect(),
            );
            let text = words.text.trim().to_owned();
            // A pattern of a single NUL cannot occur in folded text: the place in the list is kept, nothing is found.
            patterns.push(if text.is_empty() { "\0".to_owned() } else { format!(" {text} ") });
            if !text.is_empty() {
                sorted.push((text, index));
            }
        }
        sorted.sort();
        // Fails only beyond 2^31 states: then nothing is suggested, which callers can bear.
        let machine = AhoCorasickBuilder::new().match_kind(MatchKind::Standard).build(&patterns).ok();
        Self { machine, spellings, sorted, short }
    }

    /// Every place where a phrase occurs, overlapping ones too, in order of their end.
    pub fn find(&self, text: &str) -> Vec<Hit> {
        let words = Words::of(text, &self.short);
        let mut hits = Vec::new();
        if let Some(machine) = &self.machine {
            for found in machine.find_overlapping_iter(&words.text) {
                let first = words.tokens.partition_point(|token| token.at.from <= found.start());
                let count = self.spellings[found.pattern().as_usize()].len();
                hits.extend(self.hit(text, &words, found.pattern().as_usize(), first, count, false));
            }
        }
        self.unfinished(text, &words, &mut hits);
        hits
    }

    fn hit(&self, text: &str, words: &Words, phrase: usize, first: usize, count: usize, unfinished: bool) -> Option<Hit> {
        let tokens = words.tokens.get(first..first + count)?;
        let wanted = &self.spellings[phrase];
        let mut agreement = 1.0;
        for (index, token) in tokens.iter().enumerate() {
            let last_partial = unfinished && index + 1 == count;
            let Some(want) = wanted.get(index).filter(|want| !want.is_empty() && !token.short && !last_partial) else { continue };
            let original = &text[token.at.start..token.at.end];
            agreement *= match () {
                () if original.is_ascii() && want.is_ascii() => 1.0,
                // In a text full of diacritics a bare syllable more likely means what it says.
                () if original.is_ascii() => {
                    if words.accented {
                        0.7
                    } else {
                        0.93
                    }
                }
                () if spelling(original) == *want => 1.0,
                () => 0.15,
            };
        }
        Some(Hit { phrase, start: tokens.first()?.at.start, end: tokens.last()?.at.end, tokens: count, agreement, unfinished })
    }

    /// The text ends inside a phrase: at least one whole syllable and the beginning of the next.
    fn unfinished(&self, text: &str, words: &Words, hits: &mut Vec<Hit>) {
        if !text.ends_with(|last: char| last.is_alphanumeric()) {
            return;
        }
        let total = words.tokens.len();
        for count in (2..=5.min(total)).rev() {
            let first = total - count;
            let tail = words.text[words.tokens[first].at.from..].trim_end();
            if tail.len() < 6 {
                continue;
            }
            let begin = self.sorted.partition_point(|(pattern, _)| pattern.as_str() < tail);
            let before = hits.len();
            let alike = self.sorted[begin..]
                .iter()
                .take_while(|(pattern, _)| pattern.starts_with(tail))
                .filter(|(pattern, _)| pattern.len() > tail.len());
            for (_, phrase) in alike.take(4) {
                hits.extend(self.hit(text, words, *phrase, first, count, true));
            }
            if hits.len() > before {
                return;
            }
        }
    }
}

struct Word {
    /// `from` and `to` point into [`Words::text`].
    at: Token,
    /// Written out from a chat spelling: its diacritics are unknown.
    short: bool,
}

struct Words {
    /// " token token token ".
    text: String,
    tokens: Vec<Word>,
    /// Most syllables carry marks.
    accented: bool,
}

impl Words {
    fn of(original: &str, short: &HashMap<&str, &'static str>) -> Self {
        let folded = fold_with_offsets(original);
        let mut text = String::with_capacity(folded.text.len() + 32);
        let mut tokens = Vec::with_capacity(folded.tokens.len());
        let mut marked = 0;
        text.push(' ');
        for (index, token) in folded.tokens.iter().enumerate() {
            let word = folded.token(index);
            marked += usize::from(!original[token.start..token.end].is_ascii());
            let long = short.get(word).copied();
            for part in long.unwrap_or(word).split(' ') {
                let from = text.len();
                text.push_str(part);
                tokens.push(Word { at: Token { from, to: text.len(), ..*token }, short: long.is_some() });
                text.push(' ');
            }
        }
        Self { text, accented: marked * 5 >= tokens.len() * 2 && marked > 0, tokens }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn marks_decide_between_like_words() {
        let phrases = Phrases::new(["hóa đơn điện tử", "bán hàng đa cấp", "thuế"]);
        let agreement = |text: &str, phrase| {
            phrases.find(text).into_iter().filter(|hit| hit.phrase == phrase && !hit.unfinished).map(|hit| hit.agreement).next()
        };
        assert_eq!(agreement("Lỗi hoá đơn điện tử.", 0), Some(1.0));
        assert!(agreement("loi hoa don dien tu.", 0).is_some_and(|value| value > 0.7));
        assert!(agreement("HĐĐT: hddt bi loi", 0).is_some());
        assert!(agreement("Tôi đang thuê nhà ở phường này.", 2).is_some_and(|value| value < 0.2));
        assert_eq!(agreement("thuehoadon", 2), None);
    }

    #[test]
    fn typing_has_not_ended() {
        let phrases = Phrases::new(["hoàn thuế giá trị gia tăng"]);
        let hits = phrases.find("Công ty tôi chờ hoàn thuế gi");
        assert_eq!(hits.len(), 1);
        assert!(hits[0].unfinished);
        assert!(phrases.find("chờ hoàn").is_empty());
    }

    proptest! {
        #[test]
        fn hits_are_where_they_say(before in "[a-zàđ ,.]{0,20}", after in "[a-zàđ ,.]{0,20}") {
            let phrases = Phrases::new(["quản lý thị trường", "cháy"]);
            let text = format!("{before} quan ly thị trường {after}");
            let hit = phrases.find(&text).into_iter().find(|hit| hit.phrase == 0);
            prop_assert_eq!(hit.map(|hit| text[hit.start..hit.end].to_owned()), Some("quan ly thị trường".to_owned()));
        }

        #[test]
        fn never_panics(text in any::<String>()) {
            for hit in Phrases::new(["a b", "thuế", "", "cty"]).find(&text) {
                prop_assert!(text.get(hit.start..hit.end).is_some());
            }
        }
    }
}
