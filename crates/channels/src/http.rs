//! The one HTTP client with which vendors are called: no redirects, no proxy from the environment, patience with an end.

use std::time::Duration;

pub use reqwest::Client;

use crate::Error;

/// How long a vendor may take to answer one call.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A client for calls to vendors. Certificates are always checked; only the addresses of settings decide whether a link is
/// encrypted at all.
///
/// # Errors
/// [`Error::Misconfigured`] when no trust store can be loaded.
pub fn client() -> Result<Client, Error> {
    make(builder())
}

/// A client that connects to one address for a host, whatever its name leads to by now.
pub(crate) fn client_to(host: &str, place: std::net::SocketAddr) -> Result<Client, Error> {
    make(builder().resolve(host, place))
}

fn builder() -> reqwest::ClientBuilder {
    #[expect(clippy::disallowed_methods, reason = "the one place where a client is made")]
    Client::builder()
}

fn make(builder: reqwest::ClientBuilder) -> Result<Client, Error> {
    builder
        .connect_timeout(Duration::from_secs(10))
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent("DoiThoai")
        .build()
        .map_err(|error| Error::Misconfigured(error.to_string()))
}

/// A vendor's base address as settings have it: encrypted, unless it is on this machine.
///
/// # Errors
/// [`Error::Misconfigured`] for anything else.
pub(crate) fn base(address: &str) -> Result<reqwest::Url, Error> {
    let no_base = || Error::Misconfigured("the base address is no web address".into());
    let address = reqwest::Url::parse(address).map_err(|_| no_base())?;
    let host = address.host_str().ok_or_else(no_base)?;
    let here = host == "localhost" || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match address.scheme() {
        "https" => Ok(address),
        "http" if here => Ok(address),
        "http" => Err(Error::Misconfigured("unprotected links are allowed to this machine only".into())),
        _ => Err(no_base()),
    }
}

/// Whether an address may be a base address of settings.
pub fn is_base(address: &str) -> bool {
    base(address).is_ok()
}

/// What a call that brought no answer means: before anything was sent it may be tried again; after, its outcome is unknown.
pub fn failure(error: &reqwest::Error) -> Error {
    // The address may carry a token: only the kind of failure is told.
    if error.is_connect() || error.is_builder() {
        Error::Unreachable(format!("no connection ({})", cause(error)))
    } else {
        Error::Lost(format!("no answer ({})", cause(error)))
    }
}

fn cause(error: &reqwest::Error) -> String {
    let mut source: &dyn std::error::Error = error;
    while let Some(deeper) = source.source() {
        source = deeper;
    }
    if error.is_timeout() { "timed out".into() } else { source.to_string() }
}
