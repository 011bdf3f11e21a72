//! Vietnamese and English say the same things, and both can be said.

use std::collections::{BTreeMap, BTreeSet};

use words::{Lang, Tongue, keys};

fn defined(lang: Lang) -> BTreeMap<String, &'static str> {
    let mut all = BTreeMap::new();
    for (key, area) in keys::defined(lang) {
        let again = all.insert(key.clone(), area);
        assert_eq!(again, None, "{key} stands twice in {}", lang.code());
    }
    all
}

#[test]
fn both_languages_have_the_same_keys_in_the_same_files() {
    assert_eq!(defined(Lang::Vi), defined(Lang::En));
}

#[test]
fn both_languages_ask_for_the_same_values() {
    for key in defined(Lang::Vi).keys() {
        assert_eq!(keys::values(Lang::Vi, key), keys::values(Lang::En, key), "{key}");
    }
}

#[test]
fn every_word_can_be_said() {
    for lang in [Lang::Vi, Lang::En] {
        for key in defined(lang).keys() {
            let names = keys::values(lang, key);
            let values: Vec<_> = names.iter().map(|name| (name.as_str(), 2.into())).collect();
            let text = Tongue(lang).with(key, &values);
            assert!(!text.trim().is_empty() && !text.contains('{'), "{key}: {text}");
            assert!(!text.contains('\u{2068}'), "{key} has isolation marks");
        }
    }
}

#[test]
fn the_families_of_the_rules_are_complete() {
    let all: BTreeSet<_> = defined(Lang::Vi).into_keys().collect();
    let of = |family: &str| all.iter().filter(|key| key.starts_with(family)).count();
    assert_eq!(of("label-"), 16);
    assert_eq!(of("brief-"), 16);
    assert_eq!(of("stage-"), 7);
    assert_eq!(of("sender-"), 7);
    assert_eq!(of("track-about-"), 11);
    assert_eq!(of("track-"), 22);
    assert_eq!(of("refusal-name-"), 10);
    assert_eq!(of("outcome-"), 6);
}

#[test]
fn a_language_is_read_leniently() {
    assert_eq!(Lang::parse("en-GB"), Some(Lang::En));
    assert_eq!(Lang::parse("VI"), Some(Lang::Vi));
    assert_eq!(Lang::parse("fr"), None);
    assert_eq!(Tongue::EN.of("label", "need_info"), "More information needed");
}
