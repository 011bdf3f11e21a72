//! Precision and recall of the search for personal data, on labelled lines from standard input.

use std::collections::BTreeMap;
use std::io::BufRead;

use language::personal::find;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let show = std::env::args().any(|argument| argument == "--errors");
    let mut counts: BTreeMap<String, [u32; 3]> = BTreeMap::new();
    let mut covered = [0_u32; 2];
    for line in std::io::stdin().lock().lines() {
        let row: serde_json::Value = serde_json::from_str(&line?)?;
        let text = row["text"].as_str().unwrap_or_default();
        let place = |byte: usize| text[..byte].chars().count() as u64;
        let found: Vec<(u64, u64, String)> =
            find(text).iter().map(|span| (place(span.start), place(span.end), span.kind.as_str().to_owned())).collect();
        let wanted: Vec<(u64, u64, String)> = row["spans"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|span| (span[0].as_u64().unwrap_or(0), span[1].as_u64().unwrap_or(0), span[2].as_str().unwrap_or_default().to_owned()))
            .collect();
        for one in &wanted {
            let right = found.contains(one);
            counts.entry(one.2.clone()).or_default()[if right { 0 } else { 2 }] += 1;
            covered[usize::from(found.iter().any(|other| other.0 <= one.0 && other.1 >= one.1))] += 1;
            if show && !right {
                println!("missed {one:?} in {text}");
            }
        }
        for one in found.iter().filter(|one| !wanted.contains(one)) {
            counts.entry(one.2.clone()).or_default()[1] += 1;
            if show {
                println!("wrong {one:?} in {text}");
            }
        }
    }
    for (kind, [right, wrong, missed]) in &counts {
        let share = |of: u32| f64::from(*right) / f64::from((right + of).max(1));
        println!("{kind:6} precision {:.4} recall {:.4} ({} labelled)", share(*wrong), share(*missed), right + missed);
    }
    println!("hidden whatever the kind: {} of {}", covered[1], covered[0] + covered[1]);
    Ok(())
}
