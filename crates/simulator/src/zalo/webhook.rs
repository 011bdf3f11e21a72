//! Zalo's webhooks: how they are written, signed, tried again. [zalo.md §3, §4]

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Inner;
use super::config::FirstTerm;
use super::state::State;
use crate::delivery::{Envelope, Postman};
use crate::vendor::Vendor;

/// 200 within 2 s for every event.
const PATIENCE: Duration = Duration::from_secs(2);

/// Sent again after these; then the app is switched off.
const WAITS: [SignedDuration; 5] = [
    SignedDuration::from_secs(30),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(15),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(1),
];

/// With the header form, the header's time differs from the body's.
const HEADER_LATER_MS: i64 = 3;

/// Lower-case hex SHA-256 (a plain hash, not an HMAC) of first term, body, timestamp and OA secret key.
pub(super) fn mac(first: &str, body: &[u8], timestamp: &str, secret: &str) -> String {
    let mut hash = Sha256::new();
    for term in [first.as_bytes(), body, timestamp.as_bytes(), secret.as_bytes()] {
        hash.update(term);
    }
    hex::encode(hash.finalize())
}

impl Inner {
    /// Tells the app of an account about an event with a sender and a recipient.
    pub(super) fn tell(self: &Arc<Self>, state: &mut State, account: &str, person: &str, event: &str, from_person: bool, message: Value) {
        let (sender, recipient) = if from_person { (person, account) } else { (account, person) };
        let mut body = json!({"sender": {"id": sender}, "recipient": {"id": recipient}});
        if !message.is_null() {
            body["message"] = message;
        }
        self.tell_event(state, account, Some(person), event, body);
    }

    /// Tells the app of an account about any event; what every event carries is added.
    pub(super) fn tell_event(self: &Arc<Self>, state: &mut State, account: &str, person: Option<&str>, event: &str, mut body: Value) {
        let Some((app, url)) = self.app_in(state, account) else { return };
        if url.is_none() || !body.is_object() {
            return;
        }
        body["app_id"] = app.into();
        body["event_name"] = event.into();
        if body.get("timestamp").is_none() {
            // Milliseconds, as text.
            body["timestamp"] = self.world.now().as_millisecond().to_string().into();
        }
        if let Some(person) = person.and_then(|person| state.people.get(person)) {
            body["user_id_by_app"] = person.by_app.clone().into();
        }
        let envelope = Envelope {
            account: account.to_owned(),
            person: person.map(str::to_owned),
            event: event.to_owned(),
            body: Bytes::from(body.to_string()),
        };
        self.world.post(&mut state.faults, Arc::clone(self) as Arc<dyn Postman>, envelope);
    }

    /// The app of an account, and where its webhooks go now.
    fn app_in(&self, state: &State, account: &str) -> Option<(String, Option<String>)> {
        let app = state.apps.get(&state.accounts.get(account)?.config.app)?;
        Some((app.config.id.clone(), app.config.webhook.clone().filter(|_| !app.disabled)))
    }
}

impl Postman for Inner {
    fn vendor(&self) -> Vendor {
        Vendor::Zalo
    }

    fn address(&self, account: &str) -> Option<String> {
        self.app_in(&self.state(), account)?.1
    }

    fn headers(&self, envelope: &Envelope, attempt: usize) -> Vec<(&'static str, String)> {
        let state = self.state();
        let Some(account) = state.accounts.get(&envelope.account) else { return Vec::new() };
        let Some(app) = state.apps.get(&account.config.app) else { return Vec::new() };
        let body: Value = serde_json::from_slice(&envelope.body).unwrap_or_default();
        let mut timestamp = body.get("timestamp").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut headers = Vec::new();
        if app.config.timestamp_header {
            timestamp = timestamp.parse::<i64>().unwrap_or_default().saturating_add(HEADER_LATER_MS).to_string();
            headers.push(("x-zevent-timestamp", timestamp.clone()));
        }
        let first = match app.config.first_term {
            FirstTerm::AppId => &app.config.id,
            FirstTerm::OaId => &account.config.id,
        };
        headers.push(("x-zevent-signature", format!("mac={}", mac(first, &envelope.body, &timestamp, &account.config.secret_key))));
        if attempt > 1 {
            headers.push(("num_retry", (attempt - 1).to_string()));
        }
        headers
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }

    fn wait(&self, _envelope: &Envelope, attempts: usize) -> Option<SignedDuration> {
        WAITS.get(attempts.checked_sub(1)?).copied()
    }

    fn heard(&self, envelope: &Envelope, _accepted: bool, gave_up: bool, _now: Timestamp) -> bool {
        let mut state = self.state();
        let state = &mut *state;
        let app = state.accounts.get(&envelope.account).and_then(|account| state.apps.get_mut(&account.config.app));
        match app {
            Some(app) if gave_up && !app.disabled => {
                app.disabled = true;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// zalo.md §3.
    #[test]
    fn the_worked_macs() {
        let body = r#"{"app_id":"1234567890123456789","user_id_by_app":"555000111222333444","event_name":"user_send_text","timestamp":"1790000000000","sender":{"id":"4000000000000000001"},"recipient":{"id":"3000000000000000002"},"message":{"text":"Xin chào","msg_id":"a1b2c3d4e5f60718"}}"#;
        assert_eq!(body.len(), 266);
        let of = |first| mac(first, body.as_bytes(), "1790000000000", "OaSecretDemo");
        assert_eq!(of("1234567890123456789"), "5168599073bfdbcd2a5cd8012abc271a2e6112e90f48d55001de8a04049fdd89");
        assert_eq!(of("3000000000000000002"), "0981e5d4e6cd2d74d1b3d29de44cdef12bdd9f8ed238c22d1836c021af2dede2");
    }
}
