//! What the phone shows of Zalo.

use super::Zalo;
use super::state::Message;
use crate::talk::{Bubble, is_web_address};

impl Zalo {
    /// Accounts by id and name.
    pub(crate) fn accounts(&self) -> Vec<(String, String)> {
        self.0.state().accounts.values().map(|account| (account.config.id.clone(), account.config.name.clone())).collect()
    }

    /// Whether anybody hears what people write to this account.
    pub(crate) fn is_heard(&self, account: &str) -> bool {
        let state = self.0.state();
        let app = state.accounts.get(account).and_then(|account| state.apps.get(&account.config.app));
        app.is_some_and(|app| app.config.webhook.is_some() && !app.disabled)
    }

    /// Whether the person follows the account.
    pub(crate) fn follows(&self, account: &str, person: &str) -> bool {
        self.0.state().person(account, person).is_some_and(|person| person.follows)
    }

    /// A talk, oldest first.
    pub(crate) fn bubbles(&self, account: &str, person: &str) -> Vec<Bubble> {
        let mut state = self.0.state();
        let Some(person) = state.person(account, person) else { return Vec::new() };
        person.messages.iter().filter(|message| !message.hidden).map(bubble).collect()
    }
}

fn bubble(message: &Message) -> Bubble {
    let (pictures, files): (Vec<_>, Vec<_>) =
        message.attachments.iter().filter(|file| is_web_address(&file.url)).partition(|file| matches!(file.kind.as_str(), "image" | "gif"));
    Bubble {
        id: message.id.clone(),
        mine: !message.from_account,
        at: message.at,
        text: message.text.clone(),
        pictures: pictures.into_iter().map(|file| file.url.clone()).collect(),
        files: files.into_iter().map(|file| (file.name.clone(), file.url.clone())).collect(),
        choices: message.choices.clone(),
        note: String::new(),
    }
}
