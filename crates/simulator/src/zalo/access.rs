//! Who may call the OpenAPI: token, proof, and how often.

use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Inner;
use super::error::ZaloError;
use super::state::State;
use crate::fault::Fault;

/// The rate headers of an answer: calls allowed in a minute, and those left in this one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    pub limit: u32,
    pub remain: u32,
}

impl Inner {
    /// The account a token speaks for; the header is `access_token`, never `Authorization`. Also how the app stands in
    /// this minute.
    pub(super) fn account(
        &self,
        state: &mut State,
        headers: &HeaderMap,
        strike: Option<Fault>,
    ) -> (Result<String, ZaloError>, Option<Rate>) {
        let now = self.world.now();
        let token = headers.get("access_token").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let Some(access) = state.access.get_mut(token) else { return (Err(ZaloError::BAD_TOKEN), None) };
        if strike == Some(Fault::TokenExpired) {
            access.until = now;
        }
        let (account, expired) = (access.account.clone(), access.until <= now);
        let app = state.accounts.get(&account).and_then(|account| state.apps.get_mut(&account.config.app));
        let Some(app) = app else { return (Err(ZaloError::BAD_TOKEN), None) };

        let minute = now.as_second().div_euclid(60);
        if app.minute.0 != minute {
            app.minute = (minute, 0);
        }
        app.minute.1 = app.minute.1.saturating_add(1);
        let limit = app.config.calls_per_minute;
        let rate = Some(Rate { limit, remain: limit.saturating_sub(app.minute.1) });
        if app.minute.1 > limit {
            return (Err(ZaloError::TOO_MANY), rate);
        }
        if expired {
            return (Err(ZaloError::EXPIRED_TOKEN), rate);
        }
        if let Some(proof) = headers.get("appsecret_proof")
            && proof.as_bytes() != appsecret_proof(&app.config.secret, token).as_bytes()
        {
            return (Err(ZaloError::BAD_PROOF), rate);
        }
        (Ok(account), rate)
    }
}

/// Hex HMAC-SHA256 of the access token under the app secret.
pub(super) fn appsecret_proof(secret: &str, token: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        // HMAC takes a key of any length (RFC 2104 §2).
        return String::new();
    };
    mac.update(token.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// zalo.md §1.
    #[test]
    fn the_worked_proof() {
        let proof = appsecret_proof("app-secret-demo", "zalo-demo-access-token");
        assert_eq!(proof, "bd7670ef00ef4fa23cfc0b7c4790acfed157df481726078851f949082297615b");
    }
}
