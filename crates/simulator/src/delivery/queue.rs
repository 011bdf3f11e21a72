//! The envelopes that wait, their time-table, and the last ones that are finished.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;

use super::{Delivery, Envelope, Postman, State};
use crate::vendor::Vendor;

/// Finished ones kept for reading.
const KEPT: usize = 2_000;

pub(super) struct Entry {
    pub delivery: Delivery,
    /// Its place in the time-table, if it waits for a time.
    pub due: Option<Timestamp>,
    pub envelope: Envelope,
    pub postman: Arc<dyn Postman>,
}

#[derive(Default)]
pub(super) struct Queue {
    pub next_number: u64,
    pub waiting: BTreeMap<u64, Entry>,
    pub due: BTreeSet<(Timestamp, u64)>,
    /// Held back to be overtaken, by account.
    pub held: HashMap<(Vendor, String), u64>,
    pub finished: VecDeque<Delivery>,
}

impl Queue {
    pub fn schedule(&mut self, number: u64, at: Timestamp) {
        if let Some(entry) = self.waiting.get_mut(&number) {
            entry.due = Some(at);
            entry.delivery.next = Some(at);
            self.due.insert((at, number));
        }
    }

    pub fn unschedule(&mut self, number: u64) {
        if let Some(entry) = self.waiting.get_mut(&number)
            && let Some(at) = entry.due.take()
        {
            entry.delivery.next = None;
            self.due.remove(&(at, number));
        }
    }

    pub fn finish(&mut self, number: u64, state: State) {
        self.unschedule(number);
        let Some(entry) = self.waiting.remove(&number) else { return };
        if self.finished.len() >= KEPT {
            self.finished.pop_front();
        }
        self.finished.push_back(Delivery { state, ..entry.delivery });
    }
}
