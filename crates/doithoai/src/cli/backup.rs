//! `backup` and `restore`.

use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use store::{Attachments, Db};

use crate::config::Config;

#[derive(Debug, Args)]
pub struct Backup {
    /// Folder to make; it must not exist.
    target: PathBuf,
}

#[derive(Debug, Args)]
pub struct Restore {
    /// Folder that a backup made.
    source: PathBuf,
}

impl Backup {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let url = config.database_url();
        let db = Db::open(&url).await?;
        let attachments = Attachments::open(&config.data.join("attachments"))?;
        let bar = bar();
        store::backup(&db, &url, &attachments, &self.target, |step, done, of| show(&bar, step, done, of)).await?;
        bar.finish_and_clear();
        println!("Backup made: {}", self.target.display());
        Ok(())
    }
}

impl Restore {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let bar = bar();
        store::restore(&self.source, &config.database_url(), &config.data.join("attachments"), |step, done, of| show(&bar, step, done, of))
            .await?;
        // What was in somebody's hands when the copy was made is in nobody's here.
        let db = crate::wiring::database(config).await?;
        store::jobs::free_all(&db).await?;
        store::leases::free_all(&db).await?;
        bar.finish_and_clear();
        println!("Restored from {}. The search index is built anew at the next start.", self.source.display());
        Ok(())
    }
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:12} {bar:40} {pos}/{len}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}

fn show(bar: &ProgressBar, step: &str, done: u64, of: u64) {
    bar.set_message(step.to_owned());
    bar.set_length(of);
    bar.set_position(done);
}
