//! Schema changes: numbered files in two folders, the same numbers for both engines, run at start under a lock.

use sqlx::migrate::Migrator;

use crate::{Db, Error, Result};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// Brings the database to this program's schema. Refuses a database that a newer program has changed.
pub async fn run(db: &Db) -> Result<()> {
    let done = match db.pools() {
        (_, Some(pool)) => POSTGRES.run(pool).await,
        (Some(_), _) => db.migrate_sqlite(&SQLITE).await,
        (None, None) => Ok(()),
    };
    done.map_err(|error| Error::Database(error.to_string()))
}

/// Numbers and names of the migrations of both engines, for the test that compares them.
pub fn numbers() -> [Vec<(i64, String)>; 2] {
    let list = |migrator: &Migrator| migrator.iter().map(|m| (m.version, m.description.to_string())).collect();
    [list(&SQLITE), list(&POSTGRES)]
}
