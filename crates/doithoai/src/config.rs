//! The handful of settings that must be known before the database is open. Everything else is edited in the browser.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use service::clock::{Random, SystemRandom};

/// Where data rest and how the program is reached.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// Folder of the database, the attachments, the search index and the key file.
    #[arg(long, env = "DOITHOAI_DATA", default_value = "data", global = true)]
    pub data: PathBuf,

    /// Database address: `sqlite:FILE` (default: in the data folder) or `postgres://…`.
    #[arg(long, env = "DOITHOAI_DATABASE", global = true, hide_env_values = true)]
    pub database: Option<String>,

    /// Address the program listens on.
    #[arg(long, env = "DOITHOAI_LISTEN", default_value = "127.0.0.1:8022", global = true)]
    pub listen: SocketAddr,

    /// Public address, as it stands in messages: `https://1022.example.gov.vn`.
    #[arg(long, env = "DOITHOAI_PUBLIC_URL", global = true)]
    pub public_url: Option<String>,

    /// Proxies in front of the program, which alone are believed about the sender's address.
    #[arg(long, env = "DOITHOAI_PROXIES", value_delimiter = ',', global = true)]
    pub proxies: Vec<IpAddr>,

    /// Name of this node among several; unique.
    #[arg(long, env = "DOITHOAI_NODE", global = true)]
    pub node: Option<String>,

    /// File with the master key (made at first start, mode 0600). Keep it outside backups.
    #[arg(long, env = "DOITHOAI_KEY_FILE", global = true)]
    pub key_file: Option<PathBuf>,

    /// Refuse new input below this many free megabytes.
    #[arg(long, env = "DOITHOAI_LOW_WATER_MB", default_value_t = 200, global = true)]
    pub low_water_mb: u64,

    /// Folder with the reference data that a new city begins with.
    #[arg(long, env = "DOITHOAI_REFERENCE", default_value = "reference", global = true)]
    pub reference: PathBuf,
}

impl Config {
    pub fn database_url(&self) -> String {
        self.database.clone().unwrap_or_else(|| format!("sqlite:{}", self.data.join("doithoai.sqlite").display()))
    }

    pub fn public_url(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://{}", self.listen)).trim_end_matches('/').to_owned()
    }

    /// The master key: from `DOITHOAI_KEY` (64 hex digits), else from the key file, which is made when it is missing.
    pub fn master_key(&self) -> anyhow::Result<Vec<u8>> {
        if let Some(text) = from_environment("DOITHOAI_KEY") {
            return hex::decode(text.trim()).context("DOITHOAI_KEY is not hexadecimal");
        }
        let path = self.key_file.clone().unwrap_or_else(|| self.data.join("master.key"));
        if !path.exists() {
            let mut key = [0; 32];
            SystemRandom.fill(&mut key);
            write_secret(&path, &hex::encode(key))?;
        }
        check_mode(&path)?;
        let text = std::fs::read_to_string(&path).with_context(|| format!("the key file {} cannot be read", path.display()))?;
        hex::decode(text.trim()).with_context(|| format!("the key file {} is not hexadecimal", path.display()))
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment beside the command line")]
fn from_environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn write_secret(path: &std::path::Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("the key file {} cannot be made", path.display()))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(())
}

fn check_mode(path: &std::path::Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path)?.permissions().mode() & 0o777;
    anyhow::ensure!(mode & 0o077 == 0, "the key file {} may be read by others (mode {mode:o}): run chmod 600", path.display());
    Ok(())
}
