//! The way to an SMSC: TCP, with TLS from the first octet or, inside private networks, without.

use std::net::{IpAddr, SocketAddr};

use crate::Error;
use crate::email::tls::{Link, Security, Server, open, protect};

pub(super) async fn connect(server: &Server) -> Result<Link, Error> {
    if server.security == Security::StartTls {
        return Err(Error::Misconfigured("SMPP has TLS from the first octet or none".into()));
    }
    let found: Vec<SocketAddr> =
        tokio::net::lookup_host((server.host.as_str(), server.port)).await.map(Iterator::collect).unwrap_or_default();
    if found.is_empty() {
        return Err(Error::Unreachable(format!("no address for {}", server.host)));
    }
    // Password and messages of citizens go over it.
    if server.security == Security::Plain && !found.iter().all(|address| private(address.ip())) {
        return Err(Error::Misconfigured("unprotected links are allowed inside private networks (VPN) only".into()));
    }
    let stream = open(&found).await?;
    match server.security {
        Security::Plain => Ok(Box::new(stream)),
        _ => Ok(protect(server, stream).await?),
    }
}

/// This machine, RFC 1918, RFC 6598 (carriers' own), RFC 4193.
fn private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [first, second, ..] = ip.octets();
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || (first == 100 && second & 0xC0 == 64)
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::private;

    #[test]
    fn what_is_private() {
        for inside in ["127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.0.9", "100.64.0.1", "::1", "fd00::1", "::ffff:10.0.0.1"] {
            assert!(private(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["203.0.113.9", "172.32.0.1", "100.128.0.1", "2001:db8::1", "::ffff:203.0.113.9"] {
            assert!(!private(outside.parse().unwrap()), "{outside}");
        }
    }
}
