//! The signature of a webhook: `X-ZEvent-Signature: mac=<hex>`, where mac is the plain SHA-256 of app id, raw body,
//! timestamp and secret key, one after the other.
//!
//! Sources and working integrations disagree on three of the four parts, so each known way is tried, and which one matched
//! is told, so that it can be pinned for the account.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::event::{Headers, Signature};
use crate::json::{self, Object};

/// What an account is verified with.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Keys {
    pub app_id: Option<String>,
    pub oa_id: Option<String>,
    /// "OA secret key" of the app's webhook page.
    pub oa_secret: Option<String>,
    /// The app's own secret key, which some sources sign with.
    pub app_secret: Option<String>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "zalo::Keys(app {:?}, account {:?})", self.app_id, self.oa_id)
    }
}

impl Keys {
    fn secret(&self, key: Key) -> Option<&str> {
        let secret = match key {
            Key::OaSecret => &self.oa_secret,
            Key::AppSecret => &self.app_secret,
        };
        // Under an empty secret anybody could sign.
        secret.as_deref().filter(|secret| !secret.is_empty())
    }
}

/// One way of signing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    pub first: First,
    pub time: Time,
    pub key: Key,
}

/// The first part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum First {
    AppId,
    OaId,
}

/// Where the timestamp is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Time {
    /// `X-ZEvent-Timestamp`, whose value can differ from the body's.
    Header,
    Body,
    /// Both say the same, so this delivery does not tell.
    Either,
}

/// The last part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    OaSecret,
    AppSecret,
}

impl Variant {
    /// Whether what was signed in this way may be believed when `pinned` is how the account's vendor signs.
    fn agrees(self, pinned: Variant) -> bool {
        let time = self.time == pinned.time || self.time == Time::Either || pinned.time == Time::Either;
        self.first == pinned.first && self.key == pinned.key && time
    }

    /// Whether this delivery told more of how the vendor signs than was known.
    pub fn sharpens(self, pinned: Option<Variant>) -> bool {
        pinned.is_none_or(|pinned| pinned.time == Time::Either && self.time != Time::Either)
    }
}

/// The variant under which the body is signed; `None` when it is signed under none of them, or under another one than the
/// pinned one.
pub fn verify(headers: &Headers, keys: &Keys, body: &[u8], pinned: Option<Variant>) -> Option<Variant> {
    let mac = mac(headers.get("x-zevent-signature")?)?;
    let text = json::lossy(body);
    // A body that is no JSON may still be signed, with what the header and the settings say.
    let envelope = Object::read(&text).unwrap_or_default();
    let header = headers.get("x-zevent-timestamp").map(|value| value.trim().to_owned());
    let times = match (header, envelope.text("timestamp")) {
        (Some(header), Some(body)) if header == body => vec![(Time::Either, header)],
        (header, body) => [(Time::Header, header), (Time::Body, body)].into_iter().filter_map(|(time, at)| Some((time, at?))).collect(),
    };
    for (first, start) in starts(&envelope, keys) {
        if pinned.is_some_and(|pinned| pinned.first != first) {
            continue;
        }
        // The long part is hashed once for all that may follow it.
        let hashed = Sha256::new_with_prefix(start.as_bytes()).chain_update(body);
        for (time, value) in &times {
            if !digits(value) {
                continue;
            }
            for key in [Key::OaSecret, Key::AppSecret] {
                let variant = Variant { first, time: *time, key };
                if pinned.is_some_and(|pinned| !variant.agrees(pinned)) {
                    continue;
                }
                let Some(secret) = keys.secret(key) else { continue };
                let expected = hashed.clone().chain_update(value).chain_update(secret).finalize();
                if bool::from(expected.as_slice().ct_eq(&mac)) {
                    return Some(variant);
                }
            }
        }
    }
    None
}

/// The finding as every channel tells it.
pub fn signature(headers: &Headers, keys: &Keys, body: &[u8]) -> Signature {
    if keys.secret(Key::OaSecret).or(keys.secret(Key::AppSecret)).is_none() {
        return Signature::NotChecked;
    }
    if verify(headers, keys, body, None).is_some() { Signature::Valid } else { Signature::Invalid }
}

/// What may stand first. Where the settings name no id the body's own serve: they are no secret, and being digits they cannot
/// take over a part of the body that was signed.
fn starts(envelope: &Object<'_>, keys: &Keys) -> Vec<(First, String)> {
    let set = |id: &Option<String>| id.clone().filter(|id| !id.is_empty());
    let named = |ids: &[Option<String>]| -> Vec<String> { ids.iter().flatten().filter(|id| digits(id)).cloned().collect() };
    let apps = set(&keys.app_id).map_or_else(|| named(&[envelope.id("app_id")]), |id| vec![id]);
    let of_body = || named(&[envelope.id("oa_id"), envelope.object("recipient").id("id"), envelope.object("sender").id("id")]);
    let accounts = set(&keys.oa_id).map_or_else(of_body, |id| vec![id]);
    let apps = apps.into_iter().map(|id| (First::AppId, id));
    apps.chain(accounts.into_iter().map(|id| (First::OaId, id))).collect()
}

/// `mac=<hex>`, also seen as `mac = <hex>`, `sha256=<hex>` and the bare hex.
fn mac(value: &str) -> Option<[u8; 32]> {
    let (name, hex) = value.split_once('=').unwrap_or(("mac", value));
    if !matches!(name.trim().to_ascii_lowercase().as_str(), "mac" | "sha256") {
        return None;
    }
    let mut mac = [0; 32];
    hex::decode_to_slice(hex.trim(), &mut mac).ok()?;
    Some(mac)
}

fn digits(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}
