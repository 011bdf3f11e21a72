//! Every word a page or a program asks for exists, and none lies unused.

use std::collections::BTreeSet;
use std::path::Path;

use words::{Lang, keys};

/// Templates and sources of all crates, without the words' own.
fn texts() -> Vec<(std::path::PathBuf, String)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(&crates).expect("the crates") {
        let folder = entry.expect("a crate").path();
        for part in ["src", "templates"] {
            if folder.join(part).is_dir() {
                all.extend(keys::texts(&folder.join(part), &[".rs", ".html"]).expect("sources"));
            }
        }
    }
    all
}

#[test]
fn every_word_asked_for_exists() {
    let defined: BTreeSet<_> = keys::defined(Lang::Vi).into_iter().map(|(key, _)| key).collect();
    let mut missing = Vec::new();
    for (path, text) in texts() {
        for key in keys::used(&text) {
            if !defined.contains(&key) {
                missing.push(format!("{}: {key}", path.display()));
            }
        }
        for family in keys::families(&text) {
            if !defined.iter().any(|key| key.starts_with(&format!("{family}-"))) {
                missing.push(format!("{}: family {family}", path.display()));
            }
        }
    }
    assert!(missing.is_empty(), "no word for:\n{}", missing.join("\n"));
}

#[test]
fn no_word_lies_unused() {
    let texts = texts();
    let used: BTreeSet<_> = texts.iter().flat_map(|(_, text)| keys::used(text)).collect();
    let families: BTreeSet<String> =
        texts.iter().flat_map(|(_, text)| keys::families(text)).chain(keys::FAMILIES.iter().map(|family| (*family).to_owned())).collect();
    let unused: Vec<_> = keys::defined(Lang::Vi)
        .into_iter()
        .map(|(key, _)| key)
        .filter(|key| !used.contains(key))
        .filter(|key| !families.iter().any(|family| key.starts_with(&format!("{family}-"))))
        .collect();
    assert!(unused.is_empty(), "nobody says:\n{}", unused.join("\n"));
}
