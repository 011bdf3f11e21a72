use domain::event::{BrokenChain, Event, GENESIS, personal_hash, root, verify_chain};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::sample::morning;

const CASE: Uuid = Uuid::from_u128(9);

fn chain(length: usize) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    for index in 0..length {
        let data = json!({"label": "routed", "index": index, "a": {"z": 1, "b": [null, true]}});
        let next = Event::next(CASE, events.last(), morning(), "system", "12", data, None);
        events.push(next);
    }
    events
}

#[test]
fn key_order_does_not_matter() {
    let mut one = chain(1).remove(0);
    one.data = serde_json::from_str::<Value>(r#"{"b":1,"a":"ố"}"#).unwrap();
    let mut two = one.clone();
    two.data = serde_json::from_str::<Value>(r#"{"a":"ố","b":1}"#).unwrap();
    assert_eq!(one.hash(), two.hash());
    assert!(String::from_utf8(one.canonical()).unwrap().contains(r#"{"a":"ố","b":1}"#));
}

#[test]
fn erasing_personal_values_leaves_the_chain_whole() {
    let salt = [7; 16];
    let values = json!({"name": "Nguyễn Văn An", "phone": "+84901234218"});
    let hash = personal_hash(&salt, &values);
    assert_ne!(hash, personal_hash(&[8; 16], &values));
    let event = Event::next(CASE, None, morning(), "sender", "1", json!({}), Some(hash));
    assert_eq!(event.prev_hash, GENESIS);
    assert_eq!(verify_chain(CASE, [&event]), Ok(event.hash()));
}

#[test]
fn a_missing_or_foreign_event_is_named() {
    let events = chain(4);
    assert_eq!(verify_chain(CASE, []), Ok(GENESIS.to_owned()));
    assert_eq!(verify_chain(CASE, &events[1..]), Err(BrokenChain::Gap { expected: 1, found: 2 }));
    assert_eq!(verify_chain(Uuid::nil(), &events), Err(BrokenChain::OtherCase { seq: 1 }));
}

#[test]
fn the_root_covers_every_head() {
    let heads = [(CASE, "aa"), (Uuid::nil(), "bb")];
    let turned = [heads[1], heads[0]];
    assert_eq!(root(heads), root(turned));
    assert_ne!(root(heads), root([(CASE, "ab"), (Uuid::nil(), "bb")]));
    assert_ne!(root(heads), root([heads[0]]));
}

proptest! {
    #[test]
    fn a_change_is_found(length in 2usize..8, which in 0usize..7, field in 0u8..4) {
        let mut events = chain(length);
        let which = which % (length - 1);
        let event = &mut events[which];
        match field {
            0 => event.actor = "officer:1".into(),
            1 => event.kind = "13".into(),
            2 => event.data = json!({}),
            _ => event.personal_hash = Some("00".into()),
        }
        let seq = event.seq + 1;
        prop_assert_eq!(verify_chain(CASE, &events), Err(BrokenChain::Changed { seq }));
    }
}
