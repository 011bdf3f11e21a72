//! What a simulator is started with.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use crate::clock::Now;

/// Settings of a simulator. Everything that is chance or time comes from here.
#[derive(Clone)]
pub struct Options {
    /// Where to listen; port 0 takes a free one. It is meant for loopback: there is no log-in.
    pub bind: SocketAddr,
    /// Where the SMSC listens.
    pub smsc: SocketAddr,
    /// The same seed gives the same ids, tokens and faults.
    pub seed: u64,
    /// What time it is, for windows, quotas, tokens and retries.
    pub clock: Now,
    /// Retries of webhooks come so many times sooner than the vendors': 1 is as they do, 1,000 makes 30 s 30 ms.
    pub retry_speed: u32,
    /// How long our side may take to answer a webhook; `None` is the vendor's own limit (Facebook 5 s, Zalo 2 s).
    pub webhook_patience: Option<Duration>,
    /// How long a call that meets [`crate::Fault::Hang`] is left hanging.
    pub hang: Duration,
    /// The version in front of every Graph path.
    pub graph_prefix: String,
    /// Where the officers' side is, for a link on the phone page.
    pub office: Option<String>,
    /// So many sends per vendor are kept in full; all are counted.
    pub keep_sends: usize,
}

impl Options {
    /// The vendors' own speed, Graph API v25.0; the SMSC on a free port beside them.
    pub fn new(bind: SocketAddr, seed: u64, clock: Now) -> Self {
        Self {
            bind,
            smsc: SocketAddr::new(bind.ip(), 0),
            seed,
            clock,
            retry_speed: 1,
            webhook_patience: None,
            hang: Duration::from_secs(120),
            graph_prefix: "/v25.0".into(),
            office: None,
            keep_sends: 2_000,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("bind", &self.bind).field("seed", &self.seed).finish_non_exhaustive()
    }
}
