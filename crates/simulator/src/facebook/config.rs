//! What is set up before anybody writes: apps and pages. Secrets are never shown again.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;

/// An app of the developer console. Its webhook is connected with [`super::Facebook::connect_webhook`].
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// Decimal.
    pub id: String,
    /// Signs webhooks and checks `appsecret_proof`.
    pub secret: String,
}

impl App {
    /// An app without a webhook.
    pub fn new(id: &str, secret: &str) -> Self {
        Self { id: id.into(), secret: secret.into() }
    }
}

/// A page that has the app installed.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Decimal.
    pub id: String,
    /// As people see it.
    pub name: String,
    /// The id of its app.
    pub app: String,
    /// The page access token. It has no end date and dies when [`super::Facebook::expire_token`] says so.
    pub token: String,
    /// Webhook fields the page is subscribed to at first; all of them unless set.
    #[serde(default = "all_fields")]
    pub subscribed_fields: BTreeSet<String>,
    /// People who engaged with the page lately: 200 calls each in 24 hours are allowed.
    #[serde(default = "engaged")]
    pub engaged_users: u64,
    /// Whether phones tell that a message arrived.
    #[serde(default = "yes")]
    pub receipts: bool,
}

impl Page {
    /// A page subscribed to everything.
    pub fn new(id: &str, name: &str, app: &str, token: &str) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            app: app.into(),
            token: token.into(),
            subscribed_fields: all_fields(),
            engaged_users: engaged(),
            receipts: true,
        }
    }
}

/// The webhook fields known here.
pub(super) const FIELDS: [&str; 14] = [
    "feed",
    "mention",
    "message_deliveries",
    "message_echoes",
    "message_edits",
    "message_reactions",
    "message_reads",
    "messages",
    "messaging_handovers",
    "messaging_optins",
    "messaging_policy_enforcement",
    "messaging_postbacks",
    "messaging_referrals",
    "standby",
];

fn all_fields() -> BTreeSet<String> {
    FIELDS.iter().map(|field| (*field).to_owned()).collect()
}

fn engaged() -> u64 {
    10_000
}

fn yes() -> bool {
    true
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "App({})", self.id)
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Page({}, {})", self.id, self.name)
    }
}
