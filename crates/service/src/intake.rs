//! Durable intake: bytes and their `unpack` job in one group commit; the channel is answered only after it.
//!
//! Callers that arrive together share one insert statement and one flush, on both engines.

use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};
use store::deliveries_in::{self, NewDelivery};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::{City, Error, Result};

/// Deliveries stored by one statement at most.
const BATCH: usize = 128;

/// The intake's counter; clones share it.
#[derive(Clone)]
pub struct Intake {
    queue: mpsc::Sender<Waiting>,
    city: City,
}

struct Waiting {
    delivery: NewDelivery,
    stored: oneshot::Sender<std::result::Result<(), Arc<store::Error>>>,
}

impl Intake {
    /// Starts the task that stores what waits.
    pub fn start(city: City) -> Self {
        let (queue, waiting) = mpsc::channel(4 * BATCH);
        let writers = if city.db.is_sqlite() { 1 } else { 4 };
        let waiting = Arc::new(tokio::sync::Mutex::new(waiting));
        for _ in 0..writers {
            tokio::spawn(store_batches(city.clone(), waiting.clone()));
        }
        Self { queue, city }
    }

    /// Stores one delivery and returns its id when it is on disk. `account` is `None` when nobody knows the address: it is
    /// stored and marked.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when nothing can be taken now; then nothing was.
    pub async fn deliver(&self, account: Option<Uuid>, channel: &str, headers: Value, body: Vec<u8>) -> Result<Uuid> {
        self.take(delivery(&self.city, account, channel, headers, body)).await
    }

    /// The same for a message of a sender whose messages are unpacked in the order they came.
    ///
    /// # Errors
    /// As [`Self::deliver`].
    pub async fn deliver_of(&self, account: Uuid, channel: &str, sender: &str, headers: Value, body: Vec<u8>) -> Result<Uuid> {
        let lane = Some(lane_of(&self.city, account, sender));
        self.take(NewDelivery { lane, ..delivery(&self.city, Some(account), channel, headers, body) }).await
    }

    async fn take(&self, delivery: NewDelivery) -> Result<Uuid> {
        self.city.accepts_input()?;
        let id = delivery.id;
        let (stored, answer) = oneshot::channel();
        let full = || Error::Unavailable("the intake queue is full".into());
        tokio::time::timeout(std::time::Duration::from_secs(5), self.queue.send(Waiting { delivery, stored }))
            .await
            .map_err(|_| full())?
            .map_err(|_| full())?;
        match answer.await {
            Ok(Ok(())) => Ok(id),
            Ok(Err(error)) => Err(Error::Unavailable(error.to_string())),
            Err(_) => Err(Error::Unavailable("the intake stopped".into())),
        }
    }
}

/// The row of a delivery that arrives now.
pub fn delivery(city: &City, account: Option<Uuid>, channel: &str, headers: Value, body: Vec<u8>) -> NewDelivery {
    NewDelivery {
        id: city.new_id(),
        account_id: account,
        channel: channel.to_owned(),
        headers,
        sha256: hex::encode(Sha256::digest(&body)),
        lane: account.filter(|_| channel == "email").and_then(|account| sender_lane(city, account, &body)),
        body,
        received_at: city.now(),
    }
}

/// The lane in which mails of one sender are unpacked: what one sender wrote is received in the order it came, over all
/// nodes. It is asked before the acknowledgement, so it reads no further than the From field and at most 64 KiB; a mail
/// without one has no lane.
pub(crate) fn sender_lane(city: &City, account: Uuid, mail: &[u8]) -> Option<String> {
    let head = &mail[..mail.len().min(64 * 1024)];
    let mut lines = head.split(|byte| *byte == b'\n').take_while(|line| !line.trim_ascii().is_empty());
    let from = lines.find_map(|line| line.split_at_checked(5).filter(|(name, _)| name.eq_ignore_ascii_case(b"from:")))?.1;
    // A folded field goes on in the next line, where the address stands when this one is only a name.
    let from = [from, lines.next().filter(|line| line.starts_with(b" ") || line.starts_with(b"\t")).unwrap_or_default()].concat();
    let address = from.rsplit(|byte| *byte == b'<').next().unwrap_or(&from);
    let address = address.split(|byte| *byte == b'>').next().unwrap_or(address);
    let sender = String::from_utf8_lossy(address.trim_ascii()).to_lowercase();
    Some(lane_of(city, account, &sender))
}

async fn store_batches(city: City, queue: Arc<tokio::sync::Mutex<mpsc::Receiver<Waiting>>>) {
    loop {
        let mut batch = Vec::with_capacity(BATCH);
        if queue.lock().await.recv_many(&mut batch, BATCH).await == 0 {
            return;
        }
        let (deliveries, answers): (Vec<_>, Vec<_>) = batch.into_iter().map(|w| (w.delivery, w.stored)).unzip();
        let stored = store_together(&city, deliveries).await.map_err(Arc::new);
        for answer in answers {
            // Whoever asked may have gone away: what is stored is stored.
            let _gone = answer.send(stored.clone());
        }
    }
}

/// Deliveries and their `unpack` jobs in one commit, all or none, in their order.
pub(crate) async fn store_together(city: &City, deliveries: Vec<NewDelivery>) -> store::Result<()> {
    let count = deliveries.len() as u64;
    let stored = async {
        let mut tx = city.db.begin().await?;
        deliveries_in::append(&mut tx, deliveries).await?;
        fail::fail_point!("intake::before_commit");
        tx.commit().await?;
        fail::fail_point!("intake::before_acknowledge");
        Ok(())
    }
    .await;
    metrics::counter!("intake_deliveries_total", "stored" => if stored.is_ok() { "yes" } else { "no" }).increment(count);
    stored
}

/// The lane in which what one sender wrote on an account is unpacked.
pub(crate) fn lane_of(city: &City, account: Uuid, sender: &str) -> String {
    format!("unpack:{account}:{}", city.keys.hash("lane", sender))
}
