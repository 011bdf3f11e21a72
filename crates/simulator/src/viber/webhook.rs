//! Viber's webhooks: how they are signed and tried again, and the welcome message that may answer one. [viber.md §3, §4]

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::Sha256;

use super::Inner;
use super::state::State;
use crate::delivery::{Envelope, Postman};
use crate::vendor::Vendor;

/// How long our side may take; Viber names no figure.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Viber repeats for about an hour.
const WAITS: [SignedDuration; 5] = [
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(4),
    SignedDuration::from_mins(10),
    SignedDuration::from_mins(15),
    SignedDuration::from_mins(30),
];

/// Lower-case hex HMAC-SHA256 of the body, keyed with the token as text.
pub(super) fn signature(token: &str, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(token.as_bytes()) else {
        // HMAC takes a key of any length (RFC 2104 §2).
        return String::new();
    };
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

impl Inner {
    /// A token of a message or event: above 2^53, a number in JSON.
    pub(super) fn new_message_token(&self) -> u64 {
        5_000_000_000_000_000_000 + self.random.next() % 900_000_000_000_000_000
    }

    /// Tells a bot of an event, when it wants that kind; what every event carries is added. Messages always come.
    pub(super) fn tell(self: &Arc<Self>, state: &mut State, bot: &str, person: &str, event: &str, token: u64, mut body: Value) {
        let Some(known) = state.bots.get(bot) else { return };
        let wanted = event == "message" || known.events.is_empty() || known.events.contains(event);
        if known.webhook.is_none() || !wanted {
            return;
        }
        body["event"] = event.into();
        body["timestamp"] = self.world.now().as_millisecond().into();
        body["message_token"] = token.into();
        let envelope = Envelope {
            account: bot.to_owned(),
            person: Some(person.to_owned()),
            event: event.to_owned(),
            body: Bytes::from(body.to_string()),
        };
        self.world.post(&mut state.faults, Arc::clone(self) as Arc<dyn Postman>, envelope);
    }

    /// The callback that `set_webhook` makes, which must be answered 200.
    pub(super) fn callback(&self) -> Vec<u8> {
        let now = self.world.now().as_millisecond();
        json!({"event": "webhook", "timestamp": now, "message_token": self.new_message_token()}).to_string().into_bytes()
    }
}

impl Postman for Inner {
    fn vendor(&self) -> Vendor {
        Vendor::Viber
    }

    fn address(&self, account: &str) -> Option<String> {
        self.state().bots.get(account)?.webhook.clone()
    }

    fn headers(&self, envelope: &Envelope, _attempt: usize) -> Vec<(&'static str, String)> {
        let state = self.state();
        let token = state.bots.get(&envelope.account).and_then(|bot| bot.token.as_deref()).unwrap_or_default();
        vec![("x-viber-content-signature", signature(token, &envelope.body))]
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }

    fn wait(&self, _envelope: &Envelope, attempts: usize) -> Option<SignedDuration> {
        WAITS.get(attempts.checked_sub(1)?).copied()
    }

    fn heard(&self, _envelope: &Envelope, _accepted: bool, _gave_up: bool, _now: Timestamp) -> bool {
        false
    }

    /// A message in the answer to `conversation_started` welcomes the person; exactly one may be sent this way.
    fn answer(&self, envelope: &Envelope, body: &[u8]) {
        if envelope.event != "conversation_started" {
            return;
        }
        let Ok(message @ Value::Object(_)) = serde_json::from_slice::<Value>(body) else { return };
        let Some(person) = &envelope.person else { return };
        let mut state = self.state();
        let open = state.person(&envelope.account, person).is_some_and(|person| std::mem::take(&mut person.welcome_open));
        if open && super::outgoing::check(&message).is_ok() {
            let token = self.new_message_token();
            self.note_sent(&mut state, &envelope.account, person, &message, token, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// viber.md §3.
    #[test]
    fn the_worked_signature() {
        let body = r#"{"event":"message","timestamp":1790000000000,"message_token":5000000000000000001,"sender":{"id":"01234567890A=","name":"Nguyễn Văn A","language":"vi","country":"VN","api_version":10},"message":{"type":"text","text":"Xin chào"}}"#;
        let expected = "f402b0dcc62247e005eb8fa6e0fa31f9ba3935881b3ce08d77e61f2c1a78d71c";
        assert_eq!(signature("44aaaa0000000001-0123456789abcdef-0123456789abcdef", body.as_bytes()), expected);
    }
}
