//! What the SMSC knows: routes, links, messages that were taken, deliver_sm that wait.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::{Notify, mpsc};

use super::message::Message;
use super::pdu::Pdu;
use super::route::{Fate, RouteState};
use crate::delivery::State as Standing;
use crate::ledger::Ledger;
use crate::options::Options;

/// PDUs that a link may have unread; one that reads nothing is cut.
pub(super) const OUTBOX: usize = 8_192;
/// Parts that wait for the others of their text.
const MOST_JOINING: usize = 50_000;

/// What the writer of a link is told.
pub(super) enum Out {
    Write(Vec<u8>),
    /// Close, once all before it has been written.
    Close,
}

/// What a link is bound for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    Receiver,
    Transmitter,
    Transceiver,
}

/// One connection.
pub(super) struct Link {
    /// The account and what for; `None` before the bind.
    pub bound: Option<(String, Bound)>,
    pub outbox: mpsc::Sender<Out>,
    pub cut: Arc<Notify>,
    /// Told when it is bound.
    pub binding: Arc<Notify>,
    pub next_sequence: u32,
    /// submit_sm that wait for our answers.
    pub pending: u32,
    /// deliver_sm that wait for their answers: number and since when.
    pub unanswered: BTreeMap<u32, (u64, Instant)>,
    /// The enquire_link that waits for its answer.
    pub enquiry: Option<u32>,
    /// It hangs: nothing goes out any more.
    pub hangs: bool,
}

impl Link {
    pub fn new(outbox: mpsc::Sender<Out>) -> Self {
        Self {
            bound: None,
            outbox,
            cut: Arc::default(),
            binding: Arc::default(),
            next_sequence: 0,
            pending: 0,
            unanswered: BTreeMap::new(),
            enquiry: None,
            hangs: false,
        }
    }

    pub fn is_of(&self, system_id: &str) -> bool {
        self.bound.as_ref().is_some_and(|(known, _)| known == system_id)
    }

    pub fn receives(&self) -> bool {
        self.bound.as_ref().is_some_and(|(_, bound)| *bound != Bound::Transmitter)
    }

    /// 1 to 0x7FFFFFFF, then from 1 again.
    pub fn sequence(&mut self) -> u32 {
        self.next_sequence = if self.next_sequence >= 0x7FFF_FFFF { 1 } else { self.next_sequence + 1 };
        self.next_sequence
    }

    /// Puts a PDU into the outbox. A link whose reader has stopped is cut.
    pub fn send(&self, pdu: &Pdu) {
        if self.outbox.try_send(Out::Write(pdu.bytes())).is_err() {
            self.cut.notify_one();
        }
    }
}

/// One submit_sm that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Submit {
    /// Counted from 1.
    pub number: u64,
    /// By the simulator's clock.
    pub at: Timestamp,
    /// The account that handed it in.
    pub route: String,
    /// Sender, as it is shown.
    pub from: String,
    /// Subscriber: `84…`.
    pub to: String,
    /// Its text, or that of this part.
    pub text: String,
    /// data_coding.
    pub data_coding: u8,
    /// Reference, how many parts, and which of them, counted from 1.
    pub part: Option<(u16, u8, u8)>,
    /// The id in the answer.
    pub message_id: String,
    /// False when the answer was lost on purpose.
    pub answered: bool,
    /// Whether a receipt was asked for.
    pub receipt_wanted: bool,
}

/// Parts of one long text, until all are there.
#[derive(Default)]
pub(super) struct Joining {
    pub parts: BTreeMap<u8, Submit>,
}

/// Sender, subscriber, reference, how many.
pub(super) type JoinKey = (String, String, u16, u8);

/// What a deliver_sm carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliverKind {
    /// A message of a person, or a part of one.
    Message,
    /// A delivery receipt.
    Receipt,
}

/// One time that a deliver_sm went out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeliverAttempt {
    /// When, by the simulator's clock.
    pub at: Timestamp,
    /// The command status of the answer; `None`: no answer in time, or the link was lost.
    pub status: Option<u32>,
}

/// A deliver_sm and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deliver {
    /// Counted from 1.
    pub number: u64,
    /// By which account it goes out.
    pub route: String,
    /// What it is.
    pub kind: DeliverKind,
    /// Subscriber.
    pub from: String,
    /// Short code, or the sender that a receipt is for.
    pub to: String,
    /// Text of the message, of the part, or of the receipt.
    pub text: String,
    /// Reference, how many parts, and which of them.
    pub part: Option<(u16, u8, u8)>,
    /// Where it stands.
    pub state: Standing,
    /// So far.
    pub attempts: Vec<DeliverAttempt>,
}

/// A deliver_sm that waits for a link, for its time or for its answer.
pub(super) struct Waiting {
    pub deliver: Deliver,
    pub message: Message,
}

pub(super) struct State {
    pub routes: BTreeMap<String, RouteState>,
    pub links: BTreeMap<u64, Link>,
    pub next_link: u64,
    pub waiting: HashMap<u64, Waiting>,
    pub finished: VecDeque<Deliver>,
    pub next_deliver: u64,
    pub joining: BTreeMap<JoinKey, Joining>,
    pub submits: VecDeque<Submit>,
    pub next_submit: u64,
    pub fates: HashMap<String, Fate>,
    pub ledger: Ledger,
    pub next_reference: u16,
    pub keep: usize,
}

impl State {
    pub fn new(options: &Options) -> Self {
        Self {
            routes: BTreeMap::new(),
            links: BTreeMap::new(),
            next_link: 0,
            waiting: HashMap::new(),
            finished: VecDeque::new(),
            next_deliver: 0,
            joining: BTreeMap::new(),
            submits: VecDeque::new(),
            next_submit: 0,
            fates: HashMap::new(),
            ledger: Ledger::new(options.keep_sends),
            next_reference: 0,
            keep: options.keep_sends,
        }
    }

    /// The route of a bound link.
    pub fn route_of(&mut self, link: u64) -> Option<&mut RouteState> {
        let (system_id, _) = self.links.get(&link)?.bound.as_ref()?;
        self.routes.get_mut(system_id)
    }

    /// deliver_sm that are out and not answered.
    pub fn in_flight(&self) -> usize {
        self.links.values().map(|link| link.unanswered.len()).sum()
    }

    pub fn finish(&mut self, number: u64, standing: Standing) {
        let Some(waiting) = self.waiting.remove(&number) else { return };
        if self.finished.len() >= self.keep {
            self.finished.pop_front();
        }
        self.finished.push_back(Deliver { state: standing, ..waiting.deliver });
    }

    /// Keeps a part; all of them, in order, once they are there.
    pub fn join(&mut self, submit: &Submit) -> Option<Vec<Submit>> {
        let Some((reference, total, number)) = submit.part else { return Some(vec![submit.clone()]) };
        let key = (submit.from.clone(), submit.to.clone(), reference, total);
        let parts = &mut self.joining.entry(key.clone()).or_default().parts;
        parts.insert(number, submit.clone());
        if parts.len() == usize::from(total) {
            return self.joining.remove(&key).map(|joined| joined.parts.into_values().collect());
        }
        if self.joining.len() > MOST_JOINING {
            self.joining.pop_first();
        }
        None
    }

    pub fn keep_submit(&mut self, submit: Submit) {
        if self.submits.len() >= self.keep {
            self.submits.pop_front();
        }
        self.submits.push_back(submit);
    }
}
