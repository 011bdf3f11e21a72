#![doc = include_str!("../README.md")]

mod columns;
mod index;
mod schema;
mod search;
mod similar;
mod syllables;
#[cfg(test)]
mod tests;
mod words;

use uuid::Uuid;

pub use index::Index;
pub use words::{LONGEST_QUERY, MOST_WORDS};

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process writes this index: open it there, or elsewhere here.
    #[error("the search index is in use by another process")]
    Locked,
    /// The index could not be read or written: full or failing disk, or damage found while it was open. Opening it anew
    /// rebuilds it.
    #[error("search index: {0}")]
    Index(tantivy::TantivyError),
}

impl From<tantivy::TantivyError> for Error {
    fn from(error: tantivy::TantivyError) -> Self {
        match error {
            tantivy::TantivyError::LockFailure(..) => Error::Locked,
            other => Error::Index(other),
        }
    }
}

/// What is indexed. The two share an index and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// For officers, under permission, with its sender and code.
    Case,
    /// Question and answer as published and redacted, for everybody.
    Publication,
}

/// One case or publication as it stands. A sealed case is never put; one that becomes sealed is removed.
#[derive(Debug, Clone)]
pub struct Document {
    pub kind: Kind,
    pub id: Uuid,
    pub title: String,
    pub text: String,
    /// Names by which the sender is found; read for cases only.
    pub sender: String,
    /// Digits of the tracking code; read for cases only.
    pub code: String,
    pub field: Option<String>,
    /// Every party: responsible, lead, co-agencies. The receiving unit is added by itself.
    pub agencies: Vec<Uuid>,
    pub received_by: Uuid,
    /// Microseconds UTC; the order of "newest first".
    pub at: i64,
    pub open: bool,
}

#[derive(Debug, Clone)]
pub enum Change {
    /// As it stands now, in place of what was known of it.
    Put(Document),
    Remove {
        kind: Kind,
        id: Uuid,
    },
}

/// What is looked for, and by whom it may be seen.
#[derive(Debug, Clone)]
pub struct Query {
    pub kind: Kind,
    /// As typed; the first 300 characters and 12 words count.
    pub words: String,
    /// Only what has one of these as a party; `None` is everything.
    pub agencies: Option<Vec<Uuid>>,
    /// Besides, what one of these received. Says nothing when `agencies` is `None`.
    pub received_by: Vec<Uuid>,
    /// Whether the searcher may read senders: without, no name finds anything.
    pub by_sender: bool,
    pub field: Option<String>,
    pub open: Option<bool>,
    /// By time instead of relevance.
    pub newest_first: bool,
    pub limit: usize,
    /// Where the page before ended.
    pub after: Option<After>,
}

impl Query {
    pub fn new(kind: Kind, words: impl Into<String>) -> Self {
        Self { kind, words: words.into(), ..Self::default() }
    }
}

impl Default for Query {
    /// Every case by relevance, without senders, 20 hits.
    fn default() -> Self {
        Self {
            kind: Kind::Case,
            words: String::new(),
            agencies: None,
            received_by: Vec::new(),
            by_sender: false,
            field: None,
            open: None,
            newest_first: false,
            limit: 20,
            after: None,
        }
    }
}

/// The end of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// Newest first: time and id of the last hit.
    Time { at: i64, id: Uuid },
    /// By relevance: how many hits were shown. Hits may shift by what was indexed meanwhile. Ends at 1,000.
    Rank(usize),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    pub id: Uuid,
    pub at: i64,
    /// Higher is better, comparable within one answer only; 0 when newest first.
    pub score: f32,
}
