//! Who knocks: the handshake with which Meta tests an address, and the signature of every delivery.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::event::{Headers, Signature};

/// Length of the header in octets: `sha256=` and 64 digits.
const LENGTH: usize = 71;

/// What the handshake (`GET` with `hub.mode`, `hub.verify_token`, `hub.challenge`) is answered with, as the bare body and
/// as plain text; `None` is 403.
pub fn challenge<'a>(mode: Option<&str>, token: Option<&str>, challenge: Option<&'a str>, verify_token: &str) -> Option<&'a str> {
    let known = bool::from(token?.as_bytes().ct_eq(verify_token.as_bytes())) && !verify_token.is_empty();
    challenge.filter(|_| known && mode == Some("subscribe"))
}

/// Checks `X-Hub-Signature-256`: hex HMAC-SHA256 of the octets as they came, under the app's secret.
pub fn signature(headers: &Headers, app_secret: Option<&str>, body: &[u8]) -> Signature {
    let Some(secret) = app_secret.filter(|secret| !secret.is_empty()) else { return Signature::NotChecked };
    let right = format!("sha256={}", hmac(secret, body));
    let signed = headers.get("x-hub-signature-256").unwrap_or_default();
    if signed.len() == LENGTH && bool::from(signed.as_bytes().ct_eq(right.as_bytes())) { Signature::Valid } else { Signature::Invalid }
}

/// Proves that a caller holds the app's secret and not only a token.
pub fn appsecret_proof(app_secret: &str, token: &str) -> String {
    hmac(app_secret, token.as_bytes())
}

fn hmac(secret: &str, message: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(message);
    hex::encode(mac.finalize().into_bytes())
}
