//! Where an account is called and with what right.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Base addresses without a slash at the end. Tests and demonstrations put a simulator there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bases {
    /// Messages, uploads and questions.
    pub openapi: String,
    /// Tokens.
    pub oauth: String,
    /// Template messages to telephone numbers.
    pub business: String,
}

impl Default for Bases {
    fn default() -> Self {
        Self {
            openapi: "https://openapi.zalo.me".into(),
            oauth: "https://oauth.zaloapp.com".into(),
            business: "https://business.openapi.zalo.me".into(),
        }
    }
}

/// An Official Account, the app that acts for it and its token of this day.
#[derive(Clone, Default)]
pub struct Access {
    pub bases: Bases,
    pub oa_id: String,
    pub app_id: String,
    /// The app's secret key, in its settings.
    pub app_secret: String,
    /// Good for 25 hours.
    pub access_token: String,
    /// Send `appsecret_proof` with every call: the app is set to demand it (error -242 without).
    pub prove: bool,
    /// Public address of the picture above a request for contact details, which Zalo shows with it.
    pub contact_image: Option<String>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "zalo::Access({} by app {} at {:?})", self.oa_id, self.app_id, self.bases)
    }
}

impl Access {
    /// Proves that the caller holds the app's secret, not only a token: hex HMAC-SHA256 of the token under that secret.
    pub fn appsecret_proof(&self) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.app_secret.as_bytes()).expect("HMAC takes a key of any length");
        mac.update(self.access_token.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }
}
