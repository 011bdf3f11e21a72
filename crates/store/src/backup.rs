//! Backup while the program runs, and restore into an empty place.
//!
//! The database is copied first, the attachments after it: contents are stored before the row that names them and never
//! change, so the copy holds every file its rows name.
#![expect(clippy::disallowed_methods, reason = "copying a whole database is no statement of the program")]

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tokio::process::Command;

use crate::{Attachments, Db, Error, Result};

/// Copies database and attachments into `target`, a folder that does not exist yet. Tells of each step.
pub async fn backup(db: &Db, url: &str, attachments: &Attachments, target: &Path, mut told: impl FnMut(&str, u64, u64)) -> Result<()> {
    if target.exists() {
        return Err(Error::Conflict(target.display().to_string()));
    }
    let partial = target.with_extension("partial");
    if partial.exists() {
        std::fs::remove_dir_all(&partial).map_err(io)?;
    }
    std::fs::create_dir_all(&partial).map_err(io)?;
    told("database", 0, 1);
    let database = match db.sqlite_path() {
        Some(path) => {
            let copy = partial.join("database.sqlite");
            vacuum_into(path, &copy).await?;
            copy
        }
        None => {
            let copy = partial.join("database.dump");
            tool("pg_dump", &["--format=custom", "--no-owner", "--file", &copy.display().to_string(), url]).await?;
            copy
        }
    };
    told("database", 1, 1);
    let mut manifest = vec![line(&partial, &database)?];
    let files = list(attachments.root())?;
    for (done, file) in files.iter().enumerate() {
        told("attachments", done as u64, files.len() as u64);
        let relative = file.strip_prefix(attachments.root()).map_err(Error::corrupt)?;
        let copy = partial.join("attachments").join(relative);
        if let Some(parent) = copy.parent() {
            std::fs::create_dir_all(parent).map_err(io)?;
        }
        match std::fs::copy(file, &copy) {
            Ok(_) => {}
            // Contents that no row names may go at any time.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(io(error)),
        }
        manifest.push(line(&partial, &copy)?);
    }
    std::fs::write(partial.join("manifest.sha256"), manifest.concat()).map_err(io)?;
    sync_tree(&partial)?;
    std::fs::rename(&partial, target).map_err(io)?;
    Ok(())
}

/// Puts a backup back: into a SQLite file that does not exist yet or an empty PostgreSQL database, and an attachments folder.
/// Every file is checked against the manifest before anything is written.
pub async fn restore(source: &Path, url: &str, attachments: &Path, mut told: impl FnMut(&str, u64, u64)) -> Result<()> {
    let manifest = std::fs::read_to_string(source.join("manifest.sha256")).map_err(|_| Error::NotFound)?;
    let entries: Vec<(&str, &str)> = manifest.lines().filter_map(|line| line.split_once("  ")).collect();
    for (done, (hash, name)) in entries.iter().enumerate() {
        told("check", done as u64, entries.len() as u64);
        if hash_of(&source.join(name))? != *hash {
            return Err(Error::corrupt(format!("{name} differs from the manifest")));
        }
    }
    told("database", 0, 1);
    match url.strip_prefix("sqlite:") {
        Some(path) => {
            let path = Path::new(path.trim_start_matches("//"));
            if path.exists() {
                return Err(Error::Conflict(path.display().to_string()));
            }
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(io)?;
            }
            std::fs::copy(source.join("database.sqlite"), path).map_err(io)?;
        }
        None => {
            let dump = source.join("database.dump").display().to_string();
            tool("pg_restore", &["--no-owner", "--exit-on-error", "--single-transaction", "--dbname", url, &dump]).await?;
        }
    }
    told("database", 1, 1);
    for (done, (_, name)) in entries.iter().enumerate() {
        told("attachments", done as u64, entries.len() as u64);
        if let Some(relative) = name.strip_prefix("attachments/") {
            let copy = attachments.join(relative);
            if let Some(parent) = copy.parent() {
                std::fs::create_dir_all(parent).map_err(io)?;
            }
            std::fs::copy(source.join(name), &copy).map_err(io)?;
        }
    }
    Ok(())
}

/// `VACUUM INTO` copies a consistent moment while others read and write (sqlite.org/lang_vacuum.html).
async fn vacuum_into(path: &Path, copy: &Path) -> Result<()> {
    use sqlx::Connection;
    let options =
        sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(false).busy_timeout(std::time::Duration::from_secs(60));
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await?;
    sqlx::query("VACUUM INTO $1").bind(copy.display().to_string()).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

async fn tool(program: &str, arguments: &[&str]) -> Result<()> {
    let output =
        Command::new(program).args(arguments).output().await.map_err(|_| Error::Busy(format!("{program} is not installed here")))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::Database(String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or(program).to_owned()))
}

fn list(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(io)? {
            let path = entry.map_err(io)?.path();
            if path.is_dir() {
                folders.push(path);
            // A name that is no hash is an upload still being written.
            } else if path.file_name().is_some_and(|name| name.len() == 64) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn line(root: &Path, file: &Path) -> Result<String> {
    let name = file.strip_prefix(root).map_err(Error::corrupt)?.display().to_string();
    Ok(format!("{}  {name}\n", hash_of(file)?))
}

fn hash_of(file: &Path) -> Result<String> {
    let mut hash = Sha256::new();
    let mut file = std::fs::File::open(file).map_err(|_| Error::NotFound)?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = std::io::Read::read(&mut file, &mut buffer).map_err(io)?;
        if read == 0 {
            return Ok(hex::encode(hash.finalize()));
        }
        hash.update(&buffer[..read]);
    }
}

fn sync_tree(root: &Path) -> Result<()> {
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(io)? {
            let path = entry.map_err(io)?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                std::fs::File::open(&path).and_then(|file| file.sync_all()).map_err(io)?;
            }
        }
    }
    Ok(())
}

fn io(error: std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::StorageFull { Error::Full } else { Error::Busy(error.to_string()) }
}
