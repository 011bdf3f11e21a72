//! Suggesting a field for a text, on one core.

use std::path::Path;
use std::time::{Duration, Instant};

use super::place::Place;
use super::table::{Bar, Figure, Table};

pub fn run(place: &Place, reference: &Path, table: &mut Table) -> anyhow::Result<()> {
    let samples = crate::cli::seed::samples(reference)?;
    anyhow::ensure!(!samples.is_empty(), "the reference folder has no texts to read");
    let reference = place.city.reference();
    let (begun, mut texts) = (Instant::now(), 0_u32);
    while begun.elapsed() < Duration::from_secs(2) {
        for sample in &samples {
            std::hint::black_box(reference.suggester.suggest(&sample.question));
            texts += 1;
        }
    }
    let value = f64::from(texts) / begun.elapsed().as_secs_f64();
    table.line(Figure { name: "suggesting a field, one core", value, unit: "texts/s", ceiling: None, bar: Bar::AtLeast(20_000.0) });
    Ok(())
}
