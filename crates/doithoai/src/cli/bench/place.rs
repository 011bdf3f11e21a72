//! A city of its own for one measurement, and its program on a free port.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use axum::Router;
use indicatif::{ProgressBar, ProgressStyle};
use service::City;
use service::intake::Intake;
use service::mailboxes::{Entry, Mailbox};
use service::seed::Plan;
use store::cases::After;
use tokio::task::JoinHandle;
use uuid::Uuid;
use web::app::{App, router};
use web::limit::Proxies;

use crate::config::Config;
use crate::wiring;

/// Moment before which all seeded cases lie.
pub const UNTIL: &str = "2026-11-23T17:00:00Z";
/// Bytes that a seeded case takes with all its rows, and half as much again for the log.
const BYTES_PER_CASE: u64 = 10_000;

pub struct Place {
    pub city: City,
    data: PathBuf,
}

impl Place {
    /// Opens the folder `name`, made if it is missing, on SQLite or at `postgres`.
    pub async fn open(config: &Config, name: &str, postgres: Option<&str>) -> anyhow::Result<Self> {
        let data = config.data.join(name);
        let own = Config { data: data.clone(), database: postgres.map(str::to_owned), ..config.clone() };
        Ok(Self { city: wiring::city(&own).await?, data })
    }

    /// Fills it, unless it was filled before.
    pub async fn seed(&self, cases: u64, reference: &Path) -> anyhow::Result<()> {
        if !store::cases::of_city(&mut self.city.db.read(), After::END, 1).await?.is_empty() {
            return Ok(());
        }
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} cases, {per_sec}, {eta} left")?;
        let bar = ProgressBar::new(cases).with_style(style);
        let samples = crate::cli::seed::samples(reference)?;
        let plan = Plan { cases, seed: 1, until: UNTIL.parse()?, samples };
        service::seed::seed(&self.city, plan, |done| {
            bar.set_position(done);
            true
        })
        .await?;
        bar.finish_and_clear();
        self.city.db.checkpoint().await?;
        self.city.db.analyze().await?;
        Ok(())
    }

    pub fn has_room_for(&self, cases: u64) -> anyhow::Result<bool> {
        Ok(self.city.free_bytes().is_none_or(|free| free > cases * BYTES_PER_CASE))
    }

    /// A mailbox that only the hook fills and that sends by the server at this port, with its key.
    pub async fn mailbox(&self, smtp_port: u16) -> anyhow::Result<(Uuid, Vec<u8>)> {
        let mailbox = Mailbox {
            imap_host: String::new(),
            imap_port: 143,
            imap_security: "plain".into(),
            smtp_host: "127.0.0.1".into(),
            smtp_port,
            smtp_security: "plain".into(),
            login: "bench".into(),
            display_name: "1022".into(),
            trusted_mx: String::new(),
            root_pem: String::new(),
            poll: false,
        };
        let entry = Entry {
            name: "bench".into(),
            address: "phananh@vidu.example".into(),
            agency: None,
            enabled: true,
            mailbox,
            password: String::new(),
        };
        let id = service::mailboxes::save(&self.city, None, None, entry).await?;
        self.city.reload().await?;
        let key = self.city.hook_key(id).await?.context("the mailbox has a key")?;
        Ok((id, key))
    }

    /// The whole program over HTTP, without its runners.
    pub async fn serve(&self) -> anyhow::Result<Server> {
        let app = App::new(self.city.clone(), Intake::start(self.city.clone()), Proxies(Vec::new()))?;
        Server::start(router(app)).await
    }

    /// Lets go of the database; the folder stays.
    pub async fn close(self) -> anyhow::Result<PathBuf> {
        self.city.db.checkpoint().await?;
        Ok(self.data)
    }

    /// Deletes the folder.
    pub async fn remove(self) -> anyhow::Result<()> {
        let data = self.data.clone();
        drop(self.city);
        tokio::fs::remove_dir_all(&data).await.with_context(|| data.display().to_string())
    }
}

/// A server that stops when dropped.
pub struct Server {
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    pub async fn start(routes: Router) -> anyhow::Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let service = routes.into_make_service_with_connect_info::<SocketAddr>();
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, service).await {
                tracing::error!(%error, "the measured server stopped");
            }
        });
        Ok(Self { address, task })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
