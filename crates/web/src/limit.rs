//! How often one sender may knock. Counted per node and in memory: it keeps floods out; what must
//! hold over nodes and restarts (lock-outs, caps per day) is counted in the database.

use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use crate::error::Error;

/// The proxies in front of us. Only they are believed about who is behind them.
#[derive(Clone, Debug, Default)]
pub struct Proxies(pub Vec<IpAddr>);

impl Proxies {
    /// Who sent the request: the peer, or, behind proxies of ours, the last address of
    /// `X-Forwarded-For` that is not one of them. What stands left of it anyone could have written.
    pub fn sender(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.0.contains(&peer) {
            return peer;
        }
        headers
            .get_all("x-forwarded-for")
            .iter()
            .rev()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.rsplit(','))
            .map_while(|part| part.trim().parse::<IpAddr>().ok())
            .map(|address| address.to_canonical())
            .find(|address| !self.0.contains(address))
            .unwrap_or(peer)
    }
}

/// The address a request came from, as far as it is known. Left by [`find_client`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Client(pub IpAddr);

impl Client {
    /// What limits count: one IPv4 address, or the /64 that one IPv6 customer has.
    pub fn network(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Client, Error> {
        parts.extensions.get().copied().ok_or_else(|| {
            tracing::error!("the layer find_client is missing");
            Error::Internal
        })
    }
}

/// Layer: leaves a [`Client`] in the request.
pub async fn find_client(State(proxies): State<Arc<Proxies>>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    let client = Client(proxies.sender(peer, request.headers()));
    request.extensions_mut().insert(client);
    next.run(request).await
}

/// So many at once, then so many a minute, for each key.
pub struct Limit<K: Hash + Eq + Clone, C: Clock = DefaultClock> {
    buckets: RateLimiter<K, DefaultKeyedStateStore<K>, C, NoOpMiddleware<C::Instant>>,
    clock: C,
    asked: AtomicU32,
}

impl<K: Hash + Eq + Clone> Limit<K> {
    pub fn new(per_minute: NonZeroU32, burst: NonZeroU32) -> Limit<K> {
        Limit::with_clock(per_minute, burst, DefaultClock::default())
    }
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> Limit<K, C> {
    /// Buckets that have filled up again are forgotten after this many questions, so that a
    /// flood from many addresses leaves no memory behind.
    const SWEEP: u32 = 4096;

    pub fn with_clock(per_minute: NonZeroU32, burst: NonZeroU32, clock: C) -> Limit<K, C> {
        let quota = Quota::per_minute(per_minute).allow_burst(burst);
        Limit { buckets: RateLimiter::dashmap_with_clock(quota, clock.clone()), clock, asked: AtomicU32::new(0) }
    }

    /// Counts one; over the limit, says how long to wait.
    pub fn check(&self, key: &K) -> Result<(), Error> {
        if self.asked.fetch_add(1, Ordering::Relaxed) % Self::SWEEP == Self::SWEEP - 1 {
            self.buckets.retain_recent();
            self.buckets.shrink_to_fit();
        }
        self.buckets.check_key(key).map_err(|until| Error::TooMany(until.wait_time_from(self.clock.now())))
    }

    /// How many keys are remembered.
    pub fn remembered(&self) -> usize {
        self.buckets.len()
    }
}

/// Layer: one limit for all requests of a client's network to the routes under it.
pub async fn by_network(State(limit): State<Arc<Limit<IpAddr>>>, client: Client, request: Request, next: Next) -> Response {
    match limit.check(&client.network()) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn forwarded(values: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("x-forwarded-for", value.parse().expect("a header"));
        }
        headers
    }

    #[test]
    fn only_our_proxies_are_believed() {
        let proxies = Proxies(vec![ip("10.0.0.1"), ip("10.0.0.2")]);
        let claim = forwarded(&["1.2.3.4, 203.0.113.9, 10.0.0.2"]);
        assert_eq!(proxies.sender(ip("198.51.100.7"), &claim), ip("198.51.100.7"));
        assert_eq!(proxies.sender(ip("10.0.0.1"), &claim), ip("203.0.113.9"));
        assert_eq!(proxies.sender(ip("::ffff:10.0.0.1"), &claim), ip("203.0.113.9"));
        let split = forwarded(&["1.2.3.4", "203.0.113.9"]);
        assert_eq!(proxies.sender(ip("10.0.0.1"), &split), ip("203.0.113.9"));
        assert_eq!(proxies.sender(ip("10.0.0.1"), &forwarded(&["rubbish"])), ip("10.0.0.1"));
        assert_eq!(Proxies::default().sender(ip("10.0.0.1"), &claim), ip("10.0.0.1"));
    }

    #[test]
    fn an_ipv6_customer_counts_as_one() {
        let network = |text| Client(ip(text)).network();
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("192.0.2.1"), ip("192.0.2.1"));
    }

    #[test]
    fn over_the_limit_one_is_told_how_long_to_wait() {
        let number = |n| NonZeroU32::new(n).expect("not zero");
        let clock = FakeRelativeClock::default();
        let limit = Limit::with_clock(number(6), number(2), clock.clone());
        assert_eq!(limit.check(&"a"), Ok(()));
        assert_eq!(limit.check(&"a"), Ok(()));
        assert_eq!(limit.check(&"a"), Err(Error::TooMany(Duration::from_secs(10))));
        assert_eq!(limit.check(&"b"), Ok(()));
        clock.advance(Duration::from_secs(10));
        assert_eq!(limit.check(&"a"), Ok(()));
    }

    #[test]
    fn a_flood_leaves_no_memory_behind() {
        let number = |n| NonZeroU32::new(n).expect("not zero");
        let clock = FakeRelativeClock::default();
        let limit = Limit::with_clock(number(60), number(1), clock.clone());
        for key in 0..10_000 {
            limit.check(&key).expect("first knock");
            clock.advance(Duration::from_millis(10));
        }
        assert!(limit.remembered() < 5_000, "{} remembered", limit.remembered());
    }
}
