//! Work to be done later: enqueued in the transaction that makes it necessary, claimed with a lease, finished with a fence.
//!
//! One lane runs one job at a time over all nodes, in order: a claim skips a lane that has an older unfinished job, and a
//! unique index on the leased lane makes two nodes unable to. A job whose lease ran out is offered again; the node that
//! lost it cannot finish it, because its fence is old. After its last try a job is dead, and its lane goes on.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sqlx::FromRow;
use sqlx::types::Json;

use crate::notify::Topic;
use crate::{Args, Db, Error, Query, Result, Tx, args, sql};

/// A job to enqueue.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Whose runner takes it: a slow queue holds up no other.
    pub queue: &'static str,
    pub kind: &'static str,
    /// Jobs of one lane run one after the other.
    pub lane: Option<String>,
    pub payload: serde_json::Value,
    pub run_at: Timestamp,
    /// While a job with this key is unfinished, another one is not added.
    pub dedup_key: Option<String>,
}

impl NewJob {
    /// A job to run at once.
    ///
    /// # Errors
    /// When the payload cannot be written as JSON.
    pub fn now(queue: &'static str, kind: &'static str, payload: &impl Serialize, at: Timestamp) -> Result<Self> {
        let payload = serde_json::to_value(payload).map_err(|error| Error::Database(error.to_string()))?;
        Ok(Self { queue, kind, lane: None, payload, run_at: at, dedup_key: None })
    }

    pub fn in_lane(mut self, lane: impl Into<String>) -> Self {
        self.lane = Some(lane.into());
        self
    }

    pub fn later(mut self, by: SignedDuration) -> Self {
        self.run_at += by;
        self
    }

    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.dedup_key = Some(key.into());
        self
    }

    pub(crate) fn row(self, at: Timestamp) -> Args {
        args![self.queue, self.kind, self.lane, self.payload, "ready", self.run_at, self.dedup_key, at]
    }
}

/// A claimed job.
#[derive(Debug, Clone, FromRow)]
pub struct Job {
    pub id: i64,
    pub kind: String,
    pub lane: Option<String>,
    pub payload: Json<serde_json::Value>,
    /// How often it was claimed, this time included.
    pub attempts: i64,
    /// Rises with every claim.
    pub fence: i64,
}

impl Job {
    pub fn payload<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_value(self.payload.0.clone()).map_err(Error::corrupt)
    }
}

pub(crate) const INSERT: &str = "INSERT INTO job (queue, kind, lane, payload, state, run_at, dedup_key, created_at)";
pub(crate) const ONCE: &str = "ON CONFLICT (dedup_key) WHERE dedup_key IS NOT NULL AND state <> 'dead' DO NOTHING";

/// Adds jobs in the caller's transaction and wakes the runners when it commits.
pub async fn enqueue(tx: &mut Tx, jobs: Vec<NewJob>, at: Timestamp) -> Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    tx.insert_many(INSERT, ONCE, jobs.into_iter().map(|job| job.row(at)).collect()).await?;
    tx.wake(Topic::Jobs).await
}

/// Takes up to `limit` jobs of a queue that are due, each leased until `now + lease`.
pub async fn claim(db: &Db, queue: &str, limit: i64, now: Timestamp, lease: SignedDuration) -> Result<Vec<Job>> {
    let mut tx = db.begin().await?;
    let claimed = tx
        .all::<Job>(
            sql!(
                pg: "UPDATE job SET state = 'leased', lease_until = $3, fence = fence + 1, attempts = attempts + 1
                     WHERE id IN (SELECT id FROM job j WHERE state = 'ready' AND queue = $1 AND run_at <= $2
                                    AND (lane IS NULL OR (NOT EXISTS (SELECT 1 FROM job o WHERE o.lane = j.lane AND o.id < j.id AND o.state <> 'dead')
                                         AND NOT EXISTS (SELECT 1 FROM job l WHERE l.lane = j.lane AND l.state = 'leased')))
                                  ORDER BY run_at, id LIMIT $4 FOR UPDATE SKIP LOCKED)
                     RETURNING id, kind, lane, payload, attempts, fence",
                sqlite: "UPDATE job SET state = 'leased', lease_until = $3, fence = fence + 1, attempts = attempts + 1
                     WHERE id IN (SELECT id FROM job j WHERE state = 'ready' AND queue = $1 AND run_at <= $2
                                    AND (lane IS NULL OR (NOT EXISTS (SELECT 1 FROM job o WHERE o.lane = j.lane AND o.id < j.id AND o.state <> 'dead')
                                         AND NOT EXISTS (SELECT 1 FROM job l WHERE l.lane = j.lane AND l.state = 'leased')))
                                  ORDER BY run_at, id LIMIT $4)
                     RETURNING id, kind, lane, payload, attempts, fence"
            ),
            args![queue, now, now + lease, limit],
        )
        .await;
    match claimed {
        Ok(mut jobs) => {
            if jobs.is_empty() {
                tx.rollback().await?;
            } else {
                tx.commit().await?;
            }
            jobs.sort_by_key(|job| job.id);
            Ok(jobs)
        }
        // Two nodes reached for one lane at the same moment: the index let one of them.
        Err(Error::Conflict(_)) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Removes a finished job in the transaction that holds its work. [`Error::Conflict`] when the lease was lost: then
/// somebody else does the work, and this transaction must not commit.
pub async fn finish(tx: &mut Tx, job: &Job) -> Result<()> {
    finish_all(tx, std::slice::from_ref(job)).await
}

/// Removes jobs that were done together, all or none.
pub async fn finish_all(tx: &mut Tx, jobs: &[Job]) -> Result<()> {
    let held: Vec<(i64, i64)> = jobs.iter().map(|job| (job.id, job.fence)).collect();
    let done = tx
        .run(
            sql!(
                pg: "DELETE FROM job WHERE state = 'leased' AND (id, fence) IN
                     (SELECT (held ->> 0)::bigint, (held ->> 1)::bigint FROM jsonb_array_elements($1) AS held)",
                sqlite: "DELETE FROM job WHERE state = 'leased' AND (id, fence) IN (SELECT value ->> 0, value ->> 1 FROM json_each($1))"
            ),
            args![serde_json::json!(held)],
        )
        .await?;
    if jobs.iter().any(|job| job.lane.is_some()) {
        // The next of the lane may go now.
        tx.wake(Topic::Jobs).await?;
    }
    if done == held.len() as u64 { Ok(()) } else { Err(Error::Conflict("job lease".into())) }
}

/// Keeps a long job.
pub async fn extend(tx: &mut Tx, job: &Job, until: Timestamp) -> Result<()> {
    let kept = tx
        .run(sql!("UPDATE job SET lease_until = $3 WHERE id = $1 AND fence = $2 AND state = 'leased'"), args![job.id, job.fence, until])
        .await?;
    if kept == 1 { Ok(()) } else { Err(Error::Conflict("job lease".into())) }
}

/// Puts a job back for another try at `run_at`, without counting this one when `count` is false.
pub async fn retry(tx: &mut Tx, job: &Job, run_at: Timestamp, error: &str, count: bool) -> Result<()> {
    let uncounted: i64 = if count { 0 } else { 1 };
    tx.run(
        sql!(
            "UPDATE job SET state = 'ready', run_at = $3, last_error = $4, lease_until = NULL, attempts = attempts - $5
              WHERE id = $1 AND fence = $2 AND state = 'leased'"
        ),
        args![job.id, job.fence, run_at, error, uncounted],
    )
    .await?;
    Ok(())
}

/// Gives a job up. It stays to be seen by the administrator; its lane goes on.
pub async fn bury(tx: &mut Tx, job: &Job, error: &str) -> Result<()> {
    tx.run(
        sql!("UPDATE job SET state = 'dead', last_error = $3, lease_until = NULL WHERE id = $1 AND fence = $2 AND state = 'leased'"),
        args![job.id, job.fence, error],
    )
    .await?;
    tx.wake(Topic::Jobs).await
}

/// Offers jobs again whose lease ran out. Answers how many.
pub async fn reap(db: &Db, now: Timestamp) -> Result<u64> {
    if db.read().opt::<(i64,)>(sql!("SELECT id FROM job WHERE state = 'leased' AND lease_until < $1 LIMIT 1"), args![now]).await?.is_none()
    {
        return Ok(0);
    }
    let mut tx = db.begin().await?;
    let freed =
        tx.run(sql!("UPDATE job SET state = 'ready', lease_until = NULL WHERE state = 'leased' AND lease_until < $1"), args![now]).await?;
    tx.wake(Topic::Jobs).await?;
    tx.commit().await?;
    Ok(freed)
}

/// Offers every leased job again: for a program that starts and knows that nobody else works on this database.
pub async fn free_all(db: &Db) -> Result<u64> {
    let mut tx = db.begin().await?;
    let freed = tx.run(sql!("UPDATE job SET state = 'ready', lease_until = NULL WHERE state = 'leased'"), args![]).await?;
    tx.wake(Topic::Jobs).await?;
    tx.commit().await?;
    Ok(freed)
}

/// When the next job that is not yet due becomes due.
pub async fn next_due(q: &mut impl Query) -> Result<Option<Timestamp>> {
    let row: Option<(i64,)> = q.opt(sql!("SELECT run_at FROM job WHERE state = 'ready' ORDER BY run_at, id LIMIT 1"), args![]).await?;
    row.map(|(at,)| crate::value::time(at)).transpose()
}

/// A dead job, for the administrator.
#[derive(Debug, Clone, FromRow)]
pub struct Dead {
    pub id: i64,
    pub kind: String,
    pub lane: Option<String>,
    pub payload: Json<serde_json::Value>,
    pub attempts: i64,
    pub last_error: Option<String>,
    pub created_at: i64,
}

/// Dead jobs, newest first, before `before`.
pub async fn dead(q: &mut impl Query, before: i64, limit: i64) -> Result<Vec<Dead>> {
    q.all(
        sql!("SELECT id, kind, lane, payload, attempts, last_error, created_at FROM job WHERE state = 'dead' AND id < $1 ORDER BY id DESC LIMIT $2"),
        args![before, limit],
    )
    .await
}

/// Gives a dead job a new life.
pub async fn revive(tx: &mut Tx, id: i64, at: Timestamp) -> Result<()> {
    let revived =
        tx.run(sql!("UPDATE job SET state = 'ready', run_at = $2, attempts = 0 WHERE id = $1 AND state = 'dead'"), args![id, at]).await?;
    tx.wake(Topic::Jobs).await?;
    if revived == 1 { Ok(()) } else { Err(Error::NotFound) }
}

/// Removes dead jobs of a kind for one subject (a member of their payload): something newer takes their place.
pub async fn drop_dead(tx: &mut Tx, kind: &str, member: &str, subject: &str) -> Result<()> {
    tx.run(sql!("DELETE FROM job WHERE state = 'dead' AND kind = $1 AND payload ->> $2 = $3"), args![kind, member, subject]).await?;
    Ok(())
}

/// Unfinished jobs of these kinds, up to `limit`: tests and `verify` ask whether all work is done.
pub async fn unfinished(q: &mut impl Query, now: Timestamp, limit: i64) -> Result<i64> {
    let (count,): (i64,) = q
        .one(
            sql!("SELECT count(*) FROM (SELECT 1 FROM job WHERE state = 'leased' UNION ALL SELECT 1 FROM job WHERE state = 'ready' AND run_at <= $1 LIMIT $2) AS j"),
            args![now, limit],
        )
        .await?;
    Ok(count)
}
