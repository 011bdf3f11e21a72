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
        self.city.accepts_input()?;
        let id = self.city.new_id();
        let sha256 = hex::encode(Sha256::digest(&body));
        let delivery =
            NewDelivery { id, account_id: account, channel: channel.to_owned(), headers, body, sha256, received_at: self.city.now() };
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

async fn store_batches(city: City, queue: Arc<tokio::sync::Mutex<mpsc::Receiver<Waiting>>>) {
    loop {
        let mut batch = Vec::with_capacity(BATCH);
        let taken = queue.lock().await.recv_many(&mut batch, BATCH).await;
        if taken == 0 {
            return;
        }
        let (deliveries, answers): (Vec<_>, Vec<_>) = batch.into_iter().map(|w| (w.delivery, w.stored)).unzip();
        let stored = async {
            let mut tx = city.db.begin().await?;
            deliveries_in::append(&mut tx, deliveries).await?;
            fail::fail_point!("intake::before_commit");
            tx.commit().await?;
            fail::fail_point!("intake::before_acknowledge");
            Ok(())
        }
        .await
        .map_err(Arc::new);
        metrics::counter!("intake_deliveries_total", "stored" => if stored.is_ok() { "yes" } else { "no" }).increment(taken as u64);
        for answer in answers {
            // Whoever asked may have gone away: what is stored is stored.
            let _gone = answer.send(stored.clone());
        }
    }
}
