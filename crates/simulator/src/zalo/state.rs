//! What Zalo knows: apps, accounts, people, talks, tokens.

use std::collections::{BTreeMap, HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::config;
use crate::clock::later;
use crate::fault::Faults;
use crate::ledger::Ledger;
use crate::options::Options;
use crate::talk::Choice;

/// Messages kept per talk.
const KEPT_MESSAGES: usize = 200;

pub(super) struct State {
    pub apps: BTreeMap<String, App>,
    pub accounts: BTreeMap<String, Account>,
    /// Everybody, by the id that an account knows them by.
    pub people: HashMap<String, Person>,
    pub codes: HashMap<String, Code>,
    pub access: HashMap<String, Access>,
    pub refresh: HashMap<String, Refresh>,
    pub uploads: HashMap<String, Upload>,
    pub faults: Faults,
    pub ledger: Ledger,
}

pub(super) struct App {
    pub config: config::App,
    /// Zalo stopped posting; somebody has to switch it on again by hand.
    pub disabled: bool,
    /// The minute that runs, and the calls in it.
    pub minute: (i64, u32),
}

pub(super) struct Account {
    pub config: config::Account,
    pub paid_left: u32,
    /// The month that runs, and the uploads in it.
    pub month: ((i16, i8), u32),
}

pub(super) struct Person {
    pub id: String,
    pub by_app: String,
    pub account: String,
    pub name: String,
    pub follows: bool,
    pub unfollowed: bool,
    pub blocked: bool,
    pub clicked_chat: bool,
    pub last_interaction: Option<Timestamp>,
    pub free_used: u32,
    pub contact: Option<Contact>,
    pub messages: VecDeque<Message>,
    pub updated: Timestamp,
}

#[derive(Debug, Clone)]
pub(super) struct Contact {
    pub name: String,
    pub phone: String,
    pub address: String,
}

#[derive(Debug, Clone)]
pub(super) struct Message {
    pub id: String,
    pub from_account: bool,
    pub at: Timestamp,
    /// `text`, `image`, `file`, …
    pub kind: String,
    pub text: String,
    pub attachments: Vec<Attachment>,
    pub choices: Vec<Choice>,
    pub seen: bool,
    /// Not shown to the person: a hidden query of a button.
    pub hidden: bool,
    pub reactions: u32,
}

#[derive(Debug, Clone)]
pub(super) struct Attachment {
    /// `image`, `gif`, `file`, …
    pub kind: String,
    pub url: String,
    pub name: String,
}

pub(super) struct Code {
    pub account: String,
    pub app: String,
    pub challenge: String,
    pub until: Timestamp,
}

pub(super) struct Access {
    pub account: String,
    pub until: Timestamp,
}

pub(super) struct Refresh {
    pub account: String,
    pub app: String,
    pub until: Timestamp,
    pub used: bool,
}

pub(super) struct Upload {
    pub account: String,
    pub attachment: Attachment,
    pub until: Timestamp,
}

impl State {
    pub fn new(options: &Options) -> Self {
        Self {
            apps: BTreeMap::new(),
            accounts: BTreeMap::new(),
            people: HashMap::new(),
            codes: HashMap::new(),
            access: HashMap::new(),
            refresh: HashMap::new(),
            uploads: HashMap::new(),
            faults: Faults::new(options.seed, "zalo"),
            ledger: Ledger::new(options.keep_sends),
        }
    }

    /// The person as this account knows them.
    pub fn person(&mut self, account: &str, id: &str) -> Option<&mut Person> {
        self.people.get_mut(id).filter(|person| person.account == account)
    }

    /// Throws away what can be used no more.
    pub fn forget_expired(&mut self, now: Timestamp) {
        // An access token is remembered for a while, to be called expired rather than unknown.
        self.access.retain(|_, access| later(access.until, SignedDuration::from_hours(30 * 24)) > now);
        self.codes.retain(|_, code| code.until > now);
        self.refresh.retain(|_, refresh| refresh.until > now);
        self.uploads.retain(|_, upload| upload.until > now);
    }
}

impl Person {
    /// Keeps a message, dropping the oldest when there are too many.
    pub fn keep(&mut self, message: Message) {
        self.updated = message.at;
        if self.messages.len() >= KEPT_MESSAGES {
            self.messages.pop_front();
        }
        self.messages.push_back(message);
    }

    /// The windows open anew, and the free answers with them.
    pub fn interacts(&mut self, now: Timestamp) {
        self.last_interaction = Some(now);
        self.free_used = 0;
        self.unfollowed = false;
    }
}
