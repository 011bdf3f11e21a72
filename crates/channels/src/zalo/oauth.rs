//! Tokens: OAuth v4 with PKCE.
//!
//! The code challenge is saved in Zalo's console beside the callback address and a link with another one is refused
//! (-14003), so an app keeps one verifier as a secret of its settings. A refresh token works once: of several nodes only one
//! may refresh, and the new pair is stored before it is used.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::{Access, call};
use crate::Error;
use crate::answer;
use crate::http::Client;
use crate::json::Object;

/// Seconds that a token lives, also when Zalo does not say so: 25 hours. Nothing longer is believed.
const LIFETIME: u64 = 90_000;

/// One pair of tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    pub access: String,
    /// Good for three months, once.
    pub refresh: String,
    /// How long the access token lives from now.
    pub expires_in: Duration,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "zalo::Tokens(for {} s)", self.expires_in.as_secs())
    }
}

/// A code verifier of 43 characters A-Z, a-z, 0-9, from 32 random octets (which are just that many digits to base 62).
pub fn verifier(random: [u8; 32]) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut number = random;
    let mut digit = || {
        let mut rest = 0;
        for octet in &mut number {
            let part = rest * 256 + u32::from(*octet);
            // Below 256, because what came before left a rest below 62.
            *octet = (part / 62) as u8;
            rest = part % 62;
        }
        char::from(DIGITS[rest as usize])
    };
    (0..43).map(|_| digit()).collect()
}

/// The code challenge that is saved in the console (RFC 7636, S256).
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// Where the administrator of the account gives the app its permission. `state` comes back with the code.
///
/// # Errors
/// [`Error::Misconfigured`] when the base address is none.
pub fn permission_link(access: &Access, redirect: &str, challenge: &str, state: &str) -> Result<String, Error> {
    let mut link = call::address(&access.bases.oauth, "/v4/oa/permission")?;
    link.query_pairs_mut()
        .append_pair("app_id", &access.app_id)
        .append_pair("redirect_uri", redirect)
        .append_pair("code_challenge", challenge)
        .append_pair("state", state);
    Ok(link.into())
}

/// Changes the code of a callback, good for ten minutes, into tokens.
///
/// # Errors
/// [`Error::Misconfigured`] when Zalo refuses: a person has to give the permission again.
pub async fn exchange(client: &Client, access: &Access, code: &str, verifier: &str) -> Result<Tokens, Error> {
    let form = [("code", code), ("app_id", &access.app_id), ("grant_type", "authorization_code"), ("code_verifier", verifier)];
    ask(client, access, &form).await
}

/// Changes a refresh token into a new pair.
///
/// # Errors
/// [`Error::Misconfigured`] when Zalo refuses: a person has to give the permission again. After [`Error::Lost`] the old
/// refresh token may be spent and the new one unknown: one more try tells which.
pub async fn refresh(client: &Client, access: &Access, refresh_token: &str) -> Result<Tokens, Error> {
    let form = [("refresh_token", refresh_token), ("app_id", &access.app_id), ("grant_type", "refresh_token")];
    ask(client, access, &form).await
}

async fn ask(client: &Client, access: &Access, form: &[(&str, &str)]) -> Result<Tokens, Error> {
    let address = call::address(&access.bases.oauth, "/v4/oa/access_token")?;
    let answer = answer::of(client.post(address).header("secret_key", &access.app_secret).form(form)).await?;
    if answer.status.as_u16() == 429 || answer.status.is_server_error() {
        return Err(answer.refusal());
    }
    let said = Object::read(&answer.body).map_err(|_| answer.refusal())?;
    if let (Some(access), Some(refresh)) = (said.text("access_token"), said.text("refresh_token")) {
        let seconds = said.integer("expires_in").and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(LIFETIME);
        return Ok(Tokens { access, refresh, expires_in: Duration::from_secs(seconds.min(LIFETIME)) });
    }
    let code = said.integer("error").unwrap_or_default();
    let sentence = ["error_description", "error_reason", "error_name", "message"].iter().find_map(|name| said.text(name));
    let reason = format!("{code} {}", answer::said(sentence)).trim_end().to_owned();
    match code {
        -32 => Err(Error::Throttled { after: answer.after, reason }),
        _ => Err(Error::Misconfigured(reason)),
    }
}
