//! What all vendors stand on: one clock, one journal, one post office.

use std::sync::Arc;

use jiff::Timestamp;

use crate::clock::Clock;
use crate::delivery::{Deliveries, Envelope, Postman};
use crate::fault::{CallKind, Fault, Faults};
use crate::handset::Handsets;
use crate::journal::Journal;
use crate::media::Media;
use crate::options::Options;

#[derive(Clone)]
pub(crate) struct World {
    pub options: Arc<Options>,
    pub clock: Arc<Clock>,
    pub journal: Arc<Journal>,
    pub deliveries: Arc<Deliveries>,
    pub media: Arc<Media>,
    pub handsets: Arc<Handsets>,
    /// `http://127.0.0.1:9100`
    pub origin: Arc<str>,
}

impl World {
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Posts an envelope, or twice, or late, as the faults will have it.
    pub fn post(&self, faults: &mut Faults, postman: Arc<dyn Postman>, envelope: Envelope) {
        let fault = faults.strike(CallKind::Webhook, self.now());
        if fault == Some(Fault::Duplicate) {
            self.deliveries.post(Arc::clone(&postman), envelope.clone(), false);
        }
        self.deliveries.post(postman, envelope, fault == Some(Fault::OutOfOrder));
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "World({})", self.origin)
    }
}
