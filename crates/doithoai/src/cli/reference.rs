//! `reference`: agencies, fields, routes, deadlines, calendar, texts from plain files.

use clap::Args;
use service::clock::{Clock, SystemClock};

use crate::config::Config;
use crate::wiring;

#[derive(Debug, Args)]
pub struct Reference {
    /// Only say what would change.
    #[arg(long)]
    dry_run: bool,
}

impl Reference {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let db = wiring::database(config).await?;
        let loaded = service::load_reference::load(&db, &config.reference, SystemClock.now(), self.dry_run).await?;
        let verb = if self.dry_run { "would be" } else { "were" };
        println!("{} rows {verb} added, {} changed, {} are the same.", loaded.new, loaded.changed, loaded.same);
        if loaded.kept > 0 {
            println!("{} rows were edited in the browser and stay as they are.", loaded.kept);
        }
        Ok(())
    }
}
