//! How call events are posted: unsigned, once, in the order they happened for each call.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::events::{Event, Told};
use super::shapes::{Post, shape};
use super::{Inner, State};
use crate::delivery::{Envelope, Postman};
use crate::vendor::Vendor;

/// Exchanges wait a few seconds.
const PATIENCE: Duration = Duration::from_secs(5);

impl Inner {
    /// Tells our side what happened to a call, in its hotline's shape.
    pub(super) fn tell(self: &Arc<Self>, state: &mut State, id: &str, event: &Event) {
        let State { calls, hotlines, faults, .. } = state;
        let Some(call) = calls.get(id) else { return };
        let Some(hotline) = hotlines.get(&call.hotline) else { return };
        let recording = call.recording.as_ref().map(|name| format!("{}/pbx/recordings/{name}", self.world.origin));
        let told = Told { event, call, hotline, now_ms: self.world.now().as_millisecond(), recording };
        if hotline.webhook.is_none() {
            return;
        }
        for post in shape(&told) {
            let body = match post {
                // No body begins with a slash.
                Post::Get(path) => format!("/{path}"),
                Post::Body(body) => body,
            };
            let envelope = Envelope {
                account: call.hotline.clone(),
                person: Some(call.person.clone()),
                event: event.name().to_owned(),
                body: Bytes::from(body),
            };
            self.world.post(faults, Arc::clone(self) as Arc<dyn Postman>, envelope);
        }
        self.world.journal.touch();
    }
}

impl Postman for Inner {
    fn vendor(&self) -> Vendor {
        Vendor::Pbx
    }

    fn address(&self, account: &str) -> Option<String> {
        self.state().hotlines.get(account)?.webhook.clone()
    }

    fn request(&self, client: &reqwest::Client, address: &str, envelope: &Envelope) -> reqwest::RequestBuilder {
        let body = String::from_utf8_lossy(&envelope.body);
        if body.starts_with('/') {
            return client.get(format!("{}{body}", address.trim_end_matches('/')));
        }
        let kind = if body.starts_with('{') { "application/json" } else { "application/x-www-form-urlencoded" };
        client.post(address).header("content-type", kind).body(envelope.body.clone())
    }

    fn headers(&self, _envelope: &Envelope, _attempt: usize) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }

    fn accepts(&self, status: u16) -> bool {
        (200..300).contains(&status)
    }

    /// Most do not try again. [hotline.md §3]
    fn wait(&self, _envelope: &Envelope, _attempts: usize) -> Option<SignedDuration> {
        None
    }

    fn heard(&self, _envelope: &Envelope, _accepted: bool, _gave_up: bool, _now: Timestamp) -> bool {
        false
    }

    /// Zammad's reply to a new call may refuse it: `{"action":"reject"}`.
    fn answer(&self, envelope: &Envelope, body: &[u8]) {
        let Ok(reply) = serde_json::from_slice::<Value>(body) else { return };
        let Ok(told) = serde_json::from_slice::<Value>(&envelope.body) else { return };
        if told["event"] == "newCall" && reply["action"] == "reject" {
            let id = told["callId"].as_str().unwrap_or_default();
            self.state().reject(id, self.world.now());
            self.world.journal.touch();
        }
    }
}
