//! The handle's settings and readings.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value;

use super::Facebook;
use super::config;
use super::state::{App, Author, Page};
use crate::fault::Rule;
use crate::ledger::{Repeat, Sent};
use crate::refusal::Refusal;

impl Facebook {
    /// Adds an app, or changes its secret.
    pub fn add_app(&self, app: config::App) {
        let mut state = self.0.state();
        let (webhook, verify_token) = state.apps.remove(&app.id).map_or((None, String::new()), |known| (known.webhook, known.verify_token));
        state.apps.insert(app.id.clone(), App { config: app, webhook, verify_token });
    }

    /// Adds a page.
    ///
    /// # Errors
    /// Its app is not there, or the page is already.
    pub fn add_page(&self, page: config::Page) -> Result<(), Refusal> {
        let mut state = self.0.state();
        if !state.apps.contains_key(&page.app) {
            return Err(Refusal::new(format!("no app {}", page.app)));
        }
        if state.pages.contains_key(&page.id) {
            return Err(Refusal::new(format!("page {} is there already", page.id)));
        }
        let new = Page {
            token: Some(page.token.clone()),
            fields: page.subscribed_fields.clone(),
            posts: Vec::new(),
            comments: Vec::new(),
            profile: serde_json::Map::new(),
            failing_since: None,
            day: (Timestamp::MIN, 0),
            seconds: HashMap::new(),
            config: page,
        };
        state.pages.insert(new.config.id.clone(), new);
        Ok(())
    }

    /// The page posts something; the post's id.
    ///
    /// # Errors
    /// No such page.
    pub fn add_post(&self, page: &str, message: &str) -> Result<String, Refusal> {
        self.0.add_post(&mut self.0.state(), page, Author::Page, message.to_owned())
    }

    /// The page's token dies, as after a password change: error 190, subcode 460.
    pub fn expire_token(&self, page: &str) {
        if let Some(page) = self.0.state().pages.get_mut(page) {
            page.token = None;
        }
    }

    /// The page is connected again with a new token.
    ///
    /// # Errors
    /// No such page.
    pub fn set_token(&self, page: &str, token: &str) -> Result<(), Refusal> {
        let mut state = self.0.state();
        let page = state.pages.get_mut(page).ok_or_else(|| Refusal::new(format!("no page {page}")))?;
        page.token = Some(token.to_owned());
        page.config.token = token.to_owned();
        Ok(())
    }

    /// The fields a page is subscribed to now.
    pub fn subscribed_fields(&self, page: &str) -> Vec<String> {
        self.0.state().pages.get(page).map(|page| page.fields.iter().cloned().collect()).unwrap_or_default()
    }

    /// Posts an item of any shape under a webhook field, for what [`super::Act`] does not know: an item of `messaging`, or for
    /// `feed` and `mention` the value of a change.
    pub fn post_item(&self, page: &str, field: &str, item: Value) {
        let mut state = self.0.state();
        if matches!(field, "feed" | "mention") {
            self.0.tell_change(&mut state, page, None, field, item);
        } else {
            self.0.tell(&mut state, page, "", field, item);
        }
    }

    /// Somebody of the city answers in Meta's own inbox; the message id.
    ///
    /// # Errors
    /// No such page or person.
    pub fn answer_in_inbox(&self, page: &str, psid: &str, text: &str) -> Result<String, Refusal> {
        let mut state = self.0.state();
        if state.person(page, psid).is_none() {
            return Err(Refusal::new(format!("nobody {psid} at page {page}")));
        }
        Ok(self.0.answer_in_inbox(&mut state, page, psid, text))
    }

    /// Adds a fault.
    ///
    /// # Errors
    /// The fault cannot happen on such calls.
    pub fn add_fault(&self, rule: Rule) -> Result<(), Refusal> {
        Ok(self.0.state().faults.add(rule)?)
    }

    /// At most so many sends in a second of the clock are taken; `None`: no cap.
    pub fn cap_sends(&self, per_second: Option<u32>) {
        self.0.state().faults.cap(per_second);
    }

    /// Everything works again.
    pub fn clear_faults(&self) {
        self.0.state().faults.clear();
    }

    /// The last messages and comments that were sent, oldest first; to one person when `to` is given.
    pub fn sent(&self, to: Option<&str>) -> Vec<Sent> {
        self.0.state().ledger.last(to)
    }

    /// How many were sent in all.
    pub fn sent_total(&self) -> u64 {
        self.0.state().ledger.total()
    }

    /// Whatever anybody got more than once.
    pub fn repeats(&self) -> Vec<Repeat> {
        self.0.state().ledger.repeats()
    }
}
