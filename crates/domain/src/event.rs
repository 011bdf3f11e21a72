//! The hash chain of a case: every change is an event, each names the hash of the one before.
//!
//! Personal values stand beside the event, which holds only their salted hash, so that erasing
//! them leaves the chain whole.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// `prev_hash` of the first event of a case.
pub const GENESIS: &str = "";

/// One link of the chain. Times are cut to microseconds before hashing: that is what is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub case_id: Uuid,
    /// 1 for the first event, without gaps.
    pub seq: u64,
    pub at: Timestamp,
    /// Who, as a code that names no person by itself: `officer:<id>`, `sender`, `system`.
    pub actor: String,
    /// Number of the transition row, or the name of another kind of event.
    pub kind: String,
    /// Before, after and details; never personal values.
    pub data: Value,
    /// [`personal_hash`] of the values that stand beside the event.
    pub personal_hash: Option<String>,
    /// [`Event::hash`] of the previous event, [`GENESIS`] for the first.
    pub prev_hash: String,
}

impl Event {
    /// The bytes that are hashed: one JSON array in fixed order, object keys sorted bytewise.
    pub fn canonical(&self) -> Vec<u8> {
        let parts = Value::Array(vec![
            Value::from(self.case_id.to_string()),
            Value::from(self.seq),
            Value::from(self.at.as_microsecond()),
            Value::from(self.actor.as_str()),
            Value::from(self.kind.as_str()),
            self.data.clone(),
            self.personal_hash.as_deref().map_or(Value::Null, Value::from),
            Value::from(self.prev_hash.as_str()),
        ]);
        let mut out = String::new();
        write_canonical(&parts, &mut out);
        out.into_bytes()
    }

    /// SHA-256 of [`Event::canonical`], in lower-case hex.
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.canonical()))
    }

    /// The event that follows `last` in its chain, or begins the chain of `case_id`.
    pub fn next(
        case_id: Uuid,
        last: Option<&Event>,
        at: Timestamp,
        actor: impl Into<String>,
        kind: impl Into<String>,
        data: Value,
        personal_hash: Option<String>,
    ) -> Event {
        Event {
            case_id,
            seq: last.map_or(1, |event| event.seq + 1),
            at,
            actor: actor.into(),
            kind: kind.into(),
            data,
            personal_hash,
            prev_hash: last.map_or_else(|| GENESIS.to_owned(), Event::hash),
        }
    }
}

// Keys are sorted here because serde_json keeps insertion order when any crate of the build
// switches its `preserve_order` feature on.
fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_canonical(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_bytes());
            out.push('{');
            for (index, (key, item)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write_canonical(item, out);
            }
            out.push('}');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

/// Hash of personal values under a random salt that is erased together with them: without the
/// salt a short value such as a phone number could be found by trying.
pub fn personal_hash(salt: &[u8], values: &Value) -> String {
    let mut text = String::new();
    write_canonical(values, &mut text);
    let mut hash = Sha256::new();
    hash.update((salt.len() as u64).to_be_bytes());
    hash.update(salt);
    hash.update(text.as_bytes());
    hex::encode(hash.finalize())
}

/// Where a chain is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenChain {
    #[error("event {seq} is of another case")]
    OtherCase { seq: u64 },
    #[error("event {expected} is missing, {found} stands in its place")]
    Gap { expected: u64, found: u64 },
    #[error("event {seq} does not follow the one before it: one of them was changed")]
    Changed { seq: u64 },
}

/// Checks the whole chain of one case, in order; gives the hash of its head (`GENESIS` when
/// empty), to be compared with the stored head and folded into the nightly root.
pub fn verify_chain<'a>(case_id: Uuid, events: impl IntoIterator<Item = &'a Event>) -> Result<String, BrokenChain> {
    let mut head = GENESIS.to_owned();
    for (expected, event) in (1..).zip(events) {
        if event.case_id != case_id {
            return Err(BrokenChain::OtherCase { seq: event.seq });
        }
        if event.seq != expected {
            return Err(BrokenChain::Gap { expected, found: event.seq });
        }
        if event.prev_hash != head {
            return Err(BrokenChain::Changed { seq: event.seq });
        }
        head = event.hash();
    }
    Ok(head)
}

/// The nightly root over all chain heads; the order given does not matter.
pub fn root<'a>(heads: impl IntoIterator<Item = (Uuid, &'a str)>) -> String {
    let mut heads: Vec<_> = heads.into_iter().collect();
    heads.sort_unstable();
    let mut hash = Sha256::new();
    for (case_id, head) in heads {
        hash.update(case_id.as_bytes());
        hash.update((head.len() as u64).to_be_bytes());
        hash.update(head.as_bytes());
    }
    hex::encode(hash.finalize())
}
