//! Viber's REST Bot API (documentation 7.3.0): what a chatbot account needs.

mod calls;
mod control;
mod error;
mod handle;
mod outgoing;
mod people;
mod routes;
mod state;
mod webhook;

use std::sync::{Arc, Mutex, MutexGuard};

pub use handle::Bot;
pub use people::Act;

pub(crate) use control::routes as control_routes;
pub(crate) use routes::routes;

use crate::lock::lock;
use crate::random::Random;
use crate::world::World;
use state::State;

/// Viber, as far as it is played here. Clones are the same Viber.
#[derive(Clone)]
pub struct Viber(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    world: World,
    random: Random,
    state: Mutex<State>,
}

impl std::fmt::Debug for Viber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Viber")
    }
}

impl Viber {
    pub(crate) fn new(world: World) -> Self {
        let random = Random::new(world.options.seed, "viber");
        let state = State::new(&world.options);
        Self(Arc::new(Inner { world, random, state: Mutex::new(state) }))
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}
