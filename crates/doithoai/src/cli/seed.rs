//! `seed`: as many cases as a city has in years.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use serde::Deserialize;
use service::seed::{Plan, Sample};

use crate::config::Config;
use crate::wiring;

#[derive(Debug, Args)]
pub struct Seed {
    /// How many cases: 5 % open, up to 50,000 senders, 30 agencies.
    #[arg(long)]
    cases: u64,
    /// The same seed makes the same cases.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Moment before which all of them lie.
    #[arg(long, default_value = "2026-11-23T17:00:00Z")]
    until: Timestamp,
}

impl Seed {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        anyhow::ensure!(self.cases > 0, "--cases must be at least 1");
        let city = wiring::city(config).await?;
        let stopped = Arc::new(AtomicBool::new(false));
        let by_hand = stopped.clone();
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                by_hand.store(true, Ordering::Relaxed);
            }
        });
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} cases, {per_sec}, {eta} left")?;
        let bar = ProgressBar::new(self.cases).with_style(style);
        let samples = samples(&config.reference)?;
        let plan = Plan { cases: self.cases, seed: self.seed, until: self.until, samples };
        let begun = Instant::now();
        let done = service::seed::seed(&city, plan, |done| {
            bar.set_position(done);
            !stopped.load(Ordering::Relaxed)
        })
        .await
        .context("seeding stopped; what was written is whole")?;
        bar.finish_and_clear();
        let rate = done as f64 / begun.elapsed().as_secs_f64();
        city.db.checkpoint().await?;
        city.db.analyze().await?;
        println!("{done} cases, {rate:.0} a second.");
        Ok(())
    }
}

#[derive(Deserialize)]
struct Stories {
    row: Vec<Story>,
}

#[derive(Deserialize)]
struct Story {
    field: String,
    text: String,
    checked: String,
    next_steps: String,
}

/// The invented texts of the demonstration; none when the folder has none.
pub fn samples(reference: &Path) -> anyhow::Result<Vec<Sample>> {
    let path = reference.join("demo/cases.toml");
    if !path.exists() {
        return Ok(Vec::new());
    }
    let stories: Stories = toml::from_str(&std::fs::read_to_string(&path)?).with_context(|| path.display().to_string())?;
    let sample =
        |story: Story| Sample { field: story.field, question: story.text, answer: format!("{} {}", story.checked, story.next_steps) };
    Ok(stories.row.into_iter().map(sample).collect())
}
