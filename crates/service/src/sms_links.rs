//! Which routes of SMS stand on this node: their sessions, as long as this node holds the account's lease.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use channels::sms::Session;
use uuid::Uuid;

/// All accounts that this node holds.
#[derive(Default)]
pub struct SmsLinks(RwLock<HashMap<Uuid, HashMap<Uuid, Session>>>);

impl SmsLinks {
    /// This node holds the account from now on.
    pub(crate) fn hold(&self, account: Uuid) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).entry(account).or_default();
    }

    /// It does no longer.
    pub(crate) fn leave(&self, account: Uuid) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(&account);
    }

    /// Whether messages of the account are this node's to send.
    pub fn holds(&self, account: Uuid) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains_key(&account)
    }

    /// Whether this node holds any.
    pub fn holds_any(&self) -> bool {
        !self.0.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    pub(crate) fn up(&self, account: Uuid, route: Uuid, session: Session) {
        if let Some(routes) = self.0.write().unwrap_or_else(PoisonError::into_inner).get_mut(&account) {
            routes.insert(route, session);
        }
    }

    pub(crate) fn down(&self, account: Uuid, route: Uuid) {
        if let Some(routes) = self.0.write().unwrap_or_else(PoisonError::into_inner).get_mut(&account) {
            routes.remove(&route);
        }
    }

    /// The session of a route that stands.
    pub fn session(&self, account: Uuid, route: Uuid) -> Option<Session> {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        held.get(&account)?.get(&route).filter(|session| !session.has_ended()).cloned()
    }
}
