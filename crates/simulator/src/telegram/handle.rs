//! The handle's settings and readings.

use std::collections::VecDeque;
use std::fmt;

use serde::Deserialize;

use super::Telegram;
use super::state;
use crate::fault::Rule;
use crate::ledger::{Repeat, Sent};
use crate::refusal::Refusal;

/// A bot. Its token never expires; it can be revoked.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bot {
    /// `123456789:AA…`; what stands in front of the colon is its id.
    pub token: String,
    /// As people see it.
    pub name: String,
    /// Ends in `bot`.
    pub username: String,
}

impl fmt::Debug for Bot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bot({})", self.username)
    }
}

impl Telegram {
    /// Adds a bot, or gives a known one a new token; its id.
    ///
    /// # Errors
    /// The token has no id in front of its colon.
    pub fn add_bot(&self, bot: Bot) -> Result<String, Refusal> {
        let id = bot.token.split(':').next().unwrap_or_default().to_owned();
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) || !bot.token.contains(':') {
            return Err(Refusal::new("a token is digits, a colon and a secret"));
        }
        let mut state = self.0.state();
        if let Some(known) = state.bots.get_mut(&id) {
            known.token = Some(bot.token);
            return Ok(id);
        }
        let new = state::Bot {
            id: id.clone(),
            name: bot.name,
            username: bot.username,
            token: Some(bot.token),
            webhook: None,
            next_update: 900_000_000,
            updates: VecDeque::new(),
            last_error: None,
            second: (0, 0),
        };
        state.bots.insert(id.clone(), new);
        Ok(id)
    }

    /// The bot's token works no more: error 401.
    pub fn revoke_token(&self, bot: &str) {
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

    /// The last messages that were sent, oldest first; to one chat when `to` is given.
    pub fn sent(&self, to: Option<&str>) -> Vec<Sent> {
        self.0.state().ledger.last(to)
    }

    /// Whatever anybody got more than once.
    pub fn repeats(&self) -> Vec<Repeat> {
        self.0.state().ledger.repeats()
    }
}
