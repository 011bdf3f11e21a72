//! The post office: lanes that post, and the clock that sends off what is due.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;

use super::queue::{Entry, Queue};
use super::{Attempt, Delivery, Envelope, Postman, State};
use crate::clock::{Clock, later};
use crate::http;
use crate::journal::{Journal, What};
use crate::lock::lock;
use crate::vendor::Vendor;

/// Posted side by side.
const LANES: usize = 32;
/// More waiting ones than this, and the oldest is lost, as at a vendor whose queue is full.
const MOST_WAITING: usize = 200_000;
/// An envelope held back to be overtaken goes out after this at the latest.
const HELD: SignedDuration = SignedDuration::from_secs(1);
/// A clock of the caller's may move without telling: it is asked again after this.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// All webhooks of all vendors.
pub(crate) struct Deliveries {
    clock: Arc<Clock>,
    journal: Arc<Journal>,
    retry_speed: u32,
    patience: Option<Duration>,
    client: reqwest::Client,
    queue: Mutex<Queue>,
    lanes: Vec<mpsc::UnboundedSender<u64>>,
    in_flight: AtomicUsize,
    landed: Notify,
    rescheduled: Notify,
}

impl Deliveries {
    /// The queue, and the tasks that empty it for as long as they are kept.
    ///
    /// # Errors
    /// No HTTP client can be made.
    pub fn start(
        clock: Arc<Clock>,
        journal: Arc<Journal>,
        retry_speed: u32,
        patience: Option<Duration>,
    ) -> Result<(Arc<Self>, JoinSet<()>), String> {
        let client = http::client()?;
        let (lanes, receivers): (Vec<_>, Vec<_>) = (0..LANES).map(|_| mpsc::unbounded_channel()).unzip();
        let this = Arc::new(Self {
            clock,
            journal,
            retry_speed: retry_speed.max(1),
            patience,
            client,
            queue: Mutex::default(),
            lanes,
            in_flight: AtomicUsize::new(0),
            landed: Notify::new(),
            rescheduled: Notify::new(),
        });
        let mut tasks = JoinSet::new();
        for receiver in receivers {
            tasks.spawn(Arc::clone(&this).serve_lane(receiver));
        }
        tasks.spawn(Arc::clone(&this).watch_the_clock());
        Ok((this, tasks))
    }

    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// Takes an envelope for delivery. `hold` lets the account's next one overtake it.
    pub fn post(&self, postman: Arc<dyn Postman>, envelope: Envelope, hold: bool) {
        let now = self.clock.now();
        let mut queue = lock(&self.queue);
        let account = (postman.vendor(), envelope.account.clone());
        let number = Self::take(&mut queue, postman, envelope);
        if hold {
            let overtaken = queue.held.insert(account, number);
            queue.schedule(number, later(now, HELD));
            self.rescheduled.notify_waiters();
            if let Some(overtaken) = overtaken {
                self.send_off(&mut queue, overtaken);
            }
        } else {
            self.send_off(&mut queue, number);
            if let Some(overtaken) = queue.held.remove(&account) {
                self.send_off(&mut queue, overtaken);
            }
        }
    }

    /// Takes an envelope for delivery at a time of the clock.
    pub fn post_at(&self, postman: Arc<dyn Postman>, envelope: Envelope, due: Timestamp) {
        let now = self.clock.now();
        let mut queue = lock(&self.queue);
        let number = Self::take(&mut queue, postman, envelope);
        if due <= now {
            self.send_off(&mut queue, number);
        } else {
            queue.schedule(number, due);
            self.rescheduled.notify_waiters();
        }
    }

    fn take(queue: &mut Queue, postman: Arc<dyn Postman>, envelope: Envelope) -> u64 {
        queue.next_number += 1;
        let number = queue.next_number;
        let delivery = Delivery {
            number,
            vendor: postman.vendor(),
            account: envelope.account.clone(),
            person: envelope.person.clone(),
            event: envelope.event.clone(),
            body: String::from_utf8_lossy(&envelope.body).into_owned(),
            state: State::Waiting,
            attempts: Vec::new(),
            next: None,
        };
        queue.waiting.insert(number, Entry { delivery, due: None, envelope, postman });
        if queue.waiting.len() > MOST_WAITING
            && let Some(oldest) = queue.waiting.keys().next().copied()
        {
            queue.finish(oldest, State::GivenUp);
        }
        number
    }

    fn send_off(&self, queue: &mut Queue, number: u64) {
        queue.unschedule(number);
        let Some(entry) = queue.waiting.get(&number) else { return };
        let lane = lane(&entry.delivery);
        self.in_flight.fetch_add(1, Ordering::SeqCst);
        if self.lanes[lane].send(number).is_err() {
            // The lanes are gone: the simulator is being stopped.
            self.land();
        }
    }

    fn land(&self) {
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        self.landed.notify_waiters();
    }

    async fn serve_lane(self: Arc<Self>, mut numbers: mpsc::UnboundedReceiver<u64>) {
        while let Some(number) = numbers.recv().await {
            self.attempt(number).await;
            self.land();
        }
    }

    async fn attempt(&self, number: u64) {
        let Some((envelope, postman, attempt)) = ({
            let queue = lock(&self.queue);
            queue.waiting.get(&number).map(|entry| (entry.envelope.clone(), Arc::clone(&entry.postman), entry.delivery.attempts.len() + 1))
        }) else {
            return;
        };
        let Some(address) = postman.address(&envelope.account) else {
            lock(&self.queue).finish(number, State::GivenUp);
            return;
        };

        let at = self.clock.now();
        let begun = Instant::now();
        let mut request = postman.request(&self.client, &address, &envelope);
        request = request.timeout(self.patience.unwrap_or_else(|| postman.patience()));
        for (name, value) in postman.headers(&envelope, attempt) {
            request = request.header(name, value);
        }
        let answer = request.send().await;
        let (status, failure, body) = match answer {
            Ok(answer) => {
                let status = answer.status().as_u16();
                // An answer that breaks off has still been an answer.
                (Some(status), None, answer.bytes().await.unwrap_or_default())
            }
            Err(error) => (None, Some(http::failure(&error)), Bytes::new()),
        };
        let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let accepted = status.is_some_and(|status| postman.accepts(status));
        if accepted {
            postman.answer(&envelope, &body);
        }
        self.settle(number, &envelope, postman.as_ref(), Attempt { at, status, failure, took_ms }, accepted);
    }

    /// What an attempt means: finished, to be tried again, or given up.
    fn settle(&self, number: u64, envelope: &Envelope, postman: &dyn Postman, attempt: Attempt, accepted: bool) {
        let now = self.clock.now();
        let answer = attempt.status.map_or_else(|| attempt.failure.clone().unwrap_or_default(), |status| status.to_string());
        let took_ms = attempt.took_ms;
        let mut next = None;
        let mut attempts = 0;
        {
            let mut queue = lock(&self.queue);
            if let Some(entry) = queue.waiting.get_mut(&number) {
                entry.delivery.attempts.push(attempt);
                attempts = entry.delivery.attempts.len();
                if !accepted && let Some(wait) = postman.wait(envelope, attempts) {
                    let at = later(now, wait / i32::try_from(self.retry_speed).unwrap_or(i32::MAX));
                    next = Some(at);
                    queue.schedule(number, at);
                } else {
                    queue.finish(number, if accepted { State::Accepted } else { State::GivenUp });
                }
            }
        }
        self.rescheduled.notify_waiters();
        let what = What::Webhook { event: envelope.event.clone(), answer, accepted, took_ms, attempt: attempts, next };
        self.journal.note(now, postman.vendor(), &envelope.account, envelope.person.as_deref(), what);
        if postman.heard(envelope, accepted, !accepted && next.is_none(), now) {
            self.journal.note(now, postman.vendor(), &envelope.account, None, What::Unsubscribed);
        }
    }

    async fn watch_the_clock(self: Arc<Self>) {
        loop {
            let moved = self.clock.moved();
            let rescheduled = self.rescheduled.notified();
            tokio::pin!(moved, rescheduled);
            // Both listen before the queue is read, so that nothing is missed in between.
            moved.as_mut().enable();
            rescheduled.as_mut().enable();
            let waiting = self.send_off_what_is_due();
            tokio::select! {
                () = moved => {}
                () = rescheduled => {}
                () = tokio::time::sleep(LOOK_AGAIN), if waiting => {}
            }
        }
    }

    /// True when something still waits for its time.
    fn send_off_what_is_due(&self) -> bool {
        let now = self.clock.now();
        let mut queue = lock(&self.queue);
        while let Some(&(at, number)) = queue.due.first()
            && at <= now
        {
            queue.held.retain(|_, held| *held != number);
            self.send_off(&mut queue, number);
        }
        !queue.due.is_empty()
    }

    /// Ends when nothing is on its way. What waits for a later attempt does not count.
    pub async fn settled(&self) {
        loop {
            let landed = self.landed.notified();
            tokio::pin!(landed);
            landed.as_mut().enable();
            // A clock that was moved may have made something due that its watcher has not seen yet.
            self.send_off_what_is_due();
            if self.in_flight.load(Ordering::SeqCst) == 0 {
                return;
            }
            landed.await;
        }
    }

    /// Those that wait and the last ones that are finished, in the order they arose.
    pub fn list(&self, matches: impl Fn(&Delivery) -> bool) -> Vec<Delivery> {
        let queue = lock(&self.queue);
        let waiting = queue.waiting.values().map(|entry| &entry.delivery);
        let mut all: Vec<_> = queue.finished.iter().chain(waiting).filter(|delivery| matches(delivery)).cloned().collect();
        all.sort_by_key(|delivery| delivery.number);
        all
    }

    /// How many of an account still wait.
    pub fn waiting(&self, vendor: Vendor, account: &str) -> usize {
        let queue = lock(&self.queue);
        queue.waiting.values().filter(|entry| entry.delivery.vendor == vendor && entry.delivery.account == account).count()
    }

    /// Forgets everything; called when the simulator stops.
    pub fn clear(&self) {
        let mut queue = lock(&self.queue);
        queue.waiting.clear();
        queue.due.clear();
        queue.held.clear();
    }
}

fn lane(delivery: &Delivery) -> usize {
    let mut hasher = DefaultHasher::new();
    (delivery.vendor, &delivery.account, &delivery.person).hash(&mut hasher);
    usize::try_from(hasher.finish() % LANES as u64).unwrap_or(0)
}
