//! Search over a million seeded texts.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use search::{Change, Index, Kind, Query};
use service::clock::SeededRandom;
use service::reference::Reference;
use service::seed::{Plan, documents};

use super::place::UNTIL;
use super::table::{Bar, Figure, Table, quantile};
use crate::config::Config;

const DOCUMENTS: u64 = 1_000_000;
const BATCH: usize = 20_000;
const ASKED: usize = 300;

pub async fn run(config: &Config, reference: Arc<Reference>, table: &mut Table) -> anyhow::Result<()> {
    let folder = config.data.join("searched");
    let samples = crate::cli::seed::samples(&config.reference)?;
    let plan = Plan { cases: DOCUMENTS, seed: 1, until: UNTIL.parse()?, samples };
    let own = folder.clone();
    let lines = tokio::task::spawn_blocking(move || measure(&own, reference, plan)).await??;
    for (name, value, unit, bar) in lines {
        table.line(Figure { name: &name, value, unit, ceiling: None, bar });
    }
    tokio::fs::remove_dir_all(folder).await?;
    Ok(())
}

type Measured = Vec<(String, f64, &'static str, Bar)>;

fn measure(folder: &std::path::Path, reference: Arc<Reference>, plan: Plan) -> anyhow::Result<Measured> {
    let index = Index::open(folder)?;
    let mut words: HashMap<String, u32> = HashMap::new();
    let mut rare = Vec::new();
    let mut inside = Duration::ZERO;
    let mut batch = Vec::with_capacity(BATCH);
    for (number, document) in documents(reference, plan).enumerate() {
        if number % 1_000 == 0 {
            for word in document.text.split_whitespace() {
                *words.entry(word.to_lowercase()).or_default() += 1;
            }
            rare.extend(document.text.split_whitespace().find(|word| word.starts_with('H') && word.contains('-')).map(str::to_owned));
        }
        batch.push(Change::Put(document));
        if batch.len() == BATCH {
            let begun = Instant::now();
            index.apply(std::mem::take(&mut batch), number.into())?;
            inside += begun.elapsed();
        }
    }
    let begun = Instant::now();
    index.apply(batch, DOCUMENTS.into())?;
    inside += begun.elapsed();
    let mut common: Vec<(String, u32)> = words.into_iter().filter(|(word, _)| word.chars().all(char::is_alphabetic)).collect();
    common.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    common.truncate(30);
    let dice = SeededRandom::new(2);
    let pick = |count: usize| usize::try_from(dice.below(count as u64)).unwrap_or(0);
    let word = || common.get(pick(common.len())).map_or("", |(word, _)| word.as_str());
    let number = || rare.get(pick(rare.len())).map_or("", String::as_str);
    let mut lines = vec![("search: documents taken in".to_owned(), DOCUMENTS as f64 / inside.as_secs_f64(), "/s", Bar::None)];
    let mut ask = |name: &str, newest_first: bool, make: &dyn Fn() -> String| -> anyhow::Result<()> {
        let mut times = Vec::with_capacity(ASKED);
        for _ in 0..ASKED {
            let query = Query { newest_first, ..Query::new(Kind::Case, make()) };
            let begun = Instant::now();
            anyhow::ensure!(!index.search(&query)?.is_empty(), "{name} found nothing for {}", query.words);
            times.push(begun.elapsed());
        }
        lines.push((format!("search of 1M, {name}, p50"), quantile(&mut times, 0.5), "ms", Bar::AtMost(10.0)));
        lines.push((format!("search of 1M, {name}, p99"), quantile(&mut times, 0.99), "ms", Bar::AtMost(50.0)));
        Ok(())
    };
    ask("a rare number", false, &|| number().to_owned())?;
    ask("2 common words, best first", false, &|| format!("{} {}", word(), word()))?;
    ask("2 common words, newest first", true, &|| format!("{} {}", word(), word()))?;
    ask("common and rare", false, &|| format!("{} {}", word(), number()))?;
    Ok(lines)
}
