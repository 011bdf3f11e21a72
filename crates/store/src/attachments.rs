//! The contents of attached files, addressed by their SHA-256.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, PutPayload};
use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// Where contents rest: a folder on local disk.
#[derive(Clone)]
pub struct Attachments {
    store: Arc<dyn ObjectStore>,
    root: PathBuf,
}

/// Stored contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// Hex of the SHA-256.
    pub sha256: String,
    pub size: u64,
}

impl Attachments {
    /// Opens (and creates) the folder.
    pub fn open(root: &Path) -> Result<Self> {
        std::fs::create_dir_all(root).map_err(io)?;
        let store = LocalFileSystem::new_with_prefix(root).map_err(|error| Error::Database(error.to_string()))?.with_fsync(true);
        Ok(Self { store: Arc::new(store), root: root.to_owned() })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Stores contents durably. Called before the transaction that names them. The same contents again take the place of
    /// the first ones and are as young as new ones: see [`Attachments::stored_before`].
    pub async fn put(&self, bytes: Vec<u8>) -> Result<Blob> {
        let sha256 = hex::encode(Sha256::digest(&bytes));
        let size = bytes.len() as u64;
        fail::fail_point!("attachments::before_put");
        self.store.put(&key(&sha256), PutPayload::from(bytes)).await.map_err(from_store)?;
        Ok(Blob { sha256, size })
    }

    /// Whether contents are there.
    pub async fn has(&self, sha256: &str) -> Result<bool> {
        match self.store.head(&key(sha256)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(from_store(error)),
        }
    }

    /// Makes contents young again when they were stored before this moment. False when they are gone.
    pub async fn renew(&self, sha256: &str, before: Timestamp) -> Result<bool> {
        match self.store.head(&key(sha256)).await {
            Ok(found) if is_old(&found, before) => {
                self.put(self.get(sha256).await?).await?;
                Ok(true)
            }
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(from_store(error)),
        }
    }

    /// Hashes of the contents last stored before a moment, of those whose hash begins with this byte.
    pub async fn stored_before(&self, first: u8, before: Timestamp) -> Result<Vec<String>> {
        let mut found = Vec::new();
        let folders = self.store.list_with_delimiter(Some(&Key::from(format!("{first:02x}")))).await.map_err(from_store)?;
        for folder in folders.common_prefixes {
            let contents = self.store.list_with_delimiter(Some(&folder)).await.map_err(from_store)?.objects;
            let old = contents.iter().filter(|found| is_old(found, before)).filter_map(|found| found.location.filename());
            found.extend(old.filter(|name| name.len() == 64).map(str::to_owned));
        }
        Ok(found)
    }

    /// Removes contents, unless they were stored again since that moment. True when they are gone now.
    pub async fn remove(&self, sha256: &str, stored_before: Timestamp) -> Result<bool> {
        match self.store.head(&key(sha256)).await {
            Ok(found) if is_old(&found, stored_before) => {
                self.store.delete(&key(sha256)).await.map_err(from_store)?;
                Ok(true)
            }
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(from_store(error)),
        }
    }

    /// Reads contents whole (at most 25 MB each by the intake's limits).
    pub async fn get(&self, sha256: &str) -> Result<Vec<u8>> {
        if sha256.len() != 64 || !sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Error::NotFound);
        }
        let found = self.store.get(&key(sha256)).await.map_err(from_store)?;
        Ok(found.bytes().await.map_err(from_store)?.to_vec())
    }
}

fn is_old(found: &ObjectMeta, before: Timestamp) -> bool {
    found.last_modified.timestamp_micros() < before.as_microsecond()
}

/// Two levels of folders keep any one of them small.
fn key(sha256: &str) -> Key {
    Key::from(format!("{}/{}/{sha256}", &sha256[..2], &sha256[2..4]))
}

fn from_store(error: object_store::Error) -> Error {
    match &error {
        object_store::Error::NotFound { .. } => Error::NotFound,
        _ => {
            let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&error);
            while let Some(inner) = source {
                if let Some(io_error) = inner.downcast_ref::<std::io::Error>()
                    && io_error.kind() == std::io::ErrorKind::StorageFull
                {
                    return Error::Full;
                }
                source = inner.source();
            }
            Error::Busy(error.to_string())
        }
    }
}

fn io(error: std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::StorageFull { Error::Full } else { Error::Busy(error.to_string()) }
}
