//! Finding and ranking.
//!
//! By relevance in tiers, each a plain conjunction of terms, which the index answers without scoring every match: the code,
//! the sender's name, the words as typed one after another, the words as typed, the words whatever their marks. A tier is
//! asked only while the ones before it did not fill the page. Newest first reads the widest tier only, in the order the
//! segments are sorted, and stops when the page is full.

use std::cmp::Reverse;
use std::collections::HashSet;

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, ConstScoreQuery, EnableScoring, PhraseQuery, Query as _, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, DocSet, Searcher, TERMINATED, Term};
use uuid::Uuid;

use crate::columns::{Columns, hits};
use crate::schema::{Fields, Texts};
use crate::syllables::{Syllable, pairs};
use crate::words::{Run, Words};
use crate::{After, Hit, Index, Kind, Query, Result};

/// Nobody reads further by relevance.
const DEEPEST: usize = 1_000;
/// Postings read when no document has every word: only the rarest words are looked for then.
const ANY_WORD_POSTINGS: u64 = 100_000;
/// Above every score within a tier.
const TIER: f32 = 1_000.0;

pub(crate) type Clause = Box<dyn tantivy::query::Query>;

impl Index {
    /// Documents with every word; when there is none, those with at least half of them. Only what the query's agencies may
    /// see is found. Never fails for what was typed; no words find nothing.
    pub fn search(&self, query: &Query) -> Result<Vec<Hit>> {
        let words = Words::read(&query.words);
        let nobody = query.agencies.as_ref().is_some_and(Vec::is_empty) && query.received_by.is_empty();
        if query.limit == 0 || words.is_empty() || nobody {
            return Ok(Vec::new());
        }
        let searcher = self.searcher();
        let fields = self.fields();
        let asked = Asked { searcher: &searcher, fields, texts: fields.texts(query.kind), words: &words, query };
        if query.newest_first { asked.newest() } else { asked.best() }
    }
}

struct Asked<'a> {
    searcher: &'a Searcher,
    fields: &'a Fields,
    texts: Texts,
    words: &'a Words,
    query: &'a Query,
}

impl Asked<'_> {
    fn best(&self) -> Result<Vec<Hit>> {
        let skip = match self.query.after {
            Some(After::Rank(shown)) => shown,
            _ => 0,
        };
        let want = (skip.saturating_add(self.query.limit)).min(DEEPEST);
        if skip >= want {
            return Ok(Vec::new());
        }
        let mut seen = HashSet::new();
        let mut found: Vec<(f32, DocAddress)> = Vec::new();
        let tiers = self.tiers();
        let count = tiers.len();
        for (rank, tier) in tiers.into_iter().enumerate() {
            if found.len() >= want {
                break;
            }
            let base = (count - rank) as f32 * TIER;
            // Those already found are at most as many as wanted, so a full tier fills the page.
            for (score, address) in self.top(tier, want)? {
                if found.len() < want && seen.insert(address) {
                    found.push((base + score, address));
                }
            }
        }
        if found.is_empty()
            && let Some(any) = self.any_words()?
        {
            found = self.top(vec![any], want)?;
        }
        hits(self.searcher, found.into_iter().skip(skip))
    }

    fn newest(&self) -> Result<Vec<Hit>> {
        let after = match self.query.after {
            Some(After::Time { at, id }) => Some((at, id)),
            _ => None,
        };
        let page = self.newest_of(self.every_word(), self.query.limit, after)?;
        // An empty later page is the end, not a reason to widen the search.
        if !page.is_empty() || (after.is_some() && !self.newest_of(self.every_word(), 1, None)?.is_empty()) {
            return Ok(page);
        }
        match self.any_words()? {
            Some(any) => self.newest_of(vec![any], self.query.limit, after),
            None => Ok(page),
        }
    }

    fn top(&self, required: Vec<Clause>, want: usize) -> Result<Vec<(f32, DocAddress)>> {
        let query = BooleanQuery::intersection(self.filtered(required));
        Ok(self.searcher.search(&query, &TopDocs::with_limit(want).order_by_score())?)
    }

    fn newest_of(&self, required: Vec<Clause>, limit: usize, after: Option<(i64, Uuid)>) -> Result<Vec<Hit>> {
        let query = BooleanQuery::intersection(self.filtered(required));
        let weight = query.weight(EnableScoring::disabled_from_searcher(self.searcher))?;
        let mut page = Vec::new();
        for segment in self.searcher.segment_readers() {
            let columns = Columns::of(segment)?;
            let mut docs = weight.scorer(segment, 1.0)?;
            if let Some((at, _)) = after {
                let start = columns.first_not_newer(segment.max_doc(), at);
                if docs.doc() < start {
                    docs.seek(start);
                }
            }
            let mut taken: Vec<Hit> = Vec::new();
            while docs.doc() != TERMINATED {
                let hit = columns.hit(docs.doc(), 0.0);
                // Documents of one microsecond stand in no order: all of them are read.
                if taken.len() >= limit && taken.last().is_some_and(|last| last.at != hit.at) {
                    break;
                }
                if !segment.is_deleted(docs.doc()) && after.is_none_or(|after| (hit.at, hit.id) < after) {
                    taken.push(hit);
                }
                docs.advance();
            }
            page.append(&mut taken);
        }
        page.sort_unstable_by_key(|hit| Reverse((hit.at, hit.id)));
        page.truncate(limit);
        Ok(page)
    }

    /// What must be so, from the narrowest to the widest.
    fn tiers(&self) -> Vec<Vec<Clause>> {
        let words = self.words.all();
        let quoted = self.words.runs.iter().any(|run| run.quoted);
        let in_order = self.words.runs.iter().any(|run| run.words.len() > 1);
        let mut tiers = Vec::new();
        tiers.extend(self.code().map(|code| vec![code]));
        if self.senders() && !quoted {
            tiers.push(words.iter().map(|word| term(self.fields.sender, &word.folded)).collect());
        }
        if self.words.accented() {
            if in_order {
                tiers.push(self.as_typed(self.texts.accented, self.texts.accented_pairs, |word| &word.accented));
            }
            let spelled = words.iter().map(|word| term(self.texts.accented, &word.accented));
            tiers.push(spelled.chain(self.phrases()).collect());
        }
        if in_order {
            tiers.push(self.as_typed(self.texts.folded, self.texts.folded_pairs, |word| &word.folded));
        }
        tiers.push(self.folded());
        tiers
    }

    /// The widest of the tiers, or the code.
    fn every_word(&self) -> Vec<Clause> {
        match self.code() {
            Some(code) => vec![Box::new(BooleanQuery::union(vec![code, Box::new(BooleanQuery::intersection(self.folded()))]))],
            None => self.folded(),
        }
    }

    fn folded(&self) -> Vec<Clause> {
        let mut known = HashSet::new();
        let loose = self.words.runs.iter().filter(|run| !run.quoted).flat_map(|run| &run.words);
        let loose = loose.filter(|word| known.insert(&word.folded)).map(|word| self.anywhere(word));
        loose.chain(self.phrases()).collect()
    }

    fn anywhere(&self, word: &Syllable) -> Clause {
        let text = term(self.texts.folded, &word.folded);
        let sender = Term::from_field_text(self.fields.sender, &word.folded);
        // Few words are also somebody's name: the others stay plain terms, which are faster.
        match self.senders() && self.searcher.doc_freq(&sender).is_ok_and(|names| names > 0) {
            true => Box::new(BooleanQuery::union(vec![text, term(self.fields.sender, &word.folded)])),
            false => text,
        }
    }

    /// Runs of words as neighbours in the text.
    fn as_typed(&self, words: Field, neighbours: Field, spell: impl Fn(&Syllable) -> &str) -> Vec<Clause> {
        let mut clauses = Vec::new();
        for run in &self.words.runs {
            let spelled: Vec<&str> = run.words.iter().map(&spell).collect();
            match spelled.as_slice() {
                [word] => clauses.push(term(words, word)),
                spelled => clauses.extend(pairs(spelled).iter().map(|pair| term(neighbours, pair))),
            }
        }
        clauses.extend(self.phrases());
        clauses
    }

    /// What stands in quotes, whatever its marks. Pairs are cheap and nearly exact; from three words on positions decide.
    fn phrases(&self) -> Vec<Clause> {
        let mut clauses = Vec::new();
        for Run { words, .. } in self.words.runs.iter().filter(|run| run.quoted) {
            let spelled: Vec<&str> = words.iter().map(|word| word.folded.as_str()).collect();
            match spelled.as_slice() {
                [word] => clauses.push(term(self.texts.folded, word)),
                spelled => clauses.extend(pairs(spelled).iter().map(|pair| term(self.texts.folded_pairs, pair))),
            }
            if spelled.len() > 2 {
                let terms = spelled.iter().map(|word| Term::from_field_text(self.texts.folded, word)).collect();
                clauses.push(Box::new(ConstScoreQuery::new(Box::new(PhraseQuery::new(terms)), 0.0)));
            }
        }
        clauses
    }

    fn code(&self) -> Option<Clause> {
        let code = self.words.code.as_ref().filter(|_| self.query.kind == Kind::Case)?;
        Some(constant(Term::from_field_text(self.fields.code, code)))
    }

    fn senders(&self) -> bool {
        self.query.by_sender && self.query.kind == Kind::Case
    }

    fn any_words(&self) -> Result<Option<Clause>> {
        let words = self.words.all().into_iter().map(|word| Term::from_field_text(self.texts.folded, &word.folded)).collect();
        let words = rarest(self.searcher, words, ANY_WORD_POSTINGS)?;
        let half = words.len().div_ceil(2);
        Ok(at_least(half, words))
    }

    /// With what the searcher may see and asked for besides.
    fn filtered(&self, mut required: Vec<Clause>) -> Vec<Clause> {
        if let Some(agencies) = &self.query.agencies {
            let parties = agencies.iter().map(|agency| self.fields.agency(*agency));
            let receivers = self.query.received_by.iter().map(|agency| self.fields.received_by(*agency));
            let one_of: Vec<Clause> = parties.chain(receivers).map(constant).collect();
            required.push(Box::new(ConstScoreQuery::new(Box::new(BooleanQuery::union(one_of)), 0.0)));
        }
        required.extend(self.query.field.as_ref().map(|field| constant(self.fields.field(field))));
        required.extend(self.query.open.map(|open| constant(self.fields.open(open))));
        required
    }
}

/// The rarest of these terms that occur at all, as many as can be read within so many postings, at least one.
pub(crate) fn rarest(searcher: &Searcher, terms: Vec<Term>, postings: u64) -> Result<Vec<Term>> {
    let mut known = Vec::new();
    for term in terms {
        let documents = searcher.doc_freq(&term)?;
        if documents > 0 && !known.iter().any(|(_, other)| *other == term) {
            known.push((documents, term));
        }
    }
    known.sort_by_key(|(documents, _)| *documents);
    let mut read = 0;
    let affordable = known.iter().take_while(|(documents, _)| {
        read += documents;
        read <= postings
    });
    let count = affordable.count().max(1);
    Ok(known.into_iter().take(count).map(|(_, term)| term).collect())
}

pub(crate) fn at_least(count: usize, terms: Vec<Term>) -> Option<Clause> {
    if terms.is_empty() {
        return None;
    }
    let clauses = terms.into_iter().map(scored).collect();
    Some(Box::new(BooleanQuery::union_with_minimum_required_clauses(clauses, count)))
}

fn term(field: Field, text: &str) -> Clause {
    scored(Term::from_field_text(field, text))
}

fn scored(term: Term) -> Clause {
    Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
}

fn constant(term: Term) -> Clause {
    Box::new(ConstScoreQuery::new(Box::new(TermQuery::new(term, IndexRecordOption::Basic)), 0.0))
}
