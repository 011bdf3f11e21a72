//! An HTTP gateway in the shape of eSMS (ViHAT): sending, receipts and people's messages as GET. [sms.md §7]

mod control;
mod handle;
mod routes;
mod send;
mod status;
mod webhook;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::Timestamp;

pub use handle::{Account, Fate, ShortCode};

pub(crate) use control::routes as control_routes;
pub(crate) use routes::routes;

use crate::fault::Faults;
use crate::ledger::Ledger;
use crate::lock::lock;
use crate::random::Random;
use crate::world::World;
use status::Outcome;

/// The gateway, as far as it is played here. Clones are the same gateway.
#[derive(Clone)]
pub struct Esms(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    world: World,
    random: Random,
    state: Mutex<State>,
}

struct State {
    /// By their ApiKey.
    accounts: BTreeMap<String, Account>,
    /// When a RequestId of an account was accepted.
    requests: HashMap<(String, String), Timestamp>,
    /// What was accepted, by SMSID.
    messages: HashMap<String, Outcome>,
    fates: HashMap<String, Fate>,
    next_message: u64,
    faults: Faults,
    ledger: Ledger,
}

impl std::fmt::Debug for Esms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Esms")
    }
}

impl Esms {
    pub(crate) fn new(world: World) -> Self {
        let random = Random::new(world.options.seed, "esms");
        let state = State {
            accounts: BTreeMap::new(),
            requests: HashMap::new(),
            messages: HashMap::new(),
            fates: HashMap::new(),
            next_message: 0,
            faults: Faults::new(world.options.seed, "esms"),
            ledger: Ledger::new(world.options.keep_sends),
        };
        Self(Arc::new(Inner { world, random, state: Mutex::new(state) }))
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}
