//! What stands in the messages of each person's handset, whichever way it came.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use jiff::Timestamp;

use crate::lock::lock;

/// A number as the networks write it: `84…`. Short codes and whatever is no Vietnamese number stay as they are.
pub(crate) fn international(number: &str) -> String {
    let number = number.strip_prefix('+').unwrap_or(number);
    match number.strip_prefix('0') {
        Some(rest) if number.len() >= 9 => format!("84{rest}"),
        _ => number.to_owned(),
    }
}

/// One message on a handset.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    /// The short code or sender on the other side.
    pub with: String,
    /// Written by the person.
    pub mine: bool,
    pub at: Timestamp,
    pub text: String,
    /// Messages that it was cut into on the way; 0 where nobody counts.
    pub segments: usize,
    /// What it cost the sender, in đồng.
    pub cost: u64,
}

/// Messages kept on a handset.
const KEPT: usize = 200;
/// Handsets kept; a crowd of more has only its numbers in the ledger.
const MOST: usize = 20_000;

#[derive(Debug, Default)]
pub(crate) struct Handsets(Mutex<HashMap<String, VecDeque<Text>>>);

impl Handsets {
    /// The person wrote.
    pub fn say(&self, number: &str, to: &str, text: &str, at: Timestamp) {
        self.keep(number, Text { with: to.to_owned(), mine: true, at, text: text.to_owned(), segments: 0, cost: 0 });
    }

    /// The person got a message of so many segments, each at this price in đồng.
    pub fn hear(&self, number: &str, from: &str, text: &str, segments: usize, price: u32, at: Timestamp) {
        let cost = u64::try_from(segments).unwrap_or(0) * u64::from(price);
        self.keep(number, Text { with: from.to_owned(), mine: false, at, text: text.to_owned(), segments, cost });
    }

    fn keep(&self, number: &str, text: Text) {
        let mut kept = lock(&self.0);
        let full = kept.len() >= MOST;
        let Some(texts) = (if full { kept.get_mut(number) } else { Some(kept.entry(number.to_owned()).or_default()) }) else { return };
        if texts.len() >= KEPT {
            texts.pop_front();
        }
        texts.push_back(text);
    }

    /// All messages of a handset, oldest first.
    pub fn texts(&self, number: &str) -> Vec<Text> {
        lock(&self.0).get(number).map(|texts| texts.iter().cloned().collect()).unwrap_or_default()
    }
}
