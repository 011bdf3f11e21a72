//! Who may call: page tokens, app tokens, `appsecret_proof`, the day's allowance.

use hmac::{Hmac, KeyInit, Mac};
use jiff::SignedDuration;
use sha2::Sha256;

use super::Inner;
use super::call::Call;
use super::error::GraphError;
use super::state::State;
use crate::clock::later;
use crate::fault::Fault;

/// Calls allowed in 24 hours for each engaged person. [Meta: "Messenger Platform rate limits", 2026-03-23]
const CALLS_PER_ENGAGED: u64 = 200;

/// Whom a token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Caller {
    Page(String),
    App(String),
}

impl Inner {
    /// Who calls, counted against the day's allowance.
    pub(super) fn caller(&self, state: &mut State, call: &Call) -> Result<Caller, GraphError> {
        let token = call.token().ok_or_else(|| GraphError::token(None))?;
        let app = state.apps.values().find(|app| token == format!("{}|{}", app.config.id, app.config.secret));
        if let Some(app) = app {
            return Ok(Caller::App(app.config.id.clone()));
        }
        let now = self.world.now();
        let page = state.pages.values_mut().find(|page| page.config.token == token || page.token.as_ref() == Some(&token));
        let page = page.ok_or_else(|| GraphError::token(None))?;
        if call.strike == Some(Fault::TokenExpired) {
            page.token = None;
        }
        if page.token.as_ref() != Some(&token) {
            return Err(GraphError::token(Some(460)));
        }
        let app = state.apps.get(&page.config.app).ok_or_else(|| GraphError::token(None))?;
        if let Some(proof) = call.text("appsecret_proof")
            && proof != appsecret_proof(&app.config.secret, &token)
        {
            return Err(GraphError::bad_proof());
        }
        if page.day.0 <= later(now, SignedDuration::from_hours(-24)) {
            page.day = (now, 0);
        }
        page.day.1 += 1;
        if page.day.1 > CALLS_PER_ENGAGED.saturating_mul(page.config.engaged_users) {
            return Err(GraphError::day_used_up());
        }
        Ok(Caller::Page(page.config.id.clone()))
    }

    /// The page of a token, which must be the page named in the path.
    pub(super) fn page(&self, state: &mut State, call: &Call, node: &str) -> Result<String, GraphError> {
        match self.caller(state, call)? {
            Caller::Page(page) if node == "me" || node == page => Ok(page),
            Caller::Page(_) if state.pages.contains_key(node) => Err(GraphError::permission()),
            Caller::Page(_) => Err(GraphError::no_such_object(node)),
            Caller::App(_) => Err(GraphError::permission()),
        }
    }

    /// `X-App-Usage` and `X-Business-Use-Case-Usage`: shares of the day's allowance in percent.
    pub(super) fn usage(&self, page: &str) -> Option<(String, String)> {
        let state = self.state();
        let page = state.pages.get(page)?;
        let allowed = CALLS_PER_ENGAGED.saturating_mul(page.config.engaged_users).max(1);
        let percent = (page.day.1.saturating_mul(100) / allowed).min(100);
        let app = format!(r#"{{"call_count":{percent},"total_time":{percent},"total_cputime":{percent}}}"#);
        let case = format!(
            r#"{{"{}":[{{"type":"messenger","call_count":{percent},"total_cputime":{percent},"total_time":{percent},"estimated_time_to_regain_access":0}}]}}"#,
            page.config.id
        );
        Some((app, case))
    }
}

/// Hex HMAC-SHA256 of the token under the app secret.
pub(super) fn appsecret_proof(secret: &str, token: &str) -> String {
    hex::encode(mac(secret, token.as_bytes()))
}

/// HMAC-SHA256 under the app secret.
pub(super) fn mac(secret: &str, message: &[u8]) -> [u8; 32] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        // HMAC takes a key of any length (RFC 2104 §2).
        return [0; 32];
    };
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// facebook.md §3.
    #[test]
    fn the_worked_proof() {
        let proof = appsecret_proof("fb-demo-app-secret", "EAADEMOPAGETOKEN");
        assert_eq!(proof, "e548b6d33ee98e79a70e631093521964a234c40582daf447be29aa38c48d9364");
    }
}
