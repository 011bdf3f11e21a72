//! What is read of a document once it is found: its id and time.

use tantivy::columnar::Column;
use tantivy::{DocAddress, DocId, Searcher, SegmentReader};
use uuid::Uuid;

use crate::schema::{AT, ID_HIGH, ID_LOW};
use crate::{Hit, Result};

pub struct Columns {
    id_high: Column<u64>,
    id_low: Column<u64>,
    at: Column<i64>,
}

impl Columns {
    pub fn of(segment: &SegmentReader) -> Result<Columns> {
        let fast = segment.fast_fields();
        Ok(Columns { id_high: fast.u64(ID_HIGH)?, id_low: fast.u64(ID_LOW)?, at: fast.i64(AT)? })
    }

    pub fn hit(&self, doc: DocId, score: f32) -> Hit {
        // Every document has all three.
        let (high, low) = (self.id_high.first(doc).unwrap_or_default(), self.id_low.first(doc).unwrap_or_default());
        Hit { id: Uuid::from_u64_pair(high, low), at: self.time(doc), score }
    }

    /// Documents of a segment are sorted newest first: the first one that is not newer than this.
    pub fn first_not_newer(&self, end: DocId, at: i64) -> DocId {
        let (mut low, mut high) = (0, end);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.time(middle) > at { low = middle + 1 } else { high = middle }
        }
        low
    }

    fn time(&self, doc: DocId) -> i64 {
        self.at.first(doc).unwrap_or_default()
    }
}

pub fn hits(searcher: &Searcher, found: impl IntoIterator<Item = (f32, DocAddress)>) -> Result<Vec<Hit>> {
    let columns = searcher.segment_readers().iter().map(Columns::of).collect::<Result<Vec<_>>>()?;
    Ok(found.into_iter().map(|(score, at)| columns[at.segment_ord as usize].hit(at.doc_id, score)).collect())
}
