//! The one HTTP client, with which webhooks are posted.

use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConfig, RootCertStore};

/// A client for plain HTTP on loopback: no certificate is trusted, no redirect followed, no proxy asked.
///
/// # Errors
/// The machine cannot make sockets or TLS settings; a sentence for the log.
pub(crate) fn client() -> Result<reqwest::Client, String> {
    let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    #[expect(clippy::disallowed_methods, reason = "the one place where the client is made")]
    let builder = reqwest::Client::builder();
    builder
        .tls_backend_preconfigured(tls)
        .connect_timeout(Duration::from_secs(2))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .map_err(|error| error.to_string())
}

/// Why a call brought no answer, without its address.
pub(crate) fn failure(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".into();
    }
    let mut source: &dyn std::error::Error = error;
    while let Some(deeper) = source.source() {
        source = deeper;
    }
    source.to_string()
}
