//! Zalo Official Accounts: OpenAPI, OAuth v4 with PKCE, and webhooks (as of August to September 2026).
//!
//! Left out: template messages by phone number (ZBS), groups, calls, and the separate "Zalo Bot" platform.

mod access;
mod act;
mod config;
mod control;
mod error;
mod handle;
mod oauth;
mod outgoing;
mod people;
mod permission;
mod read;
mod routes;
mod send;
mod show;
mod state;
mod tap;
mod upload;
mod webhook;
mod window;

use std::sync::{Arc, Mutex, MutexGuard};

pub use act::Act;
pub use config::{Account, App, FirstTerm};
pub use oauth::Tokens;

pub(crate) use control::routes as control_routes;
pub(crate) use routes::routes;

use crate::lock::lock;
use crate::random::Random;
use crate::world::World;
use state::State;

/// Zalo, as far as it is played here. Clones are the same Zalo.
#[derive(Clone)]
pub struct Zalo(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    world: World,
    random: Random,
    state: Mutex<State>,
}

impl std::fmt::Debug for Zalo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Zalo")
    }
}

impl Zalo {
    pub(crate) fn new(world: World) -> Self {
        let random = Random::new(world.options.seed, "zalo");
        let state = State::new(&world.options);
        Self(Arc::new(Inner { world, random, state: Mutex::new(state) }))
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}
