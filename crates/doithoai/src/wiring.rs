//! The parts put together.

use std::sync::Arc;

use anyhow::Context;
use service::clock::{Clock, Random, SystemClock, SystemRandom};
use service::keys::Keys;
use service::{City, Settings};
use store::{Attachments, Db};

use crate::config::Config;

/// The database, brought to this program's schema.
pub async fn database(config: &Config) -> anyhow::Result<Db> {
    std::fs::create_dir_all(&config.data).with_context(|| format!("the data folder {} cannot be made", config.data.display()))?;
    let db = Db::open(&config.database_url()).await.context("the database cannot be opened")?;
    store::migrate::run(&db).await.context("the database cannot be brought to this version")?;
    Ok(db)
}

/// Everything a use case needs. A database without reference data gets those of the reference folder.
pub async fn city(config: &Config) -> anyhow::Result<City> {
    city_with(config, Arc::new(SystemClock), Arc::new(SystemRandom)).await
}

pub async fn city_with(config: &Config, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> anyhow::Result<City> {
    let db = database(config).await?;
    if store::reference::edited_at(&mut db.read()).await?.is_none() {
        service::load_reference::load(&db, &config.reference, clock.now(), false).await.context("the reference data cannot be loaded")?;
    }
    let keys = Keys::from_master(&config.master_key()?)?;
    let attachments = Attachments::open(&config.data.join("attachments"))?;
    let search = search::Index::open(&config.data.join("index")).context("the search index cannot be opened")?;
    let node = config.node.clone().unwrap_or_else(|| format!("{}-{}", config.listen, std::process::id()));
    let settings = Settings {
        public_url: config.public_url(),
        instance: keys.hash("instance", &config.public_url())[..16].to_owned(),
        node,
        data: config.data.clone(),
        low_water: config.low_water_mb * 1024 * 1024,
    };
    let http = channels::http::client().context("the client that calls vendors cannot be made")?;
    Ok(City::open(db, attachments, search, http, clock, random, keys, settings).await?)
}
