//! Opening, feeding and reading the index.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::directory::error::OpenReadError;
use tantivy::directory::{Directory, INDEX_WRITER_LOCK, MmapDirectory};
use tantivy::indexer::LogMergePolicy;
use tantivy::{IndexBuilder, IndexReader, IndexSettings, IndexSortByField, IndexWriter, Order, ReloadPolicy, Searcher, TantivyError};

use crate::schema::{AT, Fields, VERSION, tokenizers};
use crate::{Change, Error, Result};

/// One thread indexes, in this much memory, and only while it has something to index.
const WRITER_BYTES: usize = 50_000_000;
/// A segment with more removed documents than this is rewritten.
const REMOVED_BEFORE_MERGE: f32 = 0.2;

/// The open index; clones share it. Every method blocks on disk or processor: call it where blocking is allowed.
#[derive(Clone)]
pub struct Index(Arc<Shared>);

struct Shared {
    index: tantivy::Index,
    reader: IndexReader,
    fields: Fields,
    writer: Mutex<Option<IndexWriter>>,
}

impl Index {
    /// Opens the index in this folder or begins an empty one. An index that is damaged, or of another version of the product,
    /// is deleted and begun anew: then `position` is `None` and the caller feeds it from the start.
    pub fn open(dir: &Path) -> Result<Index> {
        std::fs::create_dir_all(dir).map_err(TantivyError::from)?;
        let own = dir.join(format!("v{VERSION}"));
        drop_other_versions(dir, &own);
        match Self::open_version(&own) {
            Err(Error::Index(error)) if !passes(&error) => {
                tracing::warn!(%error, "search index is damaged and will be rebuilt");
                // Whoever holds the lock is using it: then it is not ours to delete.
                let lock = MmapDirectory::open(&own).map_err(TantivyError::from)?.acquire_lock(&INDEX_WRITER_LOCK);
                drop(lock.map_err(|_| Error::Locked)?);
                std::fs::remove_dir_all(&own).map_err(TantivyError::from)?;
                Self::open_version(&own)
            }
            opened => opened,
        }
    }

    /// An index that is gone with the last clone.
    pub fn in_memory() -> Result<Index> {
        let fields = Fields::new();
        Self::begin(builder(&fields).create_in_ram()?, fields)
    }

    fn open_version(own: &Path) -> Result<Index> {
        std::fs::create_dir_all(own).map_err(TantivyError::from)?;
        let fields = Fields::new();
        let directory = MmapDirectory::open(own).map_err(TantivyError::from)?;
        Self::begin(builder(&fields).open_or_create(directory)?, fields)
    }

    fn begin(mut index: tantivy::Index, fields: Fields) -> Result<Index> {
        index.set_tokenizers(tokenizers());
        // The reader opens most files, and takes a lost one of positions for a field without any.
        for path in index.load_metas()?.list_segment_files() {
            if path.extension().is_some_and(|kind| kind != "del" && kind != "temp") {
                index.directory().open_read(&path).map_err(TantivyError::from)?;
            }
        }
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Index(Arc::new(Shared { index, reader, fields, writer: Mutex::new(None) })))
    }

    /// Up to where the index was fed; `None`: from the start, please.
    pub fn position(&self) -> Option<serde_json::Value> {
        let payload = self.0.index.load_metas().ok()?.payload?;
        serde_json::from_str(&payload).ok()
    }

    /// How many documents can be found.
    pub fn len(&self) -> u64 {
        self.0.reader.searcher().num_docs()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the changes in and remembers the position, both or neither; they can be found when it returns. Applying the
    /// same changes again does no harm.
    pub fn apply(&self, changes: Vec<Change>, position: serde_json::Value) -> Result<()> {
        let mut writer = self.0.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // Taken out, so that one that failed is dropped and the next call begins with a fresh one.
        let mut open = match writer.take() {
            Some(open) => open,
            None => self.writer()?,
        };
        self.write(&mut open, changes, &position)?;
        *writer = Some(open);
        self.0.reader.reload()?;
        Ok(())
    }

    fn writer(&self) -> Result<IndexWriter> {
        let writer: IndexWriter = self.0.index.writer_with_num_threads(1, WRITER_BYTES)?;
        let mut policy = LogMergePolicy::default();
        policy.set_del_docs_ratio_before_merge(REMOVED_BEFORE_MERGE);
        writer.set_merge_policy(Box::new(policy));
        self.0.reader.reload()?;
        Ok(writer)
    }

    fn write(&self, writer: &mut IndexWriter, changes: Vec<Change>, position: &serde_json::Value) -> Result<()> {
        let fields = &self.0.fields;
        let searcher = self.0.reader.searcher();
        let mut put = HashSet::new();
        for change in changes {
            let (kind, id) = match &change {
                Change::Put(document) => (document.kind, document.id),
                Change::Remove { kind, id } => (*kind, *id),
            };
            let key = fields.key(kind, id);
            // Most documents are new, and removing what is not there is not free.
            if put.contains(&(kind, id)) || searcher.doc_freq(&key)? > 0 {
                writer.delete_term(key);
            }
            if let Change::Put(document) = change {
                writer.add_document(fields.document(&document))?;
                put.insert((kind, id));
            }
        }
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(&position.to_string());
        commit.commit()?;
        Ok(())
    }

    /// Reads every file and compares it with its check sum: names of those that are damaged.
    pub fn damaged_files(&self) -> Result<Vec<String>> {
        let damaged = self.0.index.validate_checksum()?;
        Ok(damaged.into_iter().map(|path| path.display().to_string()).collect())
    }

    pub(crate) fn fields(&self) -> &Fields {
        &self.0.fields
    }

    pub(crate) fn searcher(&self) -> Searcher {
        self.0.reader.searcher()
    }
}

fn builder(fields: &Fields) -> IndexBuilder {
    let sorted = IndexSortByField { field: AT.to_owned(), order: Order::Desc };
    let settings = IndexSettings { sort_by_field: Some(sorted), ..IndexSettings::default() };
    tantivy::Index::builder().schema(fields.schema.clone()).settings(settings).tokenizers(tokenizers())
}

/// Faults of the machine: they pass, and the index is not to blame.
fn passes(error: &TantivyError) -> bool {
    let io = match error {
        TantivyError::LockFailure(..) => return true,
        TantivyError::IoError(io) => io,
        TantivyError::OpenReadError(OpenReadError::IoError { io_error, .. }) => io_error,
        _ => return false,
    };
    !matches!(io.kind(), ErrorKind::NotFound | ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof)
}

fn drop_other_versions(dir: &Path, own: &Path) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let version = name.strip_prefix('v').is_some_and(|number| number.parse::<u32>().is_ok());
        if version && path != own {
            // What cannot be deleted costs room only.
            let _ = std::fs::remove_dir_all(&path);
        }
    }
}
