//! What Viber knows: bots and the people who wrote to them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::fault::Faults;
use crate::ledger::Ledger;
use crate::options::Options;

pub(super) struct State {
    /// By their uri.
    pub bots: BTreeMap<String, Bot>,
    /// By the id that one bot knows them by.
    pub people: HashMap<String, Person>,
    pub faults: Faults,
    pub ledger: Ledger,
}

pub(super) struct Bot {
    pub uri: String,
    pub name: String,
    pub token: Option<String>,
    pub webhook: Option<String>,
    pub events: BTreeSet<String>,
}

pub(super) struct Person {
    pub bot: String,
    pub name: String,
    /// They wrote or subscribed, and have not unsubscribed.
    pub subscribed: bool,
    /// Set by the bot's last message, and given back with the person's next one.
    pub tracking: String,
    /// The bot's last message, for `seen`.
    pub unseen: Vec<u64>,
    /// The one message that may answer `conversation_started`.
    pub welcome_open: bool,
    /// Calls for details in the 12 hours that began then.
    pub asked: (i64, u32),
}

impl State {
    pub fn new(options: &Options) -> Self {
        Self {
            bots: BTreeMap::new(),
            people: HashMap::new(),
            faults: Faults::new(options.seed, "viber"),
            ledger: Ledger::new(options.keep_sends),
        }
    }

    pub fn person(&mut self, bot: &str, id: &str) -> Option<&mut Person> {
        self.people.get_mut(id).filter(|person| person.bot == bot)
    }
}
