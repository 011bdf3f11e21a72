//! Published answers that may already answer what somebody is writing.

use tantivy::collector::TopDocs;

use crate::columns::hits;
use crate::search::{at_least, rarest};
use crate::syllables::{pairs, syllables};
use crate::{Hit, Index, Kind, Result};

/// Syllables of the text that are read.
const MOST_SYLLABLES: usize = 200;
/// Of its pairs of syllables, the rarest this many are compared.
const MOST_PAIRS: usize = 40;
/// Postings read at most; publications are far fewer than cases.
const POSTINGS: u64 = 100_000;

impl Index {
    /// Publications that share the rarest pairs of syllables with the text, best first. Most Vietnamese words are two
    /// syllables: one shared pair says nothing about a longer text, so two are required, from nine pairs on three.
    pub fn similar(&self, text: &str, limit: usize) -> Result<Vec<Hit>> {
        let mut syllables = syllables(text);
        syllables.truncate(MOST_SYLLABLES);
        let spelled: Vec<&str> = syllables.iter().map(|syllable| syllable.folded.as_str()).collect();
        let texts = self.fields().texts(Kind::Publication);
        let (field, words) = match spelled.as_slice() {
            [word] => (texts.folded, vec![(*word).to_owned()]),
            spelled => (texts.folded_pairs, pairs(spelled)),
        };
        let required = match words.len() {
            0..=2 => 1,
            3..=8 => 2,
            _ => 3,
        };
        let searcher = self.searcher();
        let terms = words.iter().map(|word| tantivy::Term::from_field_text(field, word)).collect();
        let mut terms = rarest(&searcher, terms, POSTINGS)?;
        terms.truncate(MOST_PAIRS);
        if limit == 0 || terms.len() < required {
            return Ok(Vec::new());
        }
        let Some(query) = at_least(required, terms) else { return Ok(Vec::new()) };
        hits(&searcher, searcher.search(&query, &TopDocs::with_limit(limit).order_by_score())?)
    }
}
