//! `serve`: the whole program on one address.

use std::net::SocketAddr;

use anyhow::Context;
use clap::Args;
use service::intake::Intake;
use tokio_util::sync::CancellationToken;
use web::app::{App, router};
use web::limit::Proxies;

use crate::config::Config;
use crate::wiring;

#[derive(Debug, Args)]
pub struct Serve {
    /// Fill an empty city with believable cases and officers, and print the log-ins.
    #[arg(long)]
    demo: bool,

    /// With the demonstration: where the simulated vendors and the phone page are.
    #[arg(long, default_value = "127.0.0.1:8023")]
    vendors: SocketAddr,

    /// With the demonstration: where the short messages are, an SMPP 3.4 server. Port 0 takes a free one. Without it
    /// 127.0.0.1:2775, or a free port when that one is taken.
    #[arg(long)]
    smsc: Option<SocketAddr>,

    /// Serve metrics on this address; keep it inside the house.
    #[arg(long, env = "DOITHOAI_METRICS")]
    metrics: Option<SocketAddr>,
}

impl Serve {
    pub async fn run(self, config: Config) -> anyhow::Result<()> {
        // Bound before anything slow, so that a port in use is told at once.
        let listener = tokio::net::TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("{} cannot be listened on: is the program running already?", config.listen))?;
        let vendors = if self.demo { Some(crate::cli::simulate::start(self.vendors, self.smsc).await?) } else { None };
        if let Some(listen) = self.metrics {
            crate::telemetry::serve_metrics(listen).await?;
        }
        let city = wiring::city(&config).await?;
        if self.demo {
            crate::cli::demo::fill(&city, &config).await?;
        }
        let stop = CancellationToken::new();
        service::jobs::take_back(&city).await?;
        let jobs = service::jobs::start(&city, &stop);
        let app = App::new(city.clone(), Intake::start(city.clone()), Proxies(config.proxies.clone()))?;
        let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
        tracing::info!(listen = %config.listen, public = city.settings.public_url, "ready");
        let url = format!("http://{}", config.listen);
        let serving = tokio::spawn(axum::serve(listener, service).with_graceful_shutdown(asked_to_stop()).into_future());
        if let Some(vendors) = &vendors {
            // Once it serves: the vendors knock at once.
            crate::cli::simulate::connect(vendors, &city, &url).await?;
            crate::cli::demo::print_log_ins(&city, &config, vendors)?;
        }
        serving.await??;
        stop.cancel();
        jobs.wait().await;
        city.db.checkpoint().await?;
        Ok(())
    }
}

async fn asked_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending::<()>().await,
        }
    };
    tokio::select! {
        _ = interrupt => {}
        () = terminate => {}
    }
}
