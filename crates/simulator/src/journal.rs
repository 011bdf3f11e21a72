//! What went over the wires lately, for the phone page and for whoever debugs.

use std::collections::VecDeque;
use std::sync::Mutex;

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::watch;

use crate::lock::lock;
use crate::vendor::Vendor;

/// One thing that went over a wire.
#[derive(Debug, Clone, Serialize)]
pub struct Happening {
    /// Counted from 1.
    pub number: u64,
    /// By the simulator's clock.
    pub at: Timestamp,
    /// Whose wire.
    pub vendor: Vendor,
    /// Page, OA or bot.
    pub account: String,
    /// Whom it concerns, when it concerns one person.
    pub person: Option<String>,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// Kinds of happenings.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// A webhook was posted.
    Webhook {
        /// The vendor's name of the event.
        event: String,
        /// The HTTP status, or why there was none.
        answer: String,
        /// Whether the vendor takes it for received.
        accepted: bool,
        /// From the first byte sent to the answer.
        took_ms: u64,
        /// 1 for the first time.
        attempt: usize,
        /// When it is tried again, if it is.
        next: Option<Timestamp>,
    },
    /// The other side called.
    Call {
        /// Method and path, without any token.
        call: String,
        /// What it was told: `0`, `190`, `reset`, …
        answer: String,
        /// The text that was sent, if any.
        text: String,
    },
    /// The vendor will post no more webhooks until it is asked to.
    Unsubscribed,
}

const KEPT: usize = 500;

#[derive(Debug)]
pub(crate) struct Journal {
    kept: Mutex<(u64, VecDeque<Happening>)>,
    changed: watch::Sender<u64>,
}

impl Journal {
    pub fn new() -> Self {
        Self { kept: Mutex::default(), changed: watch::Sender::new(0) }
    }

    pub fn note(&self, at: Timestamp, vendor: Vendor, account: &str, person: Option<&str>, what: What) {
        {
            let mut kept = lock(&self.kept);
            kept.0 += 1;
            let number = kept.0;
            if kept.1.len() >= KEPT {
                kept.1.pop_front();
            }
            kept.1.push_back(Happening { number, at, vendor, account: account.into(), person: person.map(Into::into), what });
        }
        self.touch();
    }

    /// Tells the open pages to look again.
    pub fn touch(&self) {
        self.changed.send_modify(|version| *version = version.wrapping_add(1));
    }

    /// Something new to look at whenever the number changes.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// The last happenings, oldest first.
    pub fn last(&self, matches: impl Fn(&Happening) -> bool) -> Vec<Happening> {
        lock(&self.kept).1.iter().filter(|happening| matches(happening)).cloned().collect()
    }
}
