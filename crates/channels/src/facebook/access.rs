//! Which page is called, where, and with what right.

use reqwest::Url;

use super::verify::appsecret_proof;
use crate::{Error, http};

/// The Graph API, with the version that the shapes here are those of.
pub const GRAPH: &str = "https://graph.facebook.com/v25.0";

const PROOF: &str = "appsecret_proof";

/// One page and its token.
#[derive(Clone)]
pub struct Access {
    /// [`GRAPH`]; tests and demonstrations put a simulator there.
    pub base: String,
    pub page_id: String,
    /// A page token has no date of expiry; it dies with a password, a role or the app, and only a person can renew it.
    pub page_token: String,
    /// The app's secret: proves with every call that the caller holds more than the token.
    pub app_secret: Option<String>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "facebook::Access(page {} at {})", self.page_id, self.base)
    }
}

impl Access {
    /// Address of a node or an edge: `path` stands below the base, each part as one segment.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when the base is no web address or is not encrypted, [`Error::Rejected`] when a part cannot be
    /// an id: it may have come from outside.
    pub(super) fn address(&self, path: &[&str]) -> Result<Url, Error> {
        let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':' | b'$');
        let id = |part: &&str| !part.is_empty() && !part.starts_with('.') && part.bytes().all(letter);
        if !path.iter().all(id) {
            return Err(Error::Rejected("this is no id of Facebook".into()));
        }
        let mut address = http::base(&self.base)?;
        // A web address has a path.
        if let Ok(mut segments) = address.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        Ok(address)
    }

    /// The address of a next page that an answer names, without the secrets that Graph writes into it. `None` when it leads
    /// anywhere but below the base: an answer does not decide whom we give our token.
    pub(super) fn next(&self, address: &str) -> Option<Url> {
        let base = http::base(&self.base).ok()?;
        let mut next = Url::parse(address).ok()?;
        let rest = next.path().strip_prefix(base.path().trim_end_matches('/'))?;
        if next.origin() != base.origin() || !rest.starts_with('/') || !next.username().is_empty() || next.password().is_some() {
            return None;
        }
        let secret = |name: &str| name == "access_token" || name == PROOF;
        let kept: Vec<(String, String)> = next.query_pairs().filter(|(name, _)| !secret(name)).map(|(n, v)| (n.into(), v.into())).collect();
        next.query_pairs_mut().clear().extend_pairs(kept);
        next.set_fragment(None);
        Some(next)
    }

    /// Adds the proof to an address.
    pub(super) fn proven(&self, mut address: Url) -> Url {
        if let Some(secret) = &self.app_secret {
            address.query_pairs_mut().append_pair(PROOF, &appsecret_proof(secret, &self.page_token));
        }
        address
    }
}
