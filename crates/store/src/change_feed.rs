//! News of what was committed, in an order in which nothing can appear behind a reader's back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use uuid::Uuid;

use crate::notify::Topic;
use crate::{Query, Result, Tx, args, sql};

/// How far a reader has read. On PostgreSQL a sequence number alone would not do: a transaction may commit after another
/// that drew a higher number, so the order is by transaction first, and nothing at or past the oldest running one is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Position {
    pub xid: i64,
    pub seq: i64,
}

/// One piece of news.
#[derive(Debug, Clone, FromRow)]
pub struct Change {
    pub xid: i64,
    pub seq: i64,
    /// `case`, `publication`, `message`: what `subject` is the id of.
    pub kind: String,
    pub subject: Uuid,
    pub at: i64,
}

impl Change {
    pub fn position(&self) -> Position {
        Position { xid: self.xid, seq: self.seq }
    }
}

/// Adds news in the transaction that makes it true, and wakes the readers when it commits.
pub async fn add(tx: &mut Tx, kind: &str, subject: Uuid, at: Timestamp) -> Result<()> {
    tx.insert_many("INSERT INTO change_feed (kind, subject, at)", "", vec![args![kind, subject, at]]).await?;
    tx.wake(Topic::Changes).await
}

/// The next news after `position`, oldest first.
pub async fn after(q: &mut impl Query, position: Position, limit: i64) -> Result<Vec<Change>> {
    q.all(
        sql!(
            pg: "SELECT xid::text::bigint AS xid, seq, kind, subject, at FROM change_feed
                 WHERE (xid, seq) > ($1::text::xid8, $2) AND xid < pg_snapshot_xmin(pg_current_snapshot())
                 ORDER BY change_feed.xid, change_feed.seq LIMIT $3",
            sqlite: "SELECT 0 AS xid, seq, kind, subject, at FROM change_feed WHERE $1 = $1 AND seq > $2 ORDER BY seq LIMIT $3"
        ),
        args![position.xid.to_string(), position.seq, limit],
    )
    .await
}

/// Where the feed ends now: a new reader that needs no history starts here.
pub async fn end(q: &mut impl Query) -> Result<Position> {
    #[derive(FromRow)]
    struct End {
        xid: i64,
        seq: i64,
    }
    let end: Option<End> = q
        .opt(
            sql!(
                pg: "SELECT xid::text::bigint AS xid, seq FROM change_feed
                     WHERE xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY change_feed.xid DESC, seq DESC LIMIT 1",
                sqlite: "SELECT 0 AS xid, seq FROM change_feed ORDER BY seq DESC LIMIT 1"
            ),
            args![],
        )
        .await?;
    Ok(end.map(|end| Position { xid: end.xid, seq: end.seq }).unwrap_or_default())
}

/// Forgets news older than `before`: readers that lag so far behind rebuild from the tables.
pub async fn forget(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.run(sql!("DELETE FROM change_feed WHERE at < $1"), args![before]).await
}
