//! Accuracy and speed of the field suggestion, on labelled lines from standard input.
//!
//! Labels of 24 fields are met by the city's 29: see [`label_of`].

use std::collections::BTreeMap;
use std::io::BufRead;
use std::time::Instant;

use language::suggest::{FieldSeeds, Suggester};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let show = std::env::args().any(|argument| argument == "--errors");
    let file: toml::Table = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../reference/fields.toml"))?.parse()?;
    let text = |value: Option<&toml::Value>| value.and_then(toml::Value::as_str).unwrap_or_default().to_owned();
    let fields = file["row"].as_array().into_iter().flatten().map(|row| FieldSeeds {
        field: text(row.get("item")),
        track: None,
        phrases: row["seeds"].as_array().into_iter().flatten().map(|seed| text(Some(seed))).collect(),
    });
    let suggester = Suggester::new(fields.collect());
    let rows: Vec<serde_json::Value> =
        std::io::stdin().lock().lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect::<Result<_, Box<dyn std::error::Error>>>()?;
    for key in ["text", "text_nodia", "text_noisy"] {
        let texts: Vec<(&str, &str)> = rows.iter().filter_map(|row| Some((row[key].as_str()?, row["label"].as_str()?))).collect();
        if texts.is_empty() {
            continue;
        }
        let (mut first, mut three, mut silent) = (0, 0, 0);
        let mut by_label: BTreeMap<&str, [u32; 2]> = BTreeMap::new();
        for (text, label) in &texts {
            let found = suggester.suggest(text);
            let rank = found.iter().position(|one| label_of(&one.field, label));
            first += usize::from(rank == Some(0));
            three += usize::from(rank.is_some_and(|rank| rank < 3));
            silent += usize::from(found.is_empty());
            by_label.entry(label).or_default()[usize::from(rank == Some(0))] += 1;
            if show && key == "text" && rank != Some(0) {
                let names: Vec<String> = found
                    .iter()
                    .take(2)
                    .map(|one| format!("{} {:.2} {:?}", one.field, one.score, one.matched.iter().map(|m| &m.phrase).collect::<Vec<_>>()))
                    .collect();
                println!("{label}: {text} -> {names:?}");
            }
        }
        let share = |count: usize| 100.0 * count as f64 / texts.len() as f64;
        println!(
            "{key:10} first {:.1} %  among three {:.1} %  no suggestion {:.1} %  of {}",
            share(first),
            share(three),
            share(silent),
            texts.len()
        );
        if key == "text" {
            println!(
                "  {}",
                by_label.iter().map(|(label, [wrong, right])| format!("{label} {right}/{}", wrong + right)).collect::<Vec<_>>().join(", ")
            );
        }
    }
    let started = Instant::now();
    let mut done = 0_u32;
    while started.elapsed().as_secs_f64() < 1.0 {
        for row in &rows {
            std::hint::black_box(suggester.suggest(row["text"].as_str().unwrap_or_default()));
            done += 1;
        }
    }
    println!("{:.0} texts a second", f64::from(done) / started.elapsed().as_secs_f64());
    Ok(())
}

/// Whether a field of the city stands for a label of the older list.
fn label_of(field: &str, label: &str) -> bool {
    field == label
        || match field {
            "labour" | "social_insurance" => label == "labour_insurance",
            "overlapping_inspection" => label == "administration",
            "utilities_flooding" => label == "energy_electricity",
            "urban_order" => label == "public_security",
            "specialised_inspection" => label == "customs_trade",
            _ => false,
        }
}
