//! Facebook's webhooks: how they are written, signed, tried again; and the handshake.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::access::mac;
use super::state::{Gathered, State};
use super::{Facebook, Inner};
use crate::delivery::{Envelope, Postman};
use crate::http;
use crate::refusal::Refusal;
use crate::vendor::Vendor;

/// Current guides give 5 s. [facebook.md §4]
const PATIENCE: Duration = Duration::from_secs(5);

/// Waits after failed attempts: ever longer, about 1 h in all for Messenger fields, 36 h for Page fields.
const WAITS: [SignedDuration; 9] = [
    SignedDuration::from_secs(15),
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(15),
    SignedDuration::from_mins(40),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(5),
    SignedDuration::from_hours(10),
    SignedDuration::from_hours(18),
];
const MESSENGER_WAITS: usize = 5;

/// When every webhook of a page has failed for so long, the app is unsubscribed from it.
const UNSUBSCRIBED_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// JSON in which every character beyond ASCII is a `\uXXXX` escape with lower-case hex, as Meta writes and signs it.
pub(super) fn escaped(value: &Value) -> String {
    let plain = value.to_string();
    let mut escaped = String::with_capacity(plain.len());
    for char in plain.chars() {
        if char.is_ascii() {
            escaped.push(char);
        } else {
            for unit in char.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    escaped
}

/// `sha256=` and the hex HMAC-SHA256 of the body.
pub(super) fn signature(secret: &str, body: &[u8]) -> String {
    format!("sha256={}", hex::encode(mac(secret, body)))
}

impl Inner {
    /// Tells the app of a page about something in a conversation, when the page is subscribed to that field.
    pub(super) fn tell(self: &Arc<Self>, state: &mut State, page: &str, psid: &str, field: &str, item: Value) {
        let entry = json!({"id": page, "time": self.world.now().as_millisecond(), "messaging": [item]});
        self.post(state, page, Some(psid), field, field, entry);
    }

    /// Tells the app of a page about something in public.
    pub(super) fn tell_change(self: &Arc<Self>, state: &mut State, page: &str, person: Option<&str>, field: &str, value: Value) {
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
        let event = format!("{field} {} {}", text("item"), text("verb"));
        let entry = json!({
            "id": page,
            "time": self.world.now().as_second(),
            "changes": [{"field": field, "value": value}],
        });
        self.post(state, page, person, field, &event, entry);
    }

    fn post(self: &Arc<Self>, state: &mut State, page: &str, person: Option<&str>, field: &str, event: &str, entry: Value) {
        let Some(subscribed) = state.pages.get(page).map(|page| page.fields.contains(field)) else { return };
        if !subscribed || self.address_in(state, page).is_none() {
            return;
        }
        let item = Gathered { page: page.to_owned(), person: person.map(str::to_owned), event: event.to_owned(), entry };
        match &mut state.gathered {
            Some(gathered) => gathered.push(item),
            None => self.post_together(state, vec![item]),
        }
    }

    /// One POST for all of them; it goes where webhooks of the first one's page go.
    pub(super) fn post_together(self: &Arc<Self>, state: &mut State, items: Vec<Gathered>) {
        let Some(first) = items.first() else { return };
        let (account, person, event) = (first.page.clone(), first.person.clone(), first.event.clone());
        let entries: Vec<_> = items.into_iter().map(|item| item.entry).collect();
        let body = Bytes::from(escaped(&json!({"object": "page", "entry": entries})));
        let envelope = Envelope { account, person, event, body };
        self.world.post(&mut state.faults, Arc::clone(self) as Arc<dyn Postman>, envelope);
    }

    fn address_in(&self, state: &State, page: &str) -> Option<String> {
        let page = state.pages.get(page)?;
        state.apps.get(&page.config.app)?.webhook.clone()
    }
}

impl Postman for Inner {
    fn vendor(&self) -> Vendor {
        Vendor::Facebook
    }

    fn address(&self, account: &str) -> Option<String> {
        self.address_in(&self.state(), account)
    }

    fn headers(&self, envelope: &Envelope, _attempt: usize) -> Vec<(&'static str, String)> {
        let state = self.state();
        let app = state.pages.get(&envelope.account).and_then(|page| state.apps.get(&page.config.app));
        let secret = app.map_or("", |app| &app.config.secret);
        vec![("x-hub-signature-256", signature(secret, &envelope.body)), ("user-agent", "facebookexternalua".into())]
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }

    fn wait(&self, envelope: &Envelope, attempts: usize) -> Option<SignedDuration> {
        let of_page = envelope.event.starts_with("feed") || envelope.event.starts_with("mention");
        let waits = if of_page { &WAITS[..] } else { &WAITS[..MESSENGER_WAITS] };
        waits.get(attempts.checked_sub(1)?).copied()
    }

    fn heard(&self, envelope: &Envelope, accepted: bool, _gave_up: bool, now: Timestamp) -> bool {
        let mut state = self.state();
        let Some(page) = state.pages.get_mut(&envelope.account) else { return false };
        if accepted {
            page.failing_since = None;
            return false;
        }
        let since = *page.failing_since.get_or_insert(now);
        let unsubscribed = now.duration_since(since) >= UNSUBSCRIBED_AFTER && !page.fields.is_empty();
        if unsubscribed {
            page.fields.clear();
        }
        unsubscribed
    }
}

impl Facebook {
    /// Sets where an app's webhooks go, after the handshake of Meta's page "Webhooks, Get Started": a GET with
    /// `hub.mode`, `hub.verify_token` and `hub.challenge` must be answered 200 with the challenge as the bare body.
    ///
    /// # Errors
    /// No such app, or the handshake failed; then the old address stays.
    pub async fn connect_webhook(&self, app: &str, url: &str, verify_token: &str) -> Result<(), Refusal> {
        if !self.0.state().apps.contains_key(app) {
            return Err(Refusal::new(format!("no app {app}")));
        }
        let challenge = self.0.random.digits(10);
        let mut address = reqwest::Url::parse(url).map_err(|error| Refusal::new(format!("not an address: {error}")))?;
        address
            .query_pairs_mut()
            .append_pair("hub.mode", "subscribe")
            .append_pair("hub.verify_token", verify_token)
            .append_pair("hub.challenge", &challenge);
        let answer = self.0.world.deliveries.client().get(address).timeout(PATIENCE).send().await;
        let answer = answer.map_err(|error| Refusal::new(format!("no answer: {}", http::failure(&error))))?;
        let status = answer.status();
        let body = answer.bytes().await.unwrap_or_default();
        if status != 200 || body != challenge.as_bytes() {
            return Err(Refusal::new(format!("the handshake was answered {status} without the challenge")));
        }
        if let Some(app) = self.0.state().apps.get_mut(app) {
            app.webhook = Some(url.to_owned());
            app.verify_token = verify_token.to_owned();
        }
        Ok(())
    }

    /// From now on events are gathered, to be posted together.
    pub fn gather(&self) {
        self.0.state().gathered.get_or_insert_default();
    }

    /// Posts what was gathered as one body with many entries.
    pub fn post_gathered(&self) {
        let mut state = self.0.state();
        let gathered = state.gathered.take().unwrap_or_default();
        self.0.post_together(&mut state, gathered);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// facebook.md §3.
    #[test]
    fn the_worked_signature() {
        let body = r#"{"object":"page","entry":[{"id":"102030405060708","time":1790000000123,"messaging":[{"sender":{"id":"7000000000000001"},"recipient":{"id":"102030405060708"},"timestamp":1790000000000,"message":{"mid":"m_demo01","text":"Xin ch\u00e0o"}}]}]}"#;
        assert_eq!(body.len(), 239);
        let expected = "sha256=812982f1e7348afa5a2c9e3e8a6e69fa25f899cc9b6565548fa0fc73a5ae58e4";
        assert_eq!(signature("fb-demo-app-secret", body.as_bytes()), expected);
    }

    #[test]
    fn everything_beyond_ascii_is_escaped() {
        assert_eq!(escaped(&json!({"text": "Xin chào 😢 \"a\""})), r#"{"text":"Xin ch\u00e0o \ud83d\ude22 \"a\""}"#);
    }
}
