//! Logs and metrics. No personal data is ever given to them; addresses of secret links are masked where they are made.

use tracing_subscriber::EnvFilter;

/// Starts logging to standard error: `DOITHOAI_LOG=debug`, JSON lines when asked.
pub fn start(json: bool) {
    let filter = EnvFilter::try_from_env("DOITHOAI_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,tantivy=warn,hyper=warn,tower_http=warn"));
    let format = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json { format.json().init() } else { format.compact().init() }
}
