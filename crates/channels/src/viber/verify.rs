//! The signature of every callback.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::event::{Headers, Signature};

/// Checks `X-Viber-Content-Signature`: hex HMAC-SHA256 of the octets as they came, under the bot's token as text.
pub fn signature(headers: &Headers, auth_token: Option<&str>, body: &[u8]) -> Signature {
    let Some(token) = auth_token.filter(|token| !token.is_empty()) else { return Signature::NotChecked };
    let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    let right = hex::encode(mac.finalize().into_bytes());
    let signed = headers.get("x-viber-content-signature").unwrap_or_default();
    if bool::from(signed.as_bytes().ct_eq(right.as_bytes())) { Signature::Valid } else { Signature::Invalid }
}
