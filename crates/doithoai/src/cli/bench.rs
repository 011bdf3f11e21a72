//! `bench`: speed and size, each beside the ceiling that this machine sets in the same run.
//!
//! Absolute figures swing with the disk and with who else uses the machine; ratios hold. Load, server and database share
//! the machine's cores.

mod http;
mod intake;
mod language;
mod mail;
mod pages;
mod place;
mod searching;
mod smpp;
mod sms;
mod start;
mod table;
mod weight;

use clap::Args;

use self::place::Place;
use self::table::Table;
use crate::config::Config;

#[derive(Debug, Args)]
pub struct Bench {
    /// An empty database of a throw-away PostgreSQL server: intake and lists are measured there too.
    #[arg(long)]
    postgres: Option<String>,
    /// The long forms: lists and search at a million cases and, where the disk has room, at ten million.
    #[arg(long)]
    large: bool,
    /// Only these parts: intake, mail, sms, pages, search, start, weight, language.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

/// Cases of the small database.
const SMALL: u64 = 10_000;
/// Cases of the middle one, when nobody asked for the long forms.
const MIDDLE: u64 = 100_000;

impl Bench {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let wanted = |part: &str| self.only.is_empty() || self.only.iter().any(|only| only == part);
        let mut table = Table::begin();
        let small = Place::open(config, "small", None).await?;
        small.seed(SMALL, &config.reference).await?;
        if wanted("language") {
            language::run(&small, &config.reference, &mut table)?;
        }
        if wanted("weight") {
            weight::run(&small, &mut table).await?;
        }
        if wanted("intake") {
            intake::run(&Place::open(config, "intake", None).await?, "", &mut table).await?;
            if let Some(url) = &self.postgres {
                intake::run(&Place::open(config, "postgres", Some(url)).await?, ", PostgreSQL", &mut table).await?;
            }
        }
        if wanted("mail") {
            mail::run(&Place::open(config, "mail", None).await?, &mut table).await?;
        }
        if wanted("sms") {
            smpp::run(&config.reference, &mut table).await?;
            sms::run(&Place::open(config, "sms", None).await?, &mut table).await?;
        }
        if wanted("pages") {
            self.pages(config, &small, &mut table).await?;
        }
        if wanted("search") {
            searching::run(config, small.city.reference(), &mut table).await?;
        }
        if wanted("start") {
            service::jobs::rebuild_index(&small.city, |_| {}).await?;
            let data = small.close().await?;
            start::run(config, &data, &mut table).await?;
        }
        table.end();
        Ok(())
    }

    async fn pages(&self, config: &Config, small: &Place, table: &mut Table) -> anyhow::Result<()> {
        let least = pages::run(small, SMALL, "", None, table).await?;
        let sizes: &[u64] = if self.large { &[1_000_000, 10_000_000] } else { &[MIDDLE] };
        for &cases in sizes {
            let place = Place::open(config, "many", None).await?;
            if !place.has_room_for(cases)? {
                table.note(&format!("{cases} cases were left out: the disk has too little room for them"));
                continue;
            }
            place.seed(cases, &config.reference).await?;
            pages::run(&place, cases, "", Some(&least), table).await?;
            place.remove().await?;
        }
        if let Some(url) = &self.postgres {
            let place = Place::open(config, "postgres", Some(url)).await?;
            place.seed(SMALL, &config.reference).await?;
            pages::run(&place, SMALL, ", PostgreSQL", None, table).await?;
        }
        Ok(())
    }
}
