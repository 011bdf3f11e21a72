//! The fields of the index.

use tantivy::schema::{Field, IndexRecordOption, NumericOptions, Schema, SchemaBuilder, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TextAnalyzer, TokenizerManager};
use tantivy::{TantivyDocument, Term};
use uuid::Uuid;

use crate::syllables::Spelling;
use crate::words::beginnings;
use crate::{Document, Kind};

/// Raised with every change of fields or folding: an index of another number is thrown away.
pub const VERSION: u32 = 1;

/// The field by which the documents of a segment are sorted, newest first.
pub const AT: &str = "at";
pub const ID_HIGH: &str = "id_high";
pub const ID_LOW: &str = "id_low";

/// Characters of a text that are indexed.
const LONGEST_TEXT: usize = 100_000;

/// The four spellings of one kind's texts. Kinds share no text field: a query reads only the postings of its own kind, and
/// how common a word is among cases does not weigh among publications.
#[derive(Clone, Copy)]
pub struct Texts {
    pub folded: Field,
    pub accented: Field,
    pub folded_pairs: Field,
    pub accented_pairs: Field,
}

#[derive(Clone)]
pub struct Fields {
    pub schema: Schema,
    key: Field,
    id_high: Field,
    id_low: Field,
    at: Field,
    open: Field,
    agency: Field,
    received_by: Field,
    field: Field,
    pub code: Field,
    pub sender: Field,
    case: Texts,
    publication: Texts,
}

impl Fields {
    pub fn new() -> Self {
        let mut schema = Schema::builder();
        let raw = || TextOptions::default().set_indexing_options(indexing("raw", IndexRecordOption::Basic).set_fieldnorms(false));
        let fast = || NumericOptions::default().set_fast();
        let key = schema.add_text_field("key", raw());
        let id_high = schema.add_u64_field(ID_HIGH, fast());
        let id_low = schema.add_u64_field(ID_LOW, fast());
        let at = schema.add_i64_field(AT, fast());
        let open = schema.add_bool_field("open", NumericOptions::default().set_indexed());
        let agency = schema.add_text_field("agency", raw());
        let received_by = schema.add_text_field("received_by", raw());
        let field = schema.add_text_field("field", raw());
        let code = schema.add_text_field("code", raw());
        let sender = schema.add_text_field("sender", spelled(Spelling::Folded, IndexRecordOption::WithFreqs));
        let case = texts(&mut schema, "case");
        let publication = texts(&mut schema, "publication");
        let schema = schema.build();
        Self { schema, key, id_high, id_low, at, open, agency, received_by, field, code, sender, case, publication }
    }

    pub fn texts(&self, kind: Kind) -> Texts {
        match kind {
            Kind::Case => self.case,
            Kind::Publication => self.publication,
        }
    }

    pub fn key(&self, kind: Kind, id: Uuid) -> Term {
        Term::from_field_text(self.key, &key(kind, id))
    }

    pub fn agency(&self, agency: Uuid) -> Term {
        Term::from_field_text(self.agency, &simple(agency))
    }

    pub fn received_by(&self, agency: Uuid) -> Term {
        Term::from_field_text(self.received_by, &simple(agency))
    }

    pub fn field(&self, code: &str) -> Term {
        Term::from_field_text(self.field, code)
    }

    pub fn open(&self, open: bool) -> Term {
        Term::from_field_bool(self.open, open)
    }

    pub fn document(&self, from: &Document) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        let (high, low) = from.id.as_u64_pair();
        document.add_text(self.key, key(from.kind, from.id));
        document.add_u64(self.id_high, high);
        document.add_u64(self.id_low, low);
        document.add_i64(self.at, from.at);
        document.add_bool(self.open, from.open);
        for agency in from.agencies.iter().filter(|agency| **agency != from.received_by).chain([&from.received_by]) {
            document.add_text(self.agency, simple(*agency));
        }
        document.add_text(self.received_by, simple(from.received_by));
        if let Some(field) = &from.field {
            document.add_text(self.field, field);
        }
        let texts = self.texts(from.kind);
        for text in [&from.title, &from.text] {
            let text = beginning(text);
            for field in [texts.folded, texts.accented, texts.folded_pairs, texts.accented_pairs] {
                document.add_text(field, text);
            }
        }
        // Who wrote is nobody's business once something is published.
        if from.kind == Kind::Case {
            document.add_text(self.sender, beginning(&from.sender));
            for beginning in beginnings(&from.code) {
                document.add_text(self.code, beginning);
            }
        }
        document
    }
}

pub fn tokenizers() -> TokenizerManager {
    let manager = TokenizerManager::default();
    for spelling in Spelling::ALL {
        manager.register(spelling.name(), TextAnalyzer::from(spelling));
    }
    manager
}

fn texts(schema: &mut SchemaBuilder, kind: &str) -> Texts {
    let mut add = |spelling: Spelling, record| schema.add_text_field(&format!("{kind}_{}", spelling.name()), spelled(spelling, record));
    Texts {
        // Positions are read for quoted phrases of more than two words.
        folded: add(Spelling::Folded, IndexRecordOption::WithFreqsAndPositions),
        accented: add(Spelling::Accented, IndexRecordOption::WithFreqs),
        folded_pairs: add(Spelling::FoldedPairs, IndexRecordOption::WithFreqs),
        accented_pairs: add(Spelling::AccentedPairs, IndexRecordOption::WithFreqs),
    }
}

fn spelled(spelling: Spelling, record: IndexRecordOption) -> TextOptions {
    TextOptions::default().set_indexing_options(indexing(spelling.name(), record))
}

fn indexing(tokenizer: &str, record: IndexRecordOption) -> TextFieldIndexing {
    TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(record)
}

fn beginning(text: &str) -> &str {
    text.char_indices().nth(LONGEST_TEXT).map_or(text, |(end, _)| &text[..end])
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Case => "case",
        Kind::Publication => "publication",
    }
}

fn key(kind: Kind, id: Uuid) -> String {
    format!("{} {}", name(kind), id.simple())
}

fn simple(id: Uuid) -> String {
    id.simple().to_string()
}
