//! The exchange (PBX) of a hotline: calls of people, telephones of officers, call events in the shape of five providers.

mod act;
mod call;
mod control;
mod events;
mod hotline;
mod orders;
mod recording;
mod routes;
mod shapes;
mod webhook;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

pub use call::{Call, Cause, Stage};
pub use hotline::{Extension, Hotline, NumberForm, Provider};

pub(crate) use control::routes as control_routes;
pub(crate) use routes::routes;

use crate::fault::Faults;
use crate::lock::lock;
use crate::random::Random;
use crate::world::World;
use recording::Recording;

/// The exchange, as far as it is played here. Clones are the same exchange.
#[derive(Clone)]
pub struct Pbx(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    world: World,
    random: Random,
    state: Mutex<State>,
}

struct State {
    /// By their number.
    hotlines: BTreeMap<String, Hotline>,
    /// By their id; the last ones.
    calls: BTreeMap<String, Call>,
    next_call: u64,
    recordings: BTreeMap<String, Recording>,
    faults: Faults,
}

impl std::fmt::Debug for Pbx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pbx")
    }
}

impl Pbx {
    pub(crate) fn new(world: World) -> Self {
        let random = Random::new(world.options.seed, "pbx");
        let state = State {
            hotlines: BTreeMap::new(),
            calls: BTreeMap::new(),
            next_call: 0,
            recordings: BTreeMap::new(),
            faults: Faults::new(world.options.seed, "pbx"),
        };
        Self(Arc::new(Inner { world, random, state: Mutex::new(state) }))
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}
