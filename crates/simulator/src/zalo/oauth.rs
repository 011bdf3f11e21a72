//! OAuth v4 with PKCE: codes and refresh tokens turned into token pairs. [zalo.md §1]

use std::fmt;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, Query, State as Shared};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::state::{Access, Code, Refresh, State};
use super::{Inner, Zalo};
use crate::clock::later;
use crate::fault::Fault;
use crate::journal::What;
use crate::refusal::Refusal;
use crate::strike::Strike;
use crate::vendor::Vendor;

const CODE_LIVES: SignedDuration = SignedDuration::from_mins(10);
const ACCESS_LIVES: SignedDuration = SignedDuration::from_hours(25);
const REFRESH_LIVES: SignedDuration = SignedDuration::from_hours(90 * 24);
/// The 25 hours again, as Zalo writes them.
const EXPIRES_IN: &str = "90000";

/// A pair of tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    /// Lives 25 hours.
    pub access: String,
    /// Lives 3 months, works once.
    pub refresh: String,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens")
    }
}

/// A refused token call. Only -14003 and -14014 are confirmed; the other numbers are of the same family and (recalled).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OauthError(pub i32, pub &'static str);

impl OauthError {
    pub const BAD_APP: Self = Self(-14_002, "Invalid app id");
    pub const BAD_REDIRECT: Self = Self(-14_003, "Invalid redirect uri");
    const BAD_SECRET: Self = Self(-14_004, "Invalid secret key");
    const BAD_GRANT: Self = Self(-14_006, "Invalid grant type");
    const BAD_CODE: Self = Self(-14_010, "Invalid authorization code");
    const BAD_REFRESH: Self = Self(-14_014, "Invalid refresh token.");
    const BAD_VERIFIER: Self = Self(-14_015, "Invalid code verifier");

    pub fn body(self) -> Value {
        json!({
            "error": self.0, "error_name": self.1, "error_reason": self.1, "error_description": self.1,
            "ref_doc": "https://developers.zalo.me/docs/official-account",
        })
    }
}

/// Why no tokens are given.
enum Refused {
    With(OauthError),
    /// Some have seen an empty body for a refresh token that was used before.
    Silently,
}

impl From<OauthError> for Refused {
    fn from(error: OauthError) -> Self {
        Self::With(error)
    }
}

pub(super) async fn access_token(
    Shared(zalo): Shared<Zalo>,
    headers: HeaderMap,
    strike: Option<Extension<Strike>>,
    body: Bytes,
) -> Response {
    let strike = strike.map(|Extension(strike)| strike.0);
    let form = form(&body);
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default();
    let secret = headers.get("secret_key").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let result = {
        let mut state = zalo.0.state();
        let inner = &zalo.0;
        check_app(&state, field("app_id"), secret).and_then(|()| match field("grant_type") {
            "authorization_code" => inner.by_code(&mut state, field("app_id"), field("code"), field("code_verifier")),
            "refresh_token" => {
                if strike == Some(Fault::TokenExpired) {
                    state.refresh.remove(field("refresh_token"));
                }
                inner.by_refresh(&mut state, field("app_id"), field("refresh_token"))
            }
            _ => Err(OauthError::BAD_GRANT.into()),
        })
    };
    let answer = match &result {
        _ if strike == Some(Fault::LostReply) => "lost".to_owned(),
        Ok(_) => "0".to_owned(),
        Err(Refused::With(error)) => error.0.to_string(),
        Err(Refused::Silently) => "(trống)".to_owned(),
    };
    let what = What::Call { call: format!("POST /v4/oa/access_token {}", field("grant_type")), answer, text: String::new() };
    zalo.0.world.journal.note(zalo.0.world.now(), Vendor::Zalo, "", None, what);
    match result {
        Ok(tokens) => {
            Json(json!({"access_token": tokens.access, "refresh_token": tokens.refresh, "expires_in": EXPIRES_IN})).into_response()
        }
        Err(Refused::With(error)) => Json(error.body()).into_response(),
        Err(Refused::Silently) => ().into_response(),
    }
}

fn form(body: &[u8]) -> Vec<(String, String)> {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let pairs = format!("/?{text}").parse().ok().and_then(|uri| Query::<Vec<(String, String)>>::try_from_uri(&uri).ok());
    pairs.map(|Query(pairs)| pairs).unwrap_or_default()
}

fn check_app(state: &State, app: &str, secret: &str) -> Result<(), Refused> {
    let app = state.apps.get(app).ok_or(OauthError::BAD_APP)?;
    if app.config.secret == secret { Ok(()) } else { Err(OauthError::BAD_SECRET.into()) }
}

/// Base64url without padding of SHA-256 of the verifier (RFC 7636 §4.2).
pub(super) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

impl Inner {
    /// A code for the callback, once the account's administrator has agreed.
    pub(super) fn new_code(&self, state: &mut State, account: &str, app: &str, challenge: &str) -> String {
        let now = self.world.now();
        state.forget_expired(now);
        let code = self.random.letters(64);
        let until = later(now, CODE_LIVES);
        state.codes.insert(code.clone(), Code { account: account.into(), app: app.into(), challenge: challenge.into(), until });
        code
    }

    fn by_code(&self, state: &mut State, app: &str, code: &str, verifier: &str) -> Result<Tokens, Refused> {
        let now = self.world.now();
        let known = state.codes.get(code).filter(|known| known.app == app && known.until > now).ok_or(OauthError::BAD_CODE)?;
        if known.challenge != challenge(verifier) {
            return Err(OauthError::BAD_VERIFIER.into());
        }
        let account = known.account.clone();
        state.codes.remove(code);
        Ok(self.new_tokens(state, &account, app))
    }

    fn by_refresh(&self, state: &mut State, app: &str, token: &str) -> Result<Tokens, Refused> {
        let now = self.world.now();
        let silent = state.apps.get(app).is_some_and(|app| app.config.silent_on_used_refresh);
        let known = state.refresh.get_mut(token).filter(|known| known.app == app && known.until > now);
        let known = known.ok_or(OauthError::BAD_REFRESH)?;
        if std::mem::replace(&mut known.used, true) {
            return Err(if silent { Refused::Silently } else { OauthError::BAD_REFRESH.into() });
        }
        let account = known.account.clone();
        Ok(self.new_tokens(state, &account, app))
    }

    fn new_tokens(&self, state: &mut State, account: &str, app: &str) -> Tokens {
        let now = self.world.now();
        state.forget_expired(now);
        let tokens = Tokens { access: self.random.letters(120), refresh: self.random.letters(160) };
        state.keep_tokens(account, app, &tokens, now);
        tokens
    }
}

impl State {
    fn keep_tokens(&mut self, account: &str, app: &str, tokens: &Tokens, now: jiff::Timestamp) {
        let access = Access { account: account.into(), until: later(now, ACCESS_LIVES) };
        self.access.insert(tokens.access.clone(), access);
        let refresh = Refresh { account: account.into(), app: app.into(), until: later(now, REFRESH_LIVES), used: false };
        self.refresh.insert(tokens.refresh.clone(), refresh);
    }
}

impl Zalo {
    /// A pair of tokens, as if the account's administrator had just agreed.
    ///
    /// # Errors
    /// No such account.
    pub fn authorise(&self, account: &str) -> Result<Tokens, Refusal> {
        let mut state = self.0.state();
        let app = app_of(&state, account)?;
        Ok(self.0.new_tokens(&mut state, account, &app))
    }

    /// The same with tokens of the caller's choice, for a demo in which both sides know them from the start.
    ///
    /// # Errors
    /// No such account.
    pub fn authorise_with(&self, account: &str, tokens: &Tokens) -> Result<(), Refusal> {
        let now = self.0.world.now();
        let mut state = self.0.state();
        let app = app_of(&state, account)?;
        state.keep_tokens(account, &app, tokens, now);
        Ok(())
    }

    /// Every access token of the account expires now; refresh tokens go on.
    pub fn expire_access(&self, account: &str) {
        let now = self.0.world.now();
        self.0.state().access.values_mut().filter(|access| access.account == account).for_each(|access| access.until = now);
    }

    /// Every refresh token of the account dies, as when its administrator withdraws the permission.
    pub fn revoke_refresh(&self, account: &str) {
        self.0.state().refresh.retain(|_, refresh| refresh.account != account);
    }
}

fn app_of(state: &State, account: &str) -> Result<String, Refusal> {
    let account = state.accounts.get(account).ok_or_else(|| Refusal::new(format!("no account {account}")))?;
    Ok(account.config.app.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// zalo.md §1.
    #[test]
    fn the_worked_challenge() {
        assert_eq!(challenge("Q2hVbmdNaW5oTGFEZW1vVmVyaWZpZXJDaG9aYWxvMTI"), "6KjDesu6wV9Q48rkdozADldWfeki5u5YmsIFXB858go");
    }
}
