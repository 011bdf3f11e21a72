//! A webhook is genuine when it carries the secret that was given to `setWebhook`; the body itself is not signed.

use subtle::ConstantTimeEq;

use crate::event::{Headers, Signature};

/// Compares `X-Telegram-Bot-Api-Secret-Token` with the secret, in constant time.
pub fn verify(headers: &Headers, secret: Option<&str>) -> Signature {
    // With an empty secret everybody would be genuine.
    let Some(secret) = secret.filter(|secret| !secret.is_empty()) else { return Signature::NotChecked };
    let given = headers.get("x-telegram-bot-api-secret-token").unwrap_or_default();
    if bool::from(given.as_bytes().ct_eq(secret.as_bytes())) { Signature::Valid } else { Signature::Invalid }
}
