//! Telegram's Bot API (version 10.1): what a bot in private chats needs.
//!
//! Left out: groups, channels, payments, inline mode, albums.

mod call;
mod control;
mod handle;
mod methods;
mod people;
mod routes;
mod state;
mod updates;

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::Notify;

pub use handle::Bot;
pub use people::Act;

pub(crate) use control::routes as control_routes;
pub(crate) use routes::routes;

use crate::lock::lock;
use crate::world::World;
use state::State;

/// Telegram, as far as it is played here. Clones are the same Telegram.
#[derive(Clone)]
pub struct Telegram(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    world: World,
    state: Mutex<State>,
    /// Something is there for `getUpdates`.
    updated: Notify,
}

impl std::fmt::Debug for Telegram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Telegram")
    }
}

impl Telegram {
    pub(crate) fn new(world: World) -> Self {
        let state = State::new(&world.options);
        Self(Arc::new(Inner { world, state: Mutex::new(state), updated: Notify::new() }))
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}
