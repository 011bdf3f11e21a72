//! The SMSC: an SMPP 3.4 server. Accounts bind to it, hand in messages and take those of people and the receipts.

mod control;
mod deliver;
mod handle;
mod link;
mod message;
mod pdu;
mod people;
mod receipt;
mod route;
mod state;
mod take;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;

pub use people::{Join, Mo};
pub use route::{Counters, Fate, IdForm, ReceiptShape, ReceiptTime, Receipts, Route};
pub use state::{Deliver, DeliverAttempt, DeliverKind, Submit};

pub(crate) use control::routes as control_routes;

use crate::lock::lock;
use crate::random::Random;
use crate::world::World;
use state::State;

/// The SMSC, as far as it is played here. Clones are the same SMSC.
#[derive(Clone)]
pub struct Smsc(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    world: World,
    address: SocketAddr,
    random: Random,
    state: Mutex<State>,
    /// A deliver_sm was answered, or given up.
    landed: Notify,
    rescheduled: Notify,
}

impl std::fmt::Debug for Smsc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Smsc({})", self.0.address)
    }
}

impl Smsc {
    /// Serves at this door until the tasks are dropped.
    pub(crate) fn start(world: World, listener: TcpListener, address: SocketAddr, tasks: &mut JoinSet<()>) -> Self {
        let random = Random::new(world.options.seed, "smsc");
        let state = Mutex::new(State::new(&world.options));
        let inner = Arc::new(Inner { world, address, random, state, landed: Notify::new(), rescheduled: Notify::new() });
        tasks.spawn(link::accept(Arc::clone(&inner), listener));
        tasks.spawn(Arc::clone(&inner).watch_the_clock());
        Self(inner)
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}
