//! The handle's settings and readings.

use serde_json::Value;

use super::Zalo;
use super::config;
use super::state::{Account, App};
use crate::fault::Rule;
use crate::ledger::{Repeat, Sent};
use crate::refusal::Refusal;

impl Zalo {
    /// Adds an app, or changes its settings; a webhook that Zalo switched off is on again.
    pub fn add_app(&self, app: config::App) {
        self.0.state().apps.insert(app.id.clone(), App { config: app, disabled: false, minute: (0, 0) });
    }

    /// Adds an account.
    ///
    /// # Errors
    /// Its app is not there, or the account is already.
    pub fn add_account(&self, account: config::Account) -> Result<(), Refusal> {
        let mut state = self.0.state();
        if !state.apps.contains_key(&account.app) {
            return Err(Refusal::new(format!("no app {}", account.app)));
        }
        if state.accounts.contains_key(&account.id) {
            return Err(Refusal::new(format!("account {} is there already", account.id)));
        }
        let paid_left = account.paid_messages;
        state.accounts.insert(account.id.clone(), Account { config: account, paid_left, month: ((0, 0), 0) });
        Ok(())
    }

    /// Sets where the app's webhooks go, and switches them on. There is no handshake.
    ///
    /// # Errors
    /// No such app.
    pub fn set_webhook(&self, app: &str, url: &str) -> Result<(), Refusal> {
        let mut state = self.0.state();
        let app = state.apps.get_mut(app).ok_or_else(|| Refusal::new(format!("no app {app}")))?;
        app.config.webhook = Some(url.to_owned());
        app.disabled = false;
        Ok(())
    }

    /// Whether Zalo has switched the app's webhooks off.
    pub fn is_disabled(&self, app: &str) -> bool {
        self.0.state().apps.get(app).is_some_and(|app| app.disabled)
    }

    /// Posts an event of any shape, for what [`super::Act`] does not know. `app_id`, `event_name` and, where it is missing,
    /// `timestamp` are filled in.
    pub fn post_event(&self, account: &str, event: &str, body: Value) {
        self.0.tell_event(&mut self.0.state(), account, None, event, body);
    }

    /// Somebody of the city answers in Zalo's own chat tool; the message id.
    ///
    /// # Errors
    /// No such account or person.
    pub fn answer_in_chat_tool(&self, account: &str, person: &str, text: &str) -> Result<String, Refusal> {
        let mut state = self.0.state();
        if state.person(account, person).is_none() {
            return Err(Refusal::new(format!("nobody {person} at account {account}")));
        }
        Ok(self.0.answer_in_chat_tool(&mut state, account, person, text))
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

    /// The last messages that were sent, oldest first; to one person when `to` is given.
    pub fn sent(&self, to: Option<&str>) -> Vec<Sent> {
        self.0.state().ledger.last(to)
    }

    /// How many were sent to a person.
    pub fn sent_to(&self, person: &str) -> u64 {
        self.0.state().ledger.count(person)
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
