//! Facebook Pages: the Graph API for messages and comments, and its webhooks (Graph API v25.0 of 2026).
//!
//! Left out: what no business talk needs (ads, insights, personas, hand-over between apps).

mod access;
mod act;
mod batch;
mod call;
mod comments;
mod config;
mod control;
mod error;
mod fields;
mod handle;
mod messaging;
mod outgoing;
mod people;
mod public;
mod read;
mod routes;
mod send;
mod show;
mod state;
mod subscribe;
mod upload;
mod webhook;
mod window;

use std::sync::{Arc, Mutex, MutexGuard};

pub use act::Act;
pub use config::{App, Page};
pub(crate) use show::{Said, Wall};

pub(crate) use control::routes as control_routes;
pub(crate) use routes::routes;

use crate::lock::lock;
use crate::random::Random;
use crate::world::World;
use state::State;

/// Facebook, as far as it is played here. Clones are the same Facebook.
#[derive(Clone)]
pub struct Facebook(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    world: World,
    random: Random,
    state: Mutex<State>,
}

impl std::fmt::Debug for Facebook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Facebook")
    }
}

impl Facebook {
    pub(crate) fn new(world: World) -> Self {
        let random = Random::new(world.options.seed, "facebook");
        let state = State::new(&world.options);
        Self(Arc::new(Inner { world, random, state: Mutex::new(state) }))
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}
