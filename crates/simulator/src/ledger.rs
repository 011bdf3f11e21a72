//! What was sent to people: counted for ever, kept in full for the last ones.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// One message, private reply or comment that the vendor accepted and carried out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sent {
    /// Counted from 1 per vendor.
    pub number: u64,
    /// By the simulator's clock.
    pub at: Timestamp,
    /// Page, OA or bot.
    pub account: String,
    /// The person, or for a public comment what it answers.
    pub to: String,
    /// `text`, `image`, `comment`, …
    pub kind: String,
    /// The text, if it has one.
    pub text: String,
    /// The vendor's id of what was sent.
    pub message_id: String,
    /// False when the answer was lost on purpose: the sender does not know that it was sent.
    pub answered: bool,
    /// The message as it was asked for.
    pub message: Value,
}

/// The same message to the same person, more than once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repeat {
    /// Who got it.
    pub to: String,
    /// Its text.
    pub text: String,
    /// How often.
    pub times: u32,
}

/// Everything sent through one vendor. Memory: a few bytes per different message, and `keep` messages in full.
#[derive(Debug)]
pub(crate) struct Ledger {
    keep: usize,
    total: u64,
    last: VecDeque<Sent>,
    per_person: HashMap<String, u64>,
    times: HashMap<[u8; 16], u32>,
    repeats: HashMap<[u8; 16], Repeat>,
}

impl Ledger {
    pub fn new(keep: usize) -> Self {
        Self { keep, total: 0, last: VecDeque::new(), per_person: HashMap::new(), times: HashMap::new(), repeats: HashMap::new() }
    }

    /// Notes one; its number is given here.
    pub fn note(&mut self, mut sent: Sent) {
        self.total += 1;
        sent.number = self.total;
        *self.per_person.entry(sent.to.clone()).or_default() += 1;

        let key = key(&sent);
        let times = self.times.entry(key).or_default();
        *times = times.saturating_add(1);
        if *times > 1 {
            let times = *times;
            self.repeats.insert(key, Repeat { to: sent.to.clone(), text: sent.text.clone(), times });
        }
        if self.last.len() >= self.keep {
            self.last.pop_front();
        }
        self.last.push_back(sent);
    }

    pub fn total(&self) -> u64 {
        self.total
    }

    /// How many went to this person.
    pub fn count(&self, to: &str) -> u64 {
        self.per_person.get(to).copied().unwrap_or(0)
    }

    /// How many different people got something.
    pub fn people(&self) -> usize {
        self.per_person.len()
    }

    /// The last ones, oldest first; of one person when `to` is given.
    pub fn last(&self, to: Option<&str>) -> Vec<Sent> {
        self.last.iter().filter(|sent| to.is_none_or(|to| sent.to == to)).cloned().collect()
    }

    /// Whatever anybody got more than once.
    pub fn repeats(&self) -> Vec<Repeat> {
        let mut repeats: Vec<_> = self.repeats.values().cloned().collect();
        repeats.sort_by(|a, b| (&a.to, &a.text).cmp(&(&b.to, &b.text)));
        repeats
    }

    pub fn clear(&mut self) {
        *self = Self::new(self.keep);
    }
}

/// Same account, same person, same content.
fn key(sent: &Sent) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in [&sent.account, &sent.to, &sent.kind, &sent.text] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    // Two pictures without words are the same message only when they are the same picture.
    if sent.text.is_empty() {
        hash.update(sent.message.to_string().as_bytes());
    }
    let mut key = [0; 16];
    key.copy_from_slice(&hash.finalize()[..16]);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(to: &str, text: &str) -> Sent {
        Sent {
            number: 0,
            at: Timestamp::UNIX_EPOCH,
            account: "1".into(),
            to: to.into(),
            kind: "text".into(),
            text: text.into(),
            message_id: "m".into(),
            answered: true,
            message: Value::Null,
        }
    }

    #[test]
    fn repeats_are_found_however_long_ago_the_first_was() {
        let mut ledger = Ledger::new(2);
        ledger.note(sent("an", "Đã nhận"));
        for n in 0..100 {
            ledger.note(sent("binh", &format!("số {n}")));
        }
        assert!(ledger.repeats().is_empty());
        ledger.note(sent("an", "Đã nhận"));
        assert_eq!(ledger.repeats(), [Repeat { to: "an".into(), text: "Đã nhận".into(), times: 2 }]);
        assert_eq!((ledger.total(), ledger.count("an"), ledger.people(), ledger.last(None).len()), (102, 2, 2, 2));
    }
}
