//! Updates on their way to the bot: by webhook, or kept for `getUpdates`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Inner;
use super::state::State;
use crate::delivery::{Envelope, Postman};
use crate::vendor::Vendor;

/// How long a webhook may take; Telegram names no figure.
const PATIENCE: Duration = Duration::from_secs(10);

/// "A reasonable amount of attempts"; updates are kept 24 hours.
const WAITS: [SignedDuration; 8] = [
    SignedDuration::from_secs(1),
    SignedDuration::from_secs(5),
    SignedDuration::from_secs(30),
    SignedDuration::from_mins(2),
    SignedDuration::from_mins(10),
    SignedDuration::from_mins(60),
    SignedDuration::from_hours(4),
    SignedDuration::from_hours(18),
];

/// Kinds that come only when they are asked for by name.
const NOT_BY_DEFAULT: [&str; 3] = ["chat_member", "message_reaction", "message_reaction_count"];

impl Inner {
    /// Tells a bot of something, when it wants that kind.
    pub(super) fn tell(self: &Arc<Self>, state: &mut State, bot: &str, chat: i64, kind: &str, content: Value) {
        let Some(known) = state.bots.get_mut(bot) else { return };
        let allowed = known.webhook.as_ref().and_then(|webhook| webhook.allowed.as_ref());
        let wanted = allowed.map_or(!NOT_BY_DEFAULT.contains(&kind), |allowed| allowed.iter().any(|name| name == kind));
        if !wanted {
            return;
        }
        known.next_update += 1;
        let update = json!({"update_id": known.next_update, kind: content});
        if known.webhook.is_none() {
            known.keep(update);
            self.updated.notify_waiters();
            return;
        }
        self.post(state, bot, Some(chat), kind, &update);
    }

    /// Updates that were kept for fetching go to a webhook that has just been set.
    pub(super) fn tell_kept(self: &Arc<Self>, state: &mut State, bot: &str) {
        let Some(known) = state.bots.get_mut(bot).filter(|bot| bot.webhook.is_some()) else { return };
        for update in std::mem::take(&mut known.updates) {
            let kind = update.as_object().and_then(|update| update.keys().find(|key| *key != "update_id")).cloned().unwrap_or_default();
            self.post(state, bot, None, &kind, &update);
        }
    }

    fn post(self: &Arc<Self>, state: &mut State, bot: &str, chat: Option<i64>, kind: &str, update: &Value) {
        let envelope = Envelope {
            account: bot.to_owned(),
            person: chat.map(|chat| chat.to_string()),
            event: kind.to_owned(),
            body: Bytes::from(update.to_string()),
        };
        self.world.post(&mut state.faults, Arc::clone(self) as Arc<dyn Postman>, envelope);
    }
}

impl Postman for Inner {
    fn vendor(&self) -> Vendor {
        Vendor::Telegram
    }

    fn address(&self, account: &str) -> Option<String> {
        Some(self.state().bots.get(account)?.webhook.as_ref()?.url.clone())
    }

    fn headers(&self, envelope: &Envelope, _attempt: usize) -> Vec<(&'static str, String)> {
        let state = self.state();
        let webhook = state.bots.get(&envelope.account).and_then(|bot| bot.webhook.as_ref());
        let secret = webhook.map(|webhook| webhook.secret_token.clone()).filter(|secret| !secret.is_empty());
        secret.map(|secret| ("x-telegram-bot-api-secret-token", secret)).into_iter().collect()
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }

    fn accepts(&self, status: u16) -> bool {
        (200..300).contains(&status)
    }

    fn wait(&self, _envelope: &Envelope, attempts: usize) -> Option<SignedDuration> {
        WAITS.get(attempts.checked_sub(1)?).copied()
    }

    fn heard(&self, envelope: &Envelope, accepted: bool, _gave_up: bool, now: Timestamp) -> bool {
        if !accepted && let Some(bot) = self.state().bots.get_mut(&envelope.account) {
            bot.last_error = Some((now.as_second(), "Wrong response from the webhook".into()));
        }
        false
    }
}
