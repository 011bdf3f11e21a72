//! Which words exist and which are asked for: the means of the tests that compare the two.

use std::collections::BTreeSet;
use std::path::Path;

use crate::Lang;
use crate::tongue::sources;

/// Families asked for by code (`of("label", code)`): all their words count as used, since the
/// codes come from the domain. Their pages may come later than their words.
pub const FAMILIES: &[&str] = &[
    "brief",
    "business",
    "call-done",
    "call-out",
    "channel",
    "day",
    "delivery",
    "done",
    "guard",
    "label",
    "month",
    "outcome",
    "rating",
    "recording",
    "refusal",
    "role",
    "route-why",
    "said",
    "sees",
    "sender",
    "short-weekday",
    "size",
    "stage",
    "step",
    "track",
    "urgency",
    "via",
    "visibility",
    "weekday",
    "wrong",
];

/// All keys of a language, each with the area (file) it stands in.
pub fn defined(lang: Lang) -> Vec<(String, &'static str)> {
    let mut keys = Vec::new();
    for (area, text) in sources(lang) {
        for line in text.lines() {
            let Some((name, _)) = line.split_once('=') else {
                continue;
            };
            // Continuation lines, variants and comments begin with a space, a bracket or '#'.
            if name.starts_with(|first: char| first.is_ascii_alphabetic()) {
                keys.push((name.trim_end().to_owned(), *area));
            }
        }
    }
    keys
}

/// The names of the values a word of `lang` needs, sorted.
pub fn values(lang: Lang, key: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (_, text) in sources(lang) {
        let mut inside = false;
        for line in text.lines() {
            match line.split_once('=') {
                Some((name, _)) if name.starts_with(|first: char| first.is_ascii_alphabetic()) => {
                    inside = name.trim_end() == key;
                }
                _ => {}
            }
            if inside {
                names.extend(
                    line.split('$')
                        .skip(1)
                        .map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == '-').collect()),
                );
            }
        }
    }
    names
}

/// The keys a text of Rust or HTML asks for by `.t("…")`, `.with("…"` and `key!("…")`.
pub fn used(text: &str) -> BTreeSet<String> {
    asked(text, &[".t(", ".with(", "key!("])
}

/// The families a text asks for by `.of("…"`.
pub fn families(text: &str) -> BTreeSet<String> {
    asked(text, &[".of("])
}

fn asked(text: &str, calls: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for call in calls {
        for rest in text.split(call).skip(1) {
            let Some(literal) = rest.trim_start().strip_prefix('"') else {
                continue;
            };
            let key: String = literal.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_').collect();
            if literal[key.len()..].starts_with('"') && !key.is_empty() {
                found.insert(key);
            }
        }
    }
    found
}

/// Every file under `root` whose name ends in one of `endings`, read as text.
pub fn texts(root: &Path, endings: &[&str]) -> std::io::Result<Vec<(std::path::PathBuf, String)>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if endings.iter().any(|end| path.to_string_lossy().ends_with(end)) {
                found.push((path.clone(), std::fs::read_to_string(&path)?));
            }
        }
    }
    Ok(found)
}
