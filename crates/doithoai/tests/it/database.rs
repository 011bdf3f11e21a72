//! A fresh database for each test: a copy of a template that was migrated and loaded once.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};
use sqlx::{Connection, Executor, PgConnection};

use crate::env::{self, Engine};

/// A database of one test's own.
pub struct Database {
    pub url: String,
    /// Name on the PostgreSQL server, which keeps it until it is dropped.
    name: Option<String>,
}

impl Database {
    /// On the engine of the run; a SQLite file goes into `folder`.
    pub async fn fresh(folder: &Path) -> Self {
        Self::on(env::engine(), folder).await
    }

    pub async fn on(engine: Engine, folder: &Path) -> Self {
        match engine {
            Engine::Sqlite => {
                // With the log beside it: a command that ends leaves it to the next one to write it back.
                for entry in std::fs::read_dir(sqlite_template()).expect("the template is there") {
                    let entry = entry.expect("a file");
                    std::fs::copy(entry.path(), folder.join(entry.file_name())).expect("the template can be copied");
                }
                Self { url: format!("sqlite:{}", folder.join("doithoai.sqlite").display()), name: None }
            }
            Engine::Postgres => {
                let template = postgres_template().await;
                let name = format!("test_{}", unique(folder));
                admin()
                    .await
                    .execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE {template}")))
                    .await
                    .expect("a database");
                Self { url: at(&name), name: Some(name) }
            }
        }
    }

    /// With nothing in it, not even the schema; on SQLite not even the file.
    pub async fn empty(folder: &Path) -> Self {
        match env::engine() {
            Engine::Sqlite => Self { url: format!("sqlite:{}", folder.join("doithoai.sqlite").display()), name: None },
            Engine::Postgres => {
                let name = format!("test_{}", unique(folder));
                admin().await.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.expect("a database");
                Self { url: at(&name), name: Some(name) }
            }
        }
    }

    /// Gives the place back.
    pub async fn remove(self) {
        if let Some(name) = self.name {
            admin().await.execute(sqlx::AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await.expect("the database goes");
        }
    }

    /// A bare connection, for what no use case offers: triggers of a judge and their record.
    pub async fn connection(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.expect("the database answers")
    }
}

async fn admin() -> PgConnection {
    PgConnection::connect(&env::postgres_url()).await.expect("PostgreSQL answers")
}

fn at(name: &str) -> String {
    let url = env::postgres_url();
    let (server, _) = url.rsplit_once('/').expect("TEST_POSTGRES_URL names a database");
    format!("{server}/{name}")
}

/// Temporary folders have names of their own.
fn unique(folder: &Path) -> String {
    hex::encode(&Sha256::digest(folder.display().to_string().as_bytes())[..10])
}

/// Made once per schema and reference data, under a lock that the processes of a run share.
fn sqlite_template() -> PathBuf {
    let folder = env::kept_folder().join(format!("template-{}", fingerprint()));
    let _lock = locked();
    if !folder.exists() {
        let making = tempfile::tempdir_in(env::kept_folder()).expect("a folder").keep();
        fill(&making, &format!("sqlite:{}", making.join("doithoai.sqlite").display()));
        std::fs::rename(&making, &folder).expect("the template can be moved");
    }
    folder
}

async fn postgres_template() -> String {
    let name = format!("template_{}", fingerprint());
    let _lock = locked();
    let mut admin = admin().await;
    let known = admin.fetch_optional(sqlx::AssertSqlSafe(format!("SELECT 1 FROM pg_database WHERE datname = '{name}'"))).await;
    if known.expect("the list of databases").is_none() {
        let making = format!("making_{}", fingerprint());
        admin.execute(sqlx::AssertSqlSafe(format!("DROP DATABASE IF EXISTS {making}"))).await.expect("a half made template goes");
        admin.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {making}"))).await.expect("a database");
        let folder = tempfile::tempdir().expect("a folder");
        fill(folder.path(), &at(&making));
        admin.execute(sqlx::AssertSqlSafe(format!("ALTER DATABASE {making} RENAME TO {name}"))).await.expect("the template gets its name");
    }
    name
}

/// The program's own commands, in processes that leave no connection behind.
fn fill(folder: &Path, url: &str) {
    for command in ["migrate", "reference"] {
        let done = Command::new(env::program())
            .args(["--data".as_ref(), folder.as_os_str(), "--database".as_ref(), url.as_ref(), "--reference".as_ref()])
            .arg(env::reference())
            .arg(command)
            .output()
            .expect("the program starts");
        assert!(done.status.success(), "doithoai {command}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

fn locked() -> File {
    let lock = File::create(env::kept_folder().join("template.lock")).expect("a lock file");
    lock.lock().expect("the lock");
    lock
}

/// Of everything a template is made from.
fn fingerprint() -> String {
    let mut hash = Sha256::new();
    let mut folders = vec![env::migrations(), env::reference()];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
        entries.sort();
        for entry in entries {
            if entry.is_dir() {
                folders.push(entry);
            } else {
                hash.update(std::fs::read(&entry).expect("a file"));
            }
        }
    }
    hex::encode(&hash.finalize()[..8])
}
