//! The contents of attached files, addressed by their SHA-256.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
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

    /// Stores contents durably; the same contents twice are stored once. Called before the transaction that names them.
    pub async fn put(&self, bytes: Vec<u8>) -> Result<Blob> {
        let sha256 = hex::encode(Sha256::digest(&bytes));
        let size = bytes.len() as u64;
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        fail::fail_point!("attachments::before_put");
        match self.store.put_opts(&key(&sha256), PutPayload::from(bytes), options).await {
            Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => Ok(Blob { sha256, size }),
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
