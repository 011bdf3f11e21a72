//! What Facebook knows: apps, pages, people, talks, posts, comments.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use jiff::Timestamp;
use serde_json::Value;

use super::config;
use crate::fault::Faults;
use crate::ledger::Ledger;
use crate::options::Options;
use crate::talk::Choice;

/// Messages kept per talk.
pub(super) const KEPT_MESSAGES: usize = 200;
/// Comments kept per page.
pub(super) const KEPT_COMMENTS: usize = 2_000;

pub(super) struct State {
    pub apps: BTreeMap<String, App>,
    pub pages: BTreeMap<String, Page>,
    /// Everybody, by page-scoped id.
    pub people: HashMap<String, Person>,
    pub uploads: HashMap<String, Upload>,
    pub faults: Faults,
    pub ledger: Ledger,
    /// While set, events are gathered instead of posted.
    pub gathered: Option<Vec<Gathered>>,
}

pub(super) struct App {
    pub config: config::App,
    pub webhook: Option<String>,
    pub verify_token: String,
}

pub(super) struct Page {
    pub config: config::Page,
    /// The token that works; `None` once it is dead.
    pub token: Option<String>,
    pub fields: BTreeSet<String>,
    pub posts: Vec<Post>,
    /// Oldest first.
    pub comments: Vec<Comment>,
    pub profile: serde_json::Map<String, Value>,
    /// Since when every webhook has failed.
    pub failing_since: Option<Timestamp>,
    /// Calls of the day that began then.
    pub day: (Timestamp, u64),
    pub seconds: HashMap<&'static str, (i64, u32)>,
}

pub(super) struct Person {
    pub psid: String,
    pub page: String,
    pub name: String,
    pub blocked: bool,
    /// The last thing that opens the window.
    pub last_action: Option<Timestamp>,
    pub messages: VecDeque<Message>,
    pub updated: Timestamp,
}

#[derive(Debug, Clone)]
pub(super) struct Message {
    pub mid: String,
    pub from_page: bool,
    pub at: Timestamp,
    pub text: String,
    pub attachments: Vec<Attachment>,
    pub choices: Vec<Choice>,
    pub read: bool,
    pub deleted: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Attachment {
    /// `image`, `audio`, `video`, `file`, …
    pub kind: String,
    pub url: String,
    pub name: String,
}

pub(super) struct Post {
    pub id: String,
    /// The page itself, or a visitor.
    pub from: Author,
    pub message: String,
    pub at: Timestamp,
    pub answered_privately: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Comment {
    pub id: String,
    pub post: String,
    /// The comment it answers, else its post.
    pub parent: String,
    pub from: Author,
    pub message: String,
    pub photo: Option<String>,
    pub at: Timestamp,
    pub hidden: bool,
    pub removed: bool,
    pub answered_privately: bool,
    pub liked_by_page: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Author {
    Page,
    Person(String),
}

pub(super) struct Upload {
    pub page: String,
    pub kind: String,
    pub url: String,
}

/// An event waiting to share a POST with others.
pub(super) struct Gathered {
    pub page: String,
    pub person: Option<String>,
    pub event: String,
    pub entry: Value,
}

impl State {
    pub fn new(options: &Options) -> Self {
        Self {
            apps: BTreeMap::new(),
            pages: BTreeMap::new(),
            people: HashMap::new(),
            uploads: HashMap::new(),
            faults: Faults::new(options.seed, "facebook"),
            ledger: Ledger::new(options.keep_sends),
            gathered: None,
        }
    }

    /// The person of this page.
    pub fn person(&mut self, page: &str, psid: &str) -> Option<&mut Person> {
        self.people.get_mut(psid).filter(|person| person.page == page)
    }

    /// How an author is shown: id and name.
    pub fn author(&self, page: &Page, author: &Author) -> (String, String) {
        match author {
            Author::Page => (page.config.id.clone(), page.config.name.clone()),
            Author::Person(psid) => (psid.clone(), self.people.get(psid).map(|person| person.name.clone()).unwrap_or_default()),
        }
    }
}

impl Page {
    pub fn comment(&self, id: &str) -> Option<&Comment> {
        self.comments.iter().rev().find(|comment| comment.id == id && !comment.removed)
    }

    pub fn comment_mut(&mut self, id: &str) -> Option<&mut Comment> {
        self.comments.iter_mut().rev().find(|comment| comment.id == id && !comment.removed)
    }

    pub fn post(&self, id: &str) -> Option<&Post> {
        self.posts.iter().find(|post| post.id == id)
    }

    /// Keeps a comment, dropping the oldest when there are too many.
    pub fn keep_comment(&mut self, comment: Comment) {
        if self.comments.len() >= KEPT_COMMENTS {
            self.comments.remove(0);
        }
        self.comments.push(comment);
    }

    /// Counts one call of this kind; true when it is one too many for this second.
    pub fn over_second(&mut self, kind: &'static str, most: u32, now: Timestamp) -> bool {
        let (second, count) = self.seconds.entry(kind).or_default();
        if *second != now.as_second() {
            (*second, *count) = (now.as_second(), 0);
        }
        *count = count.saturating_add(1);
        *count > most
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

    /// `t_` and a number, as Graph names talks.
    pub fn conversation(&self) -> String {
        format!("t_{}", self.psid)
    }
}
