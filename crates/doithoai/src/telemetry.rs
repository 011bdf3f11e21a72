//! Logs and metrics. No personal data is ever given to them; addresses of secret links are masked where they are made.

use tracing_subscriber::EnvFilter;

/// Starts logging to standard error: `DOITHOAI_LOG=debug`, JSON lines when asked.
pub fn start(json: bool) {
    let filter = EnvFilter::try_from_env("DOITHOAI_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,tantivy=warn,hyper=warn,tower_http=warn"));
    let format = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json { format.json().init() } else { format.compact().init() }
}

/// Serves counters in Prometheus' text form on an address of their own: they are nobody's business but the operators'.
pub async fn serve_metrics(listen: std::net::SocketAddr) -> anyhow::Result<()> {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder()?;
    let page = axum::Router::new().route("/metrics", axum::routing::get(move || std::future::ready(recorder.render())));
    let listener = tokio::net::TcpListener::bind(listen).await?;
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, page).await {
            tracing::error!(%error, "the metrics page stopped");
        }
    });
    Ok(())
}
