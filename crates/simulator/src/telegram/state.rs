//! What Telegram knows: bots, chats, files.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde_json::Value;

use crate::fault::Faults;
use crate::ledger::Ledger;
use crate::options::Options;

/// Messages kept per chat.
const KEPT_MESSAGES: usize = 200;
/// Updates kept for `getUpdates`; Telegram keeps them 24 hours.
const KEPT_UPDATES: usize = 1_000;

pub(super) struct State {
    /// By id.
    pub bots: BTreeMap<String, Bot>,
    /// By chat id.
    pub chats: HashMap<i64, Chat>,
    /// Path and size of files, by `file_id`.
    pub files: HashMap<String, (String, usize)>,
    pub faults: Faults,
    pub ledger: Ledger,
    pub next_chat: i64,
}

pub(super) struct Bot {
    pub id: String,
    pub name: String,
    pub username: String,
    /// `None` once it is revoked.
    pub token: Option<String>,
    pub webhook: Option<Webhook>,
    pub next_update: i64,
    pub updates: VecDeque<Value>,
    pub last_error: Option<(i64, String)>,
    /// The second that runs, and the sends in it.
    pub second: (i64, u32),
}

#[derive(Debug, Clone)]
pub(super) struct Webhook {
    pub url: String,
    pub secret_token: String,
    /// `None`: the default, which leaves out reactions and members.
    pub allowed: Option<Vec<String>>,
    pub max_connections: u64,
}

pub(super) struct Chat {
    pub id: i64,
    pub bot: String,
    pub name: String,
    pub started: bool,
    pub blocked: bool,
    pub next_message: i64,
    /// Messages as Telegram shows them.
    pub messages: VecDeque<Value>,
}

impl State {
    pub fn new(options: &Options) -> Self {
        Self {
            bots: BTreeMap::new(),
            chats: HashMap::new(),
            files: HashMap::new(),
            faults: Faults::new(options.seed, "telegram"),
            ledger: Ledger::new(options.keep_sends),
            next_chat: 700_000_001,
        }
    }

    pub fn chat(&mut self, bot: &str, id: i64) -> Option<&mut Chat> {
        self.chats.get_mut(&id).filter(|chat| chat.bot == bot)
    }
}

impl State {
    /// Keeps a file; when there are too many, all older ones are forgotten, as their media are.
    pub fn keep_file(&mut self, id: &str, path: String, size: usize) {
        const MOST: usize = 10_000;
        if self.files.len() >= MOST {
            self.files.clear();
        }
        self.files.insert(id.to_owned(), (path, size));
    }
}

impl Bot {
    /// Keeps an update until it is fetched.
    pub fn keep(&mut self, update: Value) {
        if self.updates.len() >= KEPT_UPDATES {
            self.updates.pop_front();
        }
        self.updates.push_back(update);
    }

    /// Itself, as `getMe` and `from` show it.
    pub fn user(&self) -> Value {
        let id: i64 = self.id.parse().unwrap_or_default();
        serde_json::json!({"id": id, "is_bot": true, "first_name": self.name, "username": self.username})
    }
}

impl Chat {
    /// The next number of this chat.
    pub fn number(&mut self) -> i64 {
        self.next_message += 1;
        self.next_message
    }

    /// Keeps a message, dropping the oldest when there are too many.
    pub fn keep(&mut self, message: Value) {
        if self.messages.len() >= KEPT_MESSAGES {
            self.messages.pop_front();
        }
        self.messages.push_back(message);
    }

    pub fn message_mut(&mut self, id: i64) -> Option<&mut Value> {
        self.messages.iter_mut().find(|message| message["message_id"] == id)
    }

    /// The other side's view of itself: `chat` and `from`.
    pub fn chat_node(&self) -> Value {
        serde_json::json!({"id": self.id, "type": "private", "first_name": self.name})
    }

    pub fn user(&self) -> Value {
        serde_json::json!({"id": self.id, "is_bot": false, "first_name": self.name, "language_code": "vi"})
    }
}
