//! deliver_sm on their way to our side: sent when a link has room, again when the answer is missing or says "later".

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::link::Next;
use super::message::Message;
use super::pdu::{Pdu, command, status};
use super::state::{Deliver, DeliverAttempt, DeliverKind, State, Waiting};
use super::{Inner, route::Route};
use crate::clock::later;
use crate::delivery::State as Standing;
use crate::fault::{CallKind, Fault};
use crate::journal::What;
use crate::vendor::Vendor;

/// How long our side may take to answer a deliver_sm.
const PATIENCE: Duration = Duration::from_secs(10);
/// Retries at first, then every hour up to a day.
const WAITS: [SignedDuration; 5] = [
    SignedDuration::from_secs(5),
    SignedDuration::from_secs(15),
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(15),
];
const ATTEMPTS: usize = 30;
/// How long a message is held back to be overtaken.
const HELD: SignedDuration = SignedDuration::from_secs(1);
/// The caller's clock may move without telling: it is asked again after this.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// More deliver_sm waiting than this, and the oldest is given up.
const MOST_WAITING: usize = 500_000;

impl Inner {
    /// What a message says, in the alphabet of its route.
    pub(super) fn text_of(&self, route: &Route, message: &Message) -> String {
        crate::text::read(message.data_coding, message.text_octets(), route.latin)
    }

    /// Takes a deliver_sm for delivery, twice or late as the faults will have it; its number.
    pub(super) fn queue(&self, state: &mut State, system_id: &str, kind: DeliverKind, message: Message, due: Timestamp) -> u64 {
        let now = self.world.now();
        let fault = state.routes.get_mut(system_id).and_then(|route| route.faults.strike(CallKind::Webhook, now));
        if fault == Some(Fault::Duplicate) {
            self.queue_once(state, system_id, kind, message.clone(), due);
        }
        let due = if fault == Some(Fault::OutOfOrder) { later(due, HELD) } else { due };
        self.queue_once(state, system_id, kind, message, due)
    }

    fn queue_once(&self, state: &mut State, system_id: &str, kind: DeliverKind, message: Message, due: Timestamp) -> u64 {
        state.next_deliver += 1;
        let number = state.next_deliver;
        let text = state.routes.get(system_id).map_or(String::new(), |route| self.text_of(&route.route, &message));
        let deliver = Deliver {
            number,
            route: system_id.to_owned(),
            kind,
            from: message.source.text.clone(),
            to: message.destination.text.clone(),
            text,
            part: message.part().map(|part| (part.reference, part.total, part.number)),
            state: Standing::Waiting,
            attempts: Vec::new(),
        };
        if state.waiting.len() >= MOST_WAITING
            && let Some(oldest) = state.waiting.keys().min().copied()
        {
            state.finish(oldest, Standing::GivenUp);
        }
        state.waiting.insert(number, Waiting { deliver, message });
        self.wait(state, system_id, number, due);
        number
    }

    fn wait(&self, state: &mut State, system_id: &str, number: u64, due: Timestamp) {
        if let Some(route) = state.routes.get_mut(system_id) {
            route.ready.insert((due, number));
        }
        self.rescheduled.notify_waiters();
    }

    /// Sends what is due on this route, as far as its links have room.
    pub(super) fn send_off(&self, state: &mut State, system_id: &str) {
        let now = self.world.now();
        let State { routes, links, waiting, .. } = state;
        let Some(route) = routes.get_mut(system_id) else { return };
        let window = usize::try_from(route.route.window).unwrap_or(usize::MAX);
        while let Some(&(due, number)) = route.ready.first() {
            if due > now || route.silent {
                return;
            }
            let room = links.values_mut().filter(|link| link.is_of(system_id) && link.receives() && !link.hangs);
            let Some(link) = room.filter(|link| link.unanswered.len() < window).min_by_key(|link| link.unanswered.len()) else { return };
            route.ready.remove(&(due, number));
            let Some(waiting) = waiting.get(&number) else { continue };
            let sequence = link.sequence();
            link.unanswered.insert(sequence, (number, Instant::now()));
            link.send(&Pdu::new(command::DELIVER_SM, status::OK, sequence, waiting.message.body()));
            route.counters.delivers += 1;
        }
    }

    pub(super) fn send_off_all(&self) {
        let mut state = self.state();
        let routes: Vec<String> = state.routes.keys().cloned().collect();
        for system_id in routes {
            self.send_off(&mut state, &system_id);
        }
    }

    /// deliver_sm_resp, or a generic_nack in its place.
    pub(super) fn answered(&self, link: u64, pdu: &Pdu) -> Next {
        let mut state = self.state();
        let begun = state.links.get_mut(&link).and_then(|link| link.unanswered.remove(&pdu.sequence));
        if let Some((number, since)) = begun {
            self.settle(&mut state, number, Some(pdu.status), since);
        }
        drop(state);
        self.send_off_all();
        self.landed.notify_waiters();
        Next::Read
    }

    /// What an answer, or none, means for a deliver_sm.
    fn settle(&self, state: &mut State, number: u64, answer: Option<u32>, since: Instant) {
        let now = self.world.now();
        let Some(waiting) = state.waiting.get_mut(&number) else { return };
        waiting.deliver.attempts.push(DeliverAttempt { at: now, status: answer });
        let deliver = waiting.deliver.clone();
        let attempts = deliver.attempts.len();
        if let Some(route) = state.routes.get_mut(&deliver.route) {
            match answer {
                Some(status::OK) => route.counters.acknowledged += 1,
                Some(_) => route.counters.refused_delivers += 1,
                None => route.counters.unanswered_delivers += 1,
            }
        }
        let again = match answer {
            Some(status::OK) => None,
            Some(status) if !is_for_now(status) => None,
            _ if attempts >= ATTEMPTS => None,
            _ => {
                let wait = WAITS.get(attempts - 1).copied().unwrap_or(SignedDuration::from_hours(1));
                Some(later(now, wait / i32::try_from(self.world.options.retry_speed.max(1)).unwrap_or(i32::MAX)))
            }
        };
        let accepted = answer == Some(status::OK);
        match again {
            Some(at) => self.wait(state, &deliver.route, number, at),
            None => state.finish(number, if accepted { Standing::Accepted } else { Standing::GivenUp }),
        }
        let event = match deliver.kind {
            DeliverKind::Message => "deliver_sm",
            DeliverKind::Receipt => "deliver_sm receipt",
        };
        let what = What::Webhook {
            event: event.into(),
            answer: answer.map_or_else(|| "không trả lời".to_owned(), |status| format!("0x{status:02X}")),
            accepted,
            took_ms: u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX),
            attempt: attempts,
            next: again,
        };
        self.world.journal.note(now, Vendor::Sms, &deliver.to, Some(&deliver.from), what);
    }

    /// A link is gone: what it had not answered goes out again.
    pub(super) fn forget_link(&self, id: u64) {
        let mut state = self.state();
        let Some(link) = state.links.remove(&id) else { return };
        if let Some((system_id, _)) = &link.bound
            && let Some(route) = state.routes.get_mut(system_id)
        {
            route.counters.links = route.counters.links.saturating_sub(1);
        }
        for (number, since) in link.unanswered.into_values() {
            self.settle(&mut state, number, None, since);
        }
        drop(state);
        self.send_off_all();
        self.landed.notify_waiters();
        self.world.journal.touch();
    }

    /// Gives up waiting for answers that are overdue.
    fn give_up_waiting(&self) {
        let patience = self.world.options.webhook_patience.unwrap_or(PATIENCE);
        let mut state = self.state();
        let mut overdue = Vec::new();
        for link in state.links.values_mut() {
            link.unanswered.retain(|_, entry| {
                let late = entry.1.elapsed() >= patience;
                if late {
                    overdue.push(*entry);
                }
                !late
            });
        }
        for (number, since) in &overdue {
            self.settle(&mut state, *number, None, *since);
        }
        drop(state);
        if !overdue.is_empty() {
            self.landed.notify_waiters();
        }
    }

    /// Sends off what becomes due, for as long as the SMSC is kept.
    pub(super) async fn watch_the_clock(self: Arc<Self>) {
        loop {
            let moved = self.world.clock.moved();
            let rescheduled = self.rescheduled.notified();
            tokio::pin!(moved, rescheduled);
            // Both listen before the queue is read, so that nothing is missed in between.
            moved.as_mut().enable();
            rescheduled.as_mut().enable();
            self.give_up_waiting();
            self.send_off_all();
            let waits = !self.state().waiting.is_empty();
            tokio::select! {
                () = moved => {}
                () = rescheduled => {}
                () = tokio::time::sleep(LOOK_AGAIN), if waits => {}
            }
        }
    }

    /// Ends when every deliver_sm that is due, and has a link with room, has been answered.
    pub(crate) async fn settled(&self) {
        loop {
            let landed = self.landed.notified();
            tokio::pin!(landed);
            landed.as_mut().enable();
            self.send_off_all();
            if self.state().in_flight() == 0 {
                return;
            }
            landed.await;
        }
    }
}

/// Command states after which a deliver_sm is tried again. [sms.md §5]
fn is_for_now(status: u32) -> bool {
    matches!(status, status::SYSTEM_ERROR | status::QUEUE_FULL | status::THROTTLED | 0x64)
}
