//! The two engines behind one set of verbs.
#![expect(clippy::disallowed_methods, reason = "the one place that runs SQL")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Executor, PgPool, Postgres, SqliteConnection, SqlitePool, Transaction};

use crate::notify::Notices;
use crate::sql::Statement;
use crate::value::{self, Args, Row};
use crate::writer::{Turn, Writer};
use crate::{Error, Result};

/// The database. Clones share its pools.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
    notices: Notices,
}

#[derive(Clone)]
enum Engine {
    Sqlite { read: SqlitePool, write: Writer, path: Arc<PathBuf> },
    Postgres { pool: PgPool },
}

/// How long anything waits for a connection before it answers "busy" (DESIGN: 503, not a hang).
const PATIENCE: Duration = Duration::from_secs(5);
/// A connection to PostgreSQL that nobody has used for so long is asked whether it is still there.
const RESTED: Duration = Duration::from_secs(1);

impl Db {
    /// Opens `sqlite:/path/to/file` or `postgres://…`. Does not migrate.
    pub async fn open(url: &str) -> Result<Self> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            return Self::open_sqlite(Path::new(path.trim_start_matches("//"))).await;
        }
        // A generated statement fills screens when it is logged: none is.
        let options = url.parse::<PgConnectOptions>()?.disable_statement_logging();
        let options = options.application_name("doithoai").options([
            ("statement_timeout", "30s"),
            ("idle_in_transaction_session_timeout", "30s"),
            // Planned anew for each statement's values, PostgreSQL would spend more time planning than running.
            ("plan_cache_mode", "auto"),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(24)
            .acquire_timeout(PATIENCE)
            // One that has just been used is alive: asking each time would double the trips to the server.
            .test_before_acquire(false)
            .before_acquire(|connection, known| {
                Box::pin(async move {
                    if known.idle_for > RESTED {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_with(options.clone())
            .await?;
        let notices = Notices::postgres(options);
        Ok(Self { engine: Engine::Postgres { pool }, notices })
    }

    async fn open_sqlite(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .disable_statement_logging()
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(PATIENCE)
            .foreign_keys(true)
            .statement_cache_capacity(300)
            .pragma("cache_size", "-16000")
            .pragma("mmap_size", "268435456")
            .pragma("temp_store", "MEMORY");
        let write = Writer::start(crate::writer::connect(&options).await?);
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(PATIENCE)
            // A connection to a file does not go stale: asking each time would double the trips to its thread.
            .test_before_acquire(false)
            .connect_with(options.read_only(true).create_if_missing(false).pragma("cache_size", "-8000"))
            .await?;
        let engine = Engine::Sqlite { read, write, path: Arc::new(path.to_owned()) };
        Ok(Self { engine, notices: Notices::local() })
    }

    /// True on the embedded engine.
    pub fn is_sqlite(&self) -> bool {
        matches!(self.engine, Engine::Sqlite { .. })
    }

    /// The file of the embedded engine.
    pub fn sqlite_path(&self) -> Option<&Path> {
        match &self.engine {
            Engine::Sqlite { path, .. } => Some(path),
            Engine::Postgres { .. } => None,
        }
    }

    /// Wake-ups between writers and those who wait for work.
    pub fn notices(&self) -> &Notices {
        &self.notices
    }

    /// A reader outside any transaction.
    pub fn read(&self) -> Reader {
        Reader(self.clone())
    }

    /// Opens a transaction. Dropped without `commit`, it leaves nothing behind.
    pub async fn begin(&self) -> Result<Tx> {
        let inner = match &self.engine {
            Engine::Sqlite { write, .. } => Inner::Sqlite(
                // A queue this long means that the disk does not keep up.
                tokio::time::timeout(PATIENCE * 2, write.begin()).await.map_err(|_| Error::Busy("the writer".into()))??,
            ),
            Engine::Postgres { pool } => Inner::Postgres(pool.begin().await?),
        };
        Ok(Tx { inner, later: Later::default(), notices: self.notices.clone(), wakes: 0 })
    }

    /// One commit per transaction on SQLite: for the bench that measures what grouping gains.
    pub fn commit_singly(&self, single: bool) {
        if let Engine::Sqlite { write, .. } = &self.engine {
            write.commit_singly(single);
        }
    }

    /// Writes the log back into the database file (SQLite); does nothing on PostgreSQL.
    pub async fn checkpoint(&self) -> Result<()> {
        match &self.engine {
            Engine::Sqlite { write, .. } => write.checkpoint().await,
            Engine::Postgres { .. } => Ok(()),
        }
    }

    /// Counts and tidies for PostgreSQL what its autovacuum would only get to a minute after very many rows were written at
    /// once. SQLite's planner needs no counts here.
    pub async fn analyze(&self) -> Result<()> {
        match &self.engine {
            Engine::Sqlite { .. } => Ok(()),
            Engine::Postgres { pool } => {
                let mut connection = pool.acquire().await?;
                connection.close_on_drop();
                connection.execute("SET statement_timeout = 0").await?;
                connection.execute("VACUUM (ANALYZE)").await?;
                Ok(())
            }
        }
    }

    /// Migrations need the connection itself, outside any savepoint.
    pub(crate) async fn migrate_sqlite(&self, migrator: &sqlx::migrate::Migrator) -> std::result::Result<(), sqlx::migrate::MigrateError> {
        match &self.engine {
            Engine::Sqlite { write, .. } => write.migrate(migrator).await,
            Engine::Postgres { .. } => Ok(()),
        }
    }

    pub(crate) fn pools(&self) -> (Option<&SqlitePool>, Option<&PgPool>) {
        match &self.engine {
            Engine::Sqlite { read, .. } => (Some(read), None),
            Engine::Postgres { pool } => (None, Some(pool)),
        }
    }
}

/// The verbs that every statement is run with.
pub trait Query: Send {
    /// Every row.
    fn all<R: Row>(&mut self, statement: &'static Statement, args: Args) -> impl Future<Output = Result<Vec<R>>> + Send;
    /// The row, if there is one.
    fn opt<R: Row>(&mut self, statement: &'static Statement, args: Args) -> impl Future<Output = Result<Option<R>>> + Send;
    /// Runs it and answers how many rows it touched.
    fn run(&mut self, statement: &'static Statement, args: Args) -> impl Future<Output = Result<u64>> + Send;

    /// The row; its absence is [`Error::NotFound`].
    fn one<R: Row>(&mut self, statement: &'static Statement, args: Args) -> impl Future<Output = Result<R>> + Send {
        async move { self.opt(statement, args).await?.ok_or(Error::NotFound) }
    }
}

/// Reads outside a transaction.
#[derive(Clone)]
pub struct Reader(Db);

macro_rules! on_pool {
    ($self:ident, $statement:ident, $args:ident, $query:path, $verb:ident) => {
        match &$self.0.engine {
            Engine::Sqlite { read, .. } => $query($statement.sqlite, value::sqlite($args)?).$verb(read).await?,
            Engine::Postgres { pool } => $query($statement.postgres, value::postgres($args)?).$verb(pool).await?,
        }
    };
}

impl Query for Reader {
    async fn all<R: Row>(&mut self, statement: &'static Statement, args: Args) -> Result<Vec<R>> {
        Ok(on_pool!(self, statement, args, sqlx::query_as_with, fetch_all))
    }

    async fn opt<R: Row>(&mut self, statement: &'static Statement, args: Args) -> Result<Option<R>> {
        Ok(on_pool!(self, statement, args, sqlx::query_as_with, fetch_optional))
    }

    async fn run(&mut self, _: &'static Statement, _: Args) -> Result<u64> {
        Err(Error::Database("a reader does not write".into()))
    }
}

/// A transaction.
pub struct Tx {
    inner: Inner,
    /// Inserts that wait for the next statement.
    later: Later,
    notices: Notices,
    wakes: u8,
}

enum Inner {
    Sqlite(Turn),
    Postgres(Transaction<'static, Postgres>),
}

/// Inserts on their way to SQLite. Each trip to its thread costs more than the insert itself, and few need an answer: so
/// they travel together, before the next statement that does, or before the commit.
#[derive(Default)]
struct Later {
    text: String,
    args: Args,
}

/// Values that wait at most; a seeder's or an importer's rows must not pile up.
const LATER: usize = 4_000;

macro_rules! on_tx {
    ($self:ident, $statement:ident, $args:ident, $query:path, $verb:ident) => {
        match &mut $self.inner {
            Inner::Sqlite(turn) => {
                let text = sqlx::AssertSqlSafe(turn.opening() + $statement.sqlite);
                $query(text, value::sqlite($args)?).$verb(turn.connection()).await.map_err(fatal)?
            }
            Inner::Postgres(tx) => $query($statement.postgres, value::postgres($args)?).$verb(&mut **tx).await?,
        }
    };
}

impl Query for Tx {
    async fn all<R: Row>(&mut self, statement: &'static Statement, args: Args) -> Result<Vec<R>> {
        self.write_waiting().await?;
        Ok(on_tx!(self, statement, args, sqlx::query_as_with, fetch_all))
    }

    async fn opt<R: Row>(&mut self, statement: &'static Statement, args: Args) -> Result<Option<R>> {
        self.write_waiting().await?;
        Ok(on_tx!(self, statement, args, sqlx::query_as_with, fetch_optional))
    }

    async fn run(&mut self, statement: &'static Statement, args: Args) -> Result<u64> {
        self.write_waiting().await?;
        Ok(match &mut self.inner {
            Inner::Sqlite(turn) => {
                // By itself: SQLite would count the rows of an earlier statement for the savepoint.
                turn.open().await?;
                sqlx::query_with(statement.sqlite, value::sqlite(args)?).execute(turn.connection()).await.map_err(fatal)?.rows_affected()
            }
            Inner::Postgres(tx) => sqlx::query_with(statement.postgres, value::postgres(args)?).execute(&mut **tx).await?.rows_affected(),
        })
    }
}

impl Tx {
    /// Returns when the work is durable. An error means that nothing of it is stored, except
    /// [`Error::Busy`] on PostgreSQL when the link was cut in mid-commit: then it is unknown, and asking by id tells.
    pub async fn commit(mut self) -> Result<()> {
        self.write_waiting().await?;
        match self.inner {
            Inner::Sqlite(turn) => turn.commit().await?,
            Inner::Postgres(tx) => {
                fail::fail_point!("postgres::before_commit");
                tx.commit().await?;
            }
        }
        self.notices.sent(self.wakes);
        Ok(())
    }

    /// Gives the work up at once instead of when dropped.
    pub async fn rollback(self) -> Result<()> {
        match self.inner {
            Inner::Sqlite(turn) => turn.rollback().await,
            Inner::Postgres(tx) => Ok(tx.rollback().await?),
        }
    }

    pub fn is_sqlite(&self) -> bool {
        matches!(self.inner, Inner::Sqlite(_))
    }

    /// Wakes those who wait for `topic`, on every node, once this is committed.
    pub async fn wake(&mut self, topic: crate::notify::Topic) -> Result<()> {
        if self.wakes & topic.bit() != 0 {
            return Ok(());
        }
        self.wakes |= topic.bit();
        if let Inner::Postgres(tx) = &mut self.inner {
            (&mut **tx).execute(topic.notify_statement()).await?;
        }
        Ok(())
    }

    /// Inserts many rows with few statements. `head` is `INSERT INTO t (a, b)`, `tail` what follows the values. On SQLite
    /// they may wait for the next statement or the commit, which then tells what was wrong with them.
    ///
    /// The text is built from literals only. SQLite gets a bare `?`: `$n` and `?n` have names there, and each is looked up
    /// among all others when it is bound, which is quadratic.
    pub async fn insert_many(&mut self, head: &'static str, tail: &'static str, rows: Vec<Args>) -> Result<()> {
        let Some(width) = rows.first().map(Vec::len) else { return Ok(()) };
        let per_statement = (30_000 / width.max(1)).clamp(1, 500);
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let chunk: Vec<Args> = rows.by_ref().take(per_statement).collect();
            let text = multi_row(head, tail, chunk.len(), width, !self.is_sqlite());
            let args = chunk.into_iter().flatten();
            match &mut self.inner {
                Inner::Sqlite(_) => {
                    self.later.text.push_str(&text);
                    self.later.text.push(';');
                    self.later.args.extend(args);
                    if self.later.args.len() > LATER {
                        self.write_waiting().await?;
                    }
                }
                Inner::Postgres(tx) => {
                    sqlx::query_with(sqlx::AssertSqlSafe(text), value::postgres(args.collect())?).execute(&mut **tx).await?;
                }
            }
        }
        Ok(())
    }

    /// Runs a statement whose outcome nobody asks for, with the inserts that wait. Its SQLite text has bare marks (`?`).
    pub async fn run_later(&mut self, statement: &'static Statement, args: Args) -> Result<()> {
        match &mut self.inner {
            Inner::Sqlite(_) => {
                self.later.text.push_str(statement.sqlite);
                self.later.text.push(';');
                self.later.args.extend(args);
            }
            Inner::Postgres(tx) => {
                sqlx::query_with(statement.postgres, value::postgres(args)?).execute(&mut **tx).await?;
            }
        }
        Ok(())
    }

    /// Inserts rows with one statement, at most 500 of them, and answers what `tail` returns.
    pub async fn insert_returning<R: Row>(&mut self, head: &'static str, tail: &'static str, rows: Vec<Args>) -> Result<Vec<R>> {
        self.write_waiting().await?;
        let Some(width) = rows.first().map(Vec::len) else { return Ok(Vec::new()) };
        let text = multi_row(head, tail, rows.len(), width, !self.is_sqlite());
        let args: Args = rows.into_iter().flatten().collect();
        Ok(match &mut self.inner {
            Inner::Sqlite(turn) => {
                let text = sqlx::AssertSqlSafe(turn.opening() + &text);
                sqlx::query_as_with(text, value::sqlite(args)?).fetch_all(turn.connection()).await.map_err(fatal)?
            }
            Inner::Postgres(tx) => sqlx::query_as_with(sqlx::AssertSqlSafe(text), value::postgres(args)?).fetch_all(&mut **tx).await?,
        })
    }

    /// Sends the inserts that wait on their way, so that their text stays one that SQLite has prepared before.
    pub async fn write_waiting(&mut self) -> Result<()> {
        if self.later.text.is_empty() {
            return Ok(());
        }
        let Later { text, args } = std::mem::take(&mut self.later);
        if let Inner::Sqlite(turn) = &mut self.inner {
            let text = sqlx::AssertSqlSafe(turn.opening() + &text);
            sqlx::query_with(text, value::sqlite(args)?).execute(turn.connection()).await.map_err(fatal)?;
        }
        Ok(())
    }
}

/// `INSERT … VALUES ($1,$2),($3,$4) …`, or with bare `?` where the marks have no numbers.
fn multi_row(head: &str, tail: &str, rows: usize, width: usize, numbered: bool) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(head.len() + tail.len() + rows * width * 7);
    text.push_str(head);
    text.push_str(" VALUES ");
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ",(" });
        for column in 0..width {
            let comma = if column == 0 { "" } else { "," };
            text.push_str(comma);
            if numbered {
                // Writing to a String cannot fail.
                let _written = write!(text, "${}", row * width + column + 1);
            } else {
                text.push('?');
            }
        }
        text.push(')');
    }
    text.push(' ');
    text.push_str(tail);
    text
}

/// On SQLite an I/O error while writing leaves the file in an unknown state: stop acknowledging, exit, recover
/// (a retried fsync lies). On PostgreSQL the server decides that for itself.
fn fatal(error: sqlx::Error) -> Error {
    let error = Error::from(error);
    if let Error::Fatal(text) = &error {
        stop_on_fatal(text);
    }
    error
}

pub(crate) fn stop_on_fatal(text: &str) {
    tracing::error!(error = text, "the disk failed while writing: stopping, so that nothing unsure is acknowledged");
    std::process::exit(74); // EX_IOERR of sysexits.h
}

pub(crate) async fn execute_text(connection: &mut SqliteConnection, text: &'static str) -> Result<()> {
    sqlx::query(text).execute(connection).await?;
    Ok(())
}
