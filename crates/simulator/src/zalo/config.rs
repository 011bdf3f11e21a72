//! What is set up before anybody writes: apps and Official Accounts. Secrets are never shown again.

use std::fmt;

use serde::Deserialize;

/// What the webhook MAC begins with (sources disagree). [zalo.md §3]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstTerm {
    /// The app id, as the specification has it.
    #[default]
    AppId,
    /// The OA id, as some working code has it.
    OaId,
}

/// An app of the developer console.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// Decimal.
    pub id: String,
    /// The header `secret_key` of token calls; checks `appsecret_proof`.
    pub secret: String,
    /// The callback URL saved in the console; a link with another one is refused. `None`: any is taken.
    #[serde(default)]
    pub redirect_uri: Option<String>,
    /// The challenge saved in the console; a link with another one is refused. `None`: each link brings its own.
    #[serde(default)]
    pub code_challenge: Option<String>,
    /// Where webhooks go. There is no handshake.
    #[serde(default)]
    pub webhook: Option<String>,
    /// What the MAC begins with.
    #[serde(default)]
    pub first_term: FirstTerm,
    /// Whether the MAC is over the header `X-ZEvent-Timestamp`, whose value then differs from that in the body.
    #[serde(default)]
    pub timestamp_header: bool,
    /// Whether a refresh token that has been used is answered with an empty body, as one integrator saw in August 2026, rather
    /// than with -14014.
    #[serde(default)]
    pub silent_on_used_refresh: bool,
    /// OpenAPI calls allowed in a minute. [zalo.md §6 "Limits"]
    #[serde(default = "four_thousand")]
    pub calls_per_minute: u32,
}

impl App {
    /// An app as the specification has it, without a webhook.
    pub fn new(id: &str, secret: &str) -> Self {
        Self {
            id: id.into(),
            secret: secret.into(),
            redirect_uri: None,
            code_challenge: None,
            webhook: None,
            first_term: FirstTerm::AppId,
            timestamp_header: false,
            silent_on_used_refresh: false,
            calls_per_minute: four_thousand(),
        }
    }
}

/// An Official Account that the app may ask for.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Decimal.
    pub id: String,
    /// As people see it.
    pub name: String,
    /// The id of its app.
    pub app: String,
    /// The OA secret key, which signs webhooks.
    pub secret_key: String,
    /// Free answers within 48 hours of a person's last interaction. [zalo.md §6 "Windows"]
    #[serde(default = "eight")]
    pub free_replies: u32,
    /// Charged messages that the account may still send.
    #[serde(default = "thousand")]
    pub paid_messages: u32,
    /// Whether phones tell that a message arrived.
    #[serde(default = "yes")]
    pub receipts: bool,
}

impl Account {
    /// An account with the usual quotas.
    pub fn new(id: &str, name: &str, app: &str, secret_key: &str) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            app: app.into(),
            secret_key: secret_key.into(),
            free_replies: eight(),
            paid_messages: thousand(),
            receipts: true,
        }
    }
}

fn four_thousand() -> u32 {
    4_000
}

fn eight() -> u32 {
    8
}

fn thousand() -> u32 {
    1_000
}

fn yes() -> bool {
    true
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "App({})", self.id)
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({}, {})", self.id, self.name)
    }
}
