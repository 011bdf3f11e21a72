//! Receipts and people's messages: GET, everything in the query, at most five times.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use md5::{Digest, Md5};

use super::handle::ShortCode;
use super::status::Outcome;
use super::{Esms, Inner, State};
use crate::clock::in_viet_nam;
use crate::delivery::{Envelope, Postman};
use crate::fault::{CallKind, Fault};
use crate::form::encode;
use crate::ledger::Sent;
use crate::refusal::Refusal;
use crate::text::segments;
use crate::vendor::Vendor;

/// eSMS names no figure.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between its five attempts.
const WAIT: SignedDuration = SignedDuration::from_mins(1);
const ATTEMPTS: usize = 5;

/// Lower-case hex MD5 of cpid, smsid, content, receiverTime and the private key, one after the other.
fn sign(code: &ShortCode, sms_id: &str, content: &str, time: &str) -> String {
    let mut hash = Md5::new();
    for part in [&code.cpid, sms_id, content, time, &code.private_key] {
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

impl Esms {
    /// A person (`84…`) writes to a short code; the smsid.
    ///
    /// # Errors
    /// No account has the short code.
    pub fn write(&self, from: &str, to: &str, text: &str) -> Result<String, Refusal> {
        let inner = &self.0;
        let now = inner.world.now();
        let mut state = inner.state();
        let found = state.accounts.values().find_map(|account| {
            let code = account.short_codes.iter().find(|code| code.number == to)?;
            Some((account.api_key.clone(), code.clone()))
        });
        let (api_key, code) = found.ok_or_else(|| Refusal::new(format!("no account takes messages to {to}")))?;
        state.next_message += 1;
        let sms_id = format!("S{:06}", state.next_message);
        let time = in_viet_nam(now).strftime("%Y%m%d%H%M%S").to_string();
        let keyword = text.split_whitespace().next().unwrap_or_default().to_uppercase();
        let sign = sign(&code, &sms_id, text, &time);
        let pairs = [
            ("sender", from),
            ("content", text),
            ("serviceNumber", to),
            ("keyword", &keyword),
            ("sign", &sign),
            ("cpid", &code.cpid),
            ("smsid", &sms_id),
            ("receiverTime", &time),
        ];
        let url = with_query(&code.webhook, &encode(pairs.into_iter()));
        let envelope = Envelope { account: api_key, person: Some(from.to_owned()), event: "receive_mo".into(), body: url.into() };
        inner.world.post(&mut state.faults, Arc::clone(inner) as Arc<dyn Postman>, envelope);
        inner.world.handsets.say(from, to, text, now);
        inner.world.journal.touch();
        Ok(sms_id)
    }
}

fn with_query(address: &str, query: &str) -> String {
    format!("{address}{}{query}", if address.contains('?') { '&' } else { '?' })
}

impl Inner {
    /// Posts a receipt when it is due, twice if a fault says so.
    pub(super) fn post_receipt(self: &Arc<Self>, state: &mut State, api_key: &str, callback: &str, outcome: &Outcome, due: Timestamp) {
        let query = outcome.query();
        let url = with_query(callback, &encode(query.iter().map(|(name, value)| (*name, value.as_str()))));
        let envelope =
            Envelope { account: api_key.to_owned(), person: Some(outcome.phone.clone()), event: "callback".into(), body: Bytes::from(url) };
        let twice = state.faults.strike(CallKind::Webhook, self.world.now()) == Some(Fault::Duplicate);
        for _ in 0..=u8::from(twice) {
            self.world.deliveries.post_at(Arc::clone(self) as Arc<dyn Postman>, envelope.clone(), due);
        }
    }
}

impl Postman for Inner {
    fn vendor(&self) -> Vendor {
        Vendor::Esms
    }

    /// Every envelope carries its own.
    fn address(&self, _account: &str) -> Option<String> {
        Some(String::new())
    }

    fn request(&self, client: &reqwest::Client, _address: &str, envelope: &Envelope) -> reqwest::RequestBuilder {
        client.get(String::from_utf8_lossy(&envelope.body).into_owned())
    }

    fn headers(&self, _envelope: &Envelope, _attempt: usize) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }

    fn wait(&self, _envelope: &Envelope, attempts: usize) -> Option<SignedDuration> {
        (attempts < ATTEMPTS).then_some(WAIT)
    }

    fn heard(&self, _envelope: &Envelope, _accepted: bool, _gave_up: bool, _now: Timestamp) -> bool {
        false
    }

    /// The XML in the answer to a message carries the answer to the person.
    fn answer(&self, envelope: &Envelope, body: &[u8]) {
        let Some(person) = envelope.person.as_ref().filter(|_| envelope.event == "receive_mo") else { return };
        let Some(text) = element(&String::from_utf8_lossy(body), "Message").filter(|text| !text.trim().is_empty()) else { return };
        let now = self.world.now();
        let mut state = self.state();
        let price = state.accounts.get(&envelope.account).map_or(0, |account| account.price);
        let url = String::from_utf8_lossy(&envelope.body);
        let code = url.split(['?', '&']).find_map(|pair| pair.strip_prefix("serviceNumber=")).unwrap_or_default().to_owned();
        state.ledger.note(Sent {
            number: 0,
            at: now,
            account: code.clone(),
            to: person.clone(),
            kind: "answer".into(),
            text: text.clone(),
            message_id: String::new(),
            answered: true,
            message: serde_json::Value::Null,
        });
        self.world.handsets.hear(person, &code, &text, segments(&text), price, now);
        self.world.journal.touch();
    }
}

/// The text of the first element of this name, its five named characters read.
fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let mut text = text.to_owned();
    for (written, meant) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")] {
        text = text.replace(written, meant);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// sms.md §7.
    #[test]
    fn the_worked_sign() {
        let code = ShortCode { number: "8088".into(), webhook: String::new(), cpid: "CP01".into(), private_key: "17priv".into() };
        assert_eq!(sign(&code, "S000123", "HOTRO giay phep", "20260923080910"), "c019a393e09ac8ac7fe39744e2e37d99");
    }

    #[test]
    fn an_answer_is_read_out_of_its_xml() {
        let xml = "<ClientResponse><Message>a &lt;b&gt; &amp;lt;</Message><Smsid>1</Smsid></ClientResponse>";
        assert_eq!(element(xml, "Message").as_deref(), Some("a <b> &lt;"));
        assert_eq!(element("<Message>", "Message"), None);
    }
}
