//! The handle's settings and readings.

use std::fmt;

use serde::Deserialize;

use super::Esms;
use crate::fault::Rule;
use crate::ledger::{Repeat, Sent};
use crate::refusal::Refusal;

/// A short code whose messages come to an account.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShortCode {
    /// `8088`
    pub number: String,
    /// Where messages are brought, as GET.
    pub webhook: String,
    /// The account's name at the short code's owner.
    pub cpid: String,
    /// Ends what the sign is made of.
    pub private_key: String,
}

/// An account at the gateway.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// ApiKey.
    pub api_key: String,
    /// SecretKey.
    pub secret_key: String,
    /// Registered senders.
    pub brandnames: Vec<String>,
    /// Registered contents, `{}` for whatever changes; empty: any content is taken.
    #[serde(default)]
    pub templates: Vec<String>,
    /// Networks for which the brandnames are not registered, by eSMS's numbers: 1 Viettel, 2 Mobifone, 3 Vinaphone, …
    #[serde(default)]
    pub unregistered: Vec<u8>,
    /// Đồng left.
    #[serde(default = "balance")]
    pub balance: u64,
    /// Đồng for each message that a text is counted as; an invented price.
    #[serde(default = "price")]
    pub price: u32,
    /// Receipts come so many seconds of the clock after the message.
    #[serde(default)]
    pub receipt_after_seconds: u32,
    /// Short codes.
    #[serde(default)]
    pub short_codes: Vec<ShortCode>,
}

fn balance() -> u64 {
    10_000_000
}

fn price() -> u32 {
    850
}

impl Account {
    /// An account with one sender and money enough.
    pub fn new(api_key: &str, secret_key: &str, brandname: &str) -> Self {
        Self {
            api_key: api_key.to_owned(),
            secret_key: secret_key.to_owned(),
            brandnames: vec![brandname.to_owned()],
            templates: Vec::new(),
            unregistered: Vec::new(),
            balance: balance(),
            price: price(),
            receipt_after_seconds: 0,
            short_codes: Vec::new(),
        }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({:?})", self.brandnames)
    }
}

impl fmt::Debug for ShortCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ShortCode({})", self.number)
    }
}

/// What becomes of messages to a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// SendStatus 5, SendSuccess 1.
    #[default]
    Delivered,
    /// SendStatus 5, SendFailed 1.
    Failed,
    /// SendStatus 4.
    Rejected,
    /// Sent, and no receipt ever.
    Silent,
    /// Not accepted at all: this CodeResult.
    Refused(u16),
}

impl Esms {
    /// Adds an account, or changes a known one.
    pub fn set_account(&self, account: Account) {
        self.0.state().accounts.insert(account.api_key.clone(), account);
    }

    /// What becomes of messages to this number (`84…`) from now on.
    pub fn set_fate(&self, number: &str, fate: Fate) {
        self.0.state().fates.insert(number.to_owned(), fate);
    }

    /// The short codes of all accounts.
    pub(crate) fn short_codes(&self) -> Vec<String> {
        self.0.state().accounts.values().flat_map(|account| &account.short_codes).map(|code| code.number.clone()).collect()
    }

    /// Adds a fault. [`crate::Fault::Status`] below 200 is a CodeResult in an answer of HTTP 200.
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

    /// The last messages that were accepted, oldest first; to one person (`84…`) when `to` is given.
    pub fn sent(&self, to: Option<&str>) -> Vec<Sent> {
        self.0.state().ledger.last(to)
    }

    /// Whatever anybody got more than once.
    pub fn repeats(&self) -> Vec<Repeat> {
        self.0.state().ledger.repeats()
    }
}
