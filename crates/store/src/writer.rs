//! Group commit for SQLite: one writer connection, many transactions per flush.
//!
//! A transaction takes the connection in its turn, works inside a savepoint and hands the connection on. The first one
//! to finish wakes the committer, which queues for the connection like everybody else: all transactions that were
//! already waiting run before it and join the group. Its `COMMIT` is one flush to disk for all of them, and only then
//! does any of them learn that it is durable.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::{Connection, SqliteConnection};
use tokio::sync::{Mutex, Notify, OwnedMutexGuard, watch};

use crate::{Error, Result};

/// The writer's side of one SQLite database. Clones share it.
#[derive(Clone)]
pub(crate) struct Writer {
    seat: Arc<Mutex<Seat>>,
    finished: Arc<Notify>,
    /// Commit every transaction by itself: only the bench that measures what grouping gains sets it.
    single: Arc<AtomicBool>,
}

/// What the holder of the turn works on.
struct Seat {
    connection: SqliteConnection,
    /// A `BEGIN` is open.
    open: bool,
    /// A savepoint was left behind by a transaction that was dropped; it is rolled back before the next one starts.
    abandoned: bool,
    /// Rises with every group; members wait for their group's verdict.
    group: watch::Sender<Option<Verdict>>,
}

#[derive(Clone, Debug)]
enum Verdict {
    Durable,
    Full,
    Busy(String),
    Fatal(String),
}

impl Writer {
    pub fn start(connection: SqliteConnection) -> Self {
        let seat = Seat { connection, open: false, abandoned: false, group: watch::Sender::new(None) };
        let writer = Self { seat: Arc::new(Mutex::new(seat)), finished: Arc::new(Notify::new()), single: Arc::default() };
        tokio::spawn(commit_groups(Arc::downgrade(&writer.seat), writer.finished.clone()));
        writer
    }

    pub fn commit_singly(&self, single: bool) {
        self.single.store(single, Ordering::Relaxed);
    }

    /// Waits for the turn and opens a savepoint.
    pub async fn begin(&self) -> Result<Turn> {
        let mut seat = self.seat.clone().lock_owned().await;
        seat.clear_abandoned().await?;
        if !seat.open {
            match seat.execute("BEGIN IMMEDIATE").await {
                Ok(()) => {}
                // Whoever asked before went away between the word and its answer (a browser broke its request off): it is
                // open already. SQLite has no other word for that.
                Err(Error::Database(text)) if text.contains("within a transaction") => {}
                Err(error) => return Err(error),
            }
            seat.open = true;
        }
        seat.abandoned = true;
        Ok(Turn { seat, finished: self.finished.clone(), single: self.single.load(Ordering::Relaxed), begun: false })
    }

    pub async fn migrate(&self, migrator: &sqlx::migrate::Migrator) -> std::result::Result<(), sqlx::migrate::MigrateError> {
        migrator.run(&mut self.seat.lock().await.connection).await
    }

    /// Writes the log back into the database file.
    pub async fn checkpoint(&self) -> Result<()> {
        let mut seat = self.seat.lock().await;
        if seat.open {
            seat.clear_abandoned().await?;
            seat.commit().await;
        }
        seat.execute("PRAGMA wal_checkpoint(TRUNCATE)").await
    }
}

/// One transaction's turn at the writer connection.
pub(crate) struct Turn {
    seat: OwnedMutexGuard<Seat>,
    finished: Arc<Notify>,
    single: bool,
    /// The savepoint is open.
    begun: bool,
}

/// Opens the savepoint of a turn, in front of its first statement: each trip to SQLite's thread costs as much as a statement.
pub(crate) const OPEN: &str = "SAVEPOINT unit;";

impl Turn {
    pub fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.seat.connection
    }

    /// Opens the savepoint by itself.
    pub async fn open(&mut self) -> Result<()> {
        if !std::mem::replace(&mut self.begun, true) {
            self.seat.execute("SAVEPOINT unit").await?;
        }
        Ok(())
    }

    /// What stands before the next statement: the first one opens the savepoint.
    pub fn opening(&mut self) -> String {
        if std::mem::replace(&mut self.begun, true) { String::new() } else { OPEN.to_owned() }
    }

    /// Joins the group and waits until the group is on disk.
    pub async fn commit(mut self) -> Result<()> {
        fail::fail_point!("writer::before_release");
        if !self.begun {
            // Nothing was asked of it, so there is nothing to keep.
            self.seat.abandoned = false;
            return Ok(());
        }
        self.seat.execute("RELEASE unit").await?;
        self.seat.abandoned = false;
        let mut verdict = self.seat.group.subscribe();
        if self.single {
            self.seat.commit().await;
        } else {
            self.finished.notify_one();
        }
        drop(self);
        let verdict = verdict.wait_for(Option::is_some).await;
        match verdict.as_deref() {
            Ok(Some(Verdict::Durable)) => Ok(()),
            Ok(Some(Verdict::Full)) => Err(Error::Full),
            Ok(Some(Verdict::Busy(text))) => Err(Error::Busy(text.clone())),
            Ok(Some(Verdict::Fatal(text))) => Err(Error::Fatal(text.clone())),
            Ok(None) | Err(_) => Err(Error::Fatal("the writer stopped".into())),
        }
    }

    pub async fn rollback(mut self) -> Result<()> {
        if !self.begun {
            self.seat.abandoned = false;
            return Ok(());
        }
        self.seat.clear_abandoned().await
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.begun {
            self.seat.abandoned = false;
        }
        // Work may be waiting in the open group even though this transaction came to nothing.
        self.finished.notify_one();
    }
}

impl Seat {
    async fn execute(&mut self, text: &'static str) -> Result<()> {
        crate::db::execute_text(&mut self.connection, text).await
    }

    async fn clear_abandoned(&mut self) -> Result<()> {
        if !self.abandoned {
            return Ok(());
        }
        let cleared = async {
            self.execute("ROLLBACK TO unit").await?;
            self.execute("RELEASE unit").await
        }
        .await;
        self.abandoned = false;
        // No such savepoint: either it was released just before its owner went away, and the group lives on (`BEGIN` is
        // refused inside a transaction); or SQLite rolled everything back by itself, as it does on a full disk
        // (sqlite.org/lang_transaction.html §3): then no member of the group may be acknowledged.
        if cleared.is_err() && self.execute("BEGIN").await.is_ok() {
            self.end_group(Verdict::Full).await;
        }
        Ok(())
    }

    async fn commit(&mut self) {
        fail::fail_point!("writer::before_commit");
        let verdict = match self.execute("COMMIT").await {
            Ok(()) => {
                self.open = false;
                fail::fail_point!("writer::after_commit");
                self.group.send_replace(Some(Verdict::Durable));
                self.group = watch::Sender::new(None);
                return;
            }
            Err(Error::Full) => Verdict::Full,
            Err(Error::Busy(text)) => Verdict::Busy(text),
            Err(error) => Verdict::Fatal(error.to_string()),
        };
        if let Verdict::Fatal(text) = &verdict {
            crate::db::stop_on_fatal(text);
        }
        self.end_group(verdict).await;
    }

    /// Rolls back what is left of the transaction and tells every member of the group.
    async fn end_group(&mut self, verdict: Verdict) {
        // An error here only says that SQLite had rolled back already.
        let _already = self.execute("ROLLBACK").await;
        self.open = false;
        self.group.send_replace(Some(verdict));
        self.group = watch::Sender::new(None);
    }
}

async fn commit_groups(seat: std::sync::Weak<Mutex<Seat>>, finished: Arc<Notify>) {
    loop {
        finished.notified().await;
        let Some(seat) = seat.upgrade() else { return };
        let mut seat = seat.lock().await;
        if seat.open {
            if let Err(error) = seat.clear_abandoned().await {
                tracing::error!(%error, "the writer could not roll back an abandoned transaction");
            }
            if seat.open {
                seat.commit().await;
            }
        }
    }
}

/// Opens the connection that will write.
pub(crate) async fn connect(options: &sqlx::sqlite::SqliteConnectOptions) -> Result<SqliteConnection> {
    Ok(SqliteConnection::connect_with(options).await?)
}
