//! The handle's settings and readings.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;

use super::Viber;
use super::state;
use crate::fault::Rule;
use crate::ledger::{Repeat, Sent};
use crate::refusal::Refusal;

/// A chatbot account. Its token never expires unless Viber replaces it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bot {
    /// Its unique address: `doithoai`.
    pub uri: String,
    /// As people see it.
    pub name: String,
    /// `44…-…-…`; also the key of the signatures.
    pub token: String,
}

impl fmt::Debug for Bot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bot({})", self.uri)
    }
}

impl Viber {
    /// Adds a bot, or gives a known one a new token.
    pub fn add_bot(&self, bot: Bot) {
        let mut state = self.0.state();
        if let Some(known) = state.bots.get_mut(&bot.uri) {
            known.token = Some(bot.token);
            return;
        }
        let new = state::Bot { uri: bot.uri.clone(), name: bot.name, token: Some(bot.token), webhook: None, events: BTreeSet::new() };
        state.bots.insert(bot.uri, new);
    }

    /// The bot's token works no more: status 2.
    pub fn replace_token(&self, bot: &str) {
        if let Some(bot) = self.0.state().bots.get_mut(bot) {
            bot.token = None;
        }
    }

    /// Adds a fault.
    ///
    /// # Errors
    /// The fault cannot happen on such calls.
    pub fn add_fault(&self, rule: Rule) -> Result<(), Refusal> {
        Ok(self.0.state().faults.add(rule)?)
    }

    /// Everything works again.
    pub fn clear_faults(&self) {
        self.0.state().faults.clear();
    }

    /// The last messages that were sent, oldest first; to one person when `to` is given.
    pub fn sent(&self, to: Option<&str>) -> Vec<Sent> {
        self.0.state().ledger.last(to)
    }

    /// Whatever anybody got more than once.
    pub fn repeats(&self) -> Vec<Repeat> {
        self.0.state().ledger.repeats()
    }
}
