use std::fmt;

pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, named for what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The row asked for is not there.
    #[error("not found")]
    NotFound,
    /// A unique index or a version said no; the text names the constraint or the table.
    #[error("conflict on {0}")]
    Conflict(String),
    /// The database is there but cannot take this now: pool exhausted, locked, connection lost. Try again.
    #[error("busy: {0}")]
    Busy(String),
    /// The disk has no room. Nothing was written; reading goes on; refuse new input until room is back.
    #[error("no room left on disk")]
    Full,
    /// An I/O error while writing or flushing. What the disk holds is not known: the process must stop and recover.
    #[error("the disk failed: {0}")]
    Fatal(String),
    /// A statement or a stored value is wrong: a fault of ours.
    #[error("database: {0}")]
    Database(String),
}

impl Error {
    /// True when the same call may succeed a little later.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Error::Busy(_) | Error::Full)
    }

    /// A stored value that cannot be read back, with what was expected.
    pub fn corrupt(what: impl fmt::Display) -> Self {
        Error::Database(format!("stored value cannot be read: {what}"))
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => Error::NotFound,
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Error::Busy(error.to_string()),
            sqlx::Error::Io(io) if io.kind() == std::io::ErrorKind::StorageFull => Error::Full,
            sqlx::Error::Io(_) => Error::Busy(error.to_string()),
            sqlx::Error::Database(db) => from_database(db.as_ref()),
            _ => Error::Database(error.to_string()),
        }
    }
}

/// SQLite answers with extended result codes (sqlite.org/rescode.html), PostgreSQL with SQLSTATE (its manual, appendix A).
fn from_database(error: &dyn sqlx::error::DatabaseError) -> Error {
    if error.is_unique_violation() {
        let named = error.constraint().map(str::to_owned);
        // SQLite names the columns in its message: "UNIQUE constraint failed: cases.code".
        let told = || error.message().rsplit(": ").next().unwrap_or("unique").to_owned();
        return Error::Conflict(named.unwrap_or_else(told));
    }
    let Some(code) = error.code() else {
        return Error::Database(error.message().to_owned());
    };
    if let Ok(number) = code.parse::<i64>()
        && code.len() <= 4
    {
        return match number & 0xff {
            5 | 6 => Error::Busy(error.message().to_owned()),
            13 => Error::Full,
            10 => Error::Fatal(error.message().to_owned()),
            _ => Error::Database(error.message().to_owned()),
        };
    }
    match code.get(..2) {
        // 53100 disk_full
        _ if code == "53100" => Error::Full,
        // serialization failure, deadlock, connection errors, operator intervention, resources
        Some("40" | "08" | "57" | "53" | "55") => Error::Busy(error.message().to_owned()),
        Some("58") => Error::Fatal(error.message().to_owned()),
        _ => Error::Database(error.message().to_owned()),
    }
}
