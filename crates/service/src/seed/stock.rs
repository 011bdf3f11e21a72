//! What seeded people say: sentences of the samples, mixed.

use std::collections::BTreeMap;

use crate::clock::SeededRandom;
use crate::reference::Reference;

/// A message and its answer, whose sentences are mixed with those of others of the same field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    pub field: String,
    pub question: String,
    pub answer: String,
}

/// Sentences by field; those of all fields where a field has none.
pub(super) struct Stock {
    questions: Sentences,
    answers: Sentences,
}

#[derive(Default)]
struct Sentences {
    of_field: BTreeMap<String, Vec<String>>,
    all: Vec<String>,
}

impl Stock {
    pub fn new(samples: &[Sample], reference: &Reference) -> Self {
        let (mut questions, mut answers) = (Sentences::default(), Sentences::default());
        for sample in samples {
            questions.add(&sample.field, &sample.question);
            answers.add(&sample.field, &sample.answer);
        }
        for (code, field) in &reference.fields {
            for phrase in &field.seeds {
                questions.of_field.entry(code.clone()).or_default().push(format!("Việc {}.", phrase.trim_start_matches('~')));
            }
        }
        for sentences in [&mut questions, &mut answers] {
            sentences.all = sentences.of_field.values().flatten().cloned().collect();
            if sentences.all.is_empty() {
                sentences.all.push("Đơn vị đã xem hồ sơ và trả lời như sau.".to_owned());
            }
        }
        Self { questions, answers }
    }

    /// What a sender writes, with a number of his own: the rare words of a search.
    pub fn report(&self, field: &str, words: usize, dice: &SeededRandom) -> String {
        let number = format!("H{:02}-{:06}", dice.below(100), dice.below(1_000_000));
        let last = ["Số", "biên", "nhận", number.as_str()];
        let mut picked = self.questions.words(field, words.saturating_sub(last.len()), dice);
        picked.extend(last);
        picked.join(" ")
    }

    pub fn answer(&self, field: &str, words: usize, dice: &SeededRandom) -> String {
        self.answers.words(field, words, dice).join(" ")
    }
}

impl Sentences {
    fn add(&mut self, field: &str, text: &str) {
        let sentences = text.split_inclusive(['.', '?', '!', ';']).map(str::trim).filter(|sentence| sentence.len() > 3);
        self.of_field.entry(field.to_owned()).or_default().extend(sentences.map(str::to_owned));
    }

    fn words(&self, field: &str, count: usize, dice: &SeededRandom) -> Vec<&str> {
        let pick = |from: &[String]| usize::try_from(dice.below(from.len() as u64)).unwrap_or(0);
        let own = self.of_field.get(field).map_or(&self.all[..], Vec::as_slice);
        let mut words = Vec::with_capacity(count + 4);
        while words.len() < count {
            // Now and then people speak of something else as well.
            let from = if own.is_empty() || dice.below(4) == 0 { &self.all[..] } else { own };
            words.extend(from[pick(from)].split_whitespace());
        }
        words.truncate(count);
        words
    }
}

/// A name that most of the city might bear.
pub(super) fn name(number: u64) -> String {
    const FAMILY: [&str; 11] = ["Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ"];
    const MIDDLE: [&str; 7] = ["Thị", "Văn", "Minh", "Thanh", "Ngọc", "Quốc", "Hoàng"];
    const GIVEN: [&str; 13] = ["An", "Bình", "Châu", "Dung", "Giang", "Hạnh", "Khánh", "Lan", "Nam", "Phúc", "Quân", "Trang", "Yến"];
    let at = |list: &[&'static str], number: u64| list.get(usize::try_from(number % list.len() as u64).unwrap_or(0)).copied().unwrap_or("");
    format!("{} {} {}", at(&FAMILY, number), at(&MIDDLE, number / 11), at(&GIVEN, number / 77))
}
