//! Fetches what somebody's message points to: at once, since the links end, and only from where a vendor may be.
//!
//! An address in a message is hostile: it must not lead into the house (SSRF). The name is resolved here, every address it
//! has must be public, and the connection goes to exactly the address that was looked at.

use std::net::{IpAddr, SocketAddr};

use reqwest::{Url, header};

use crate::Error;
use crate::http;

/// Redirects that are followed, each looked at anew.
const HOPS: usize = 3;

/// What was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The type the server declared: never trusted.
    pub content_type: String,
    pub bytes: Vec<u8>,
}

/// Fetches at most `limit` octets. `inside` names hosts (`127.0.0.1:9001`) that may be fetched though they are not public.
///
/// # Errors
/// [`Error::Rejected`] for an address that is not allowed, for what is too large, and for a link that has ended; else as any
/// call that may be repeated.
pub async fn fetch(address: &str, inside: &[String], limit: usize) -> Result<Fetched, Error> {
    follow(address, inside, None, limit).await
}

/// Fetches at most `limit` octets from the listed hosts and from no other, whatever the link or a redirect says. A host
/// with its port (`10.0.0.5:8088`) may be inside the house and unencrypted: a telephone exchange often is.
///
/// # Errors
/// As [`fetch`].
pub async fn fetch_only(address: &str, hosts: &[String], limit: usize) -> Result<Fetched, Error> {
    let inside: Vec<String> =
        hosts.iter().filter(|host| host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok())).cloned().collect();
    follow(address, &inside, Some(hosts), limit).await
}

async fn follow(address: &str, inside: &[String], only: Option<&[String]>, limit: usize) -> Result<Fetched, Error> {
    let mut url = Url::parse(address).map_err(|_| Error::Rejected("the link is no web address".into()))?;
    for _ in 0..=HOPS {
        if only.is_some_and(|hosts| !is_listed(&url, hosts)) {
            return Err(Error::Rejected("the link is not allowed: the host is not in the list".into()));
        }
        let (host, place) = allowed(&url, inside).await?;
        let client = http::client_to(&host, place)?;
        let mut response =
            client.get(url.clone()).send().await.map_err(|error| crate::answer::repeatable(http::failure(&error.without_url())))?;
        let status = response.status();
        if status.is_redirection() {
            let next = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
            let next = next.and_then(|next| url.join(next).ok());
            url = next.ok_or_else(|| Error::Rejected("the link leads nowhere".into()))?;
            continue;
        }
        match status.as_u16() {
            200..=299 => {}
            403 | 404 | 410 => return Err(Error::Rejected(format!("the link has ended (HTTP {status})"))),
            429 | 500..=599 => return Err(Error::Unreachable(format!("HTTP {status}"))),
            _ => return Err(Error::Rejected(format!("HTTP {status}"))),
        }
        if response.content_length().is_some_and(|length| length > limit as u64) {
            return Err(Error::Rejected("the file is too large".into()));
        }
        let content_type =
            response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| crate::answer::repeatable(http::failure(&error.without_url())))? {
            if bytes.len() + chunk.len() > limit {
                return Err(Error::Rejected("the file is too large".into()));
            }
            bytes.extend_from_slice(&chunk);
        }
        return Ok(Fetched { content_type, bytes });
    }
    Err(Error::Rejected("the link leads on and on".into()))
}

fn is_listed(url: &Url, hosts: &[String]) -> bool {
    let Some(host) = url.host_str() else { return false };
    let with_port = url.port_or_known_default().map(|port| format!("{host}:{port}"));
    hosts.iter().any(|known| known.eq_ignore_ascii_case(host) || with_port.as_ref().is_some_and(|host| known.eq_ignore_ascii_case(host)))
}

/// Host and the one address to connect to.
async fn allowed(url: &Url, inside: &[String]) -> Result<(String, SocketAddr), Error> {
    let refused = |why: &str| Error::Rejected(format!("the link is not allowed: {why}"));
    let host = url.host_str().ok_or_else(|| refused("no host"))?.to_owned();
    let port = url.port_or_known_default().ok_or_else(|| refused("no port"))?;
    let own = inside.iter().any(|known| *known == format!("{host}:{port}") || *known == host);
    match url.scheme() {
        "https" => {}
        "http" if own => {}
        _ => return Err(refused("not https")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("a name and a password"));
    }
    if !own && !matches!(port, 443 | 8443) {
        return Err(refused("an unusual port"));
    }
    let bare = host.trim_matches(['[', ']']);
    let found: Vec<SocketAddr> =
        tokio::net::lookup_host((bare, port)).await.map_err(|_| Error::Unreachable("the host has no address".into()))?.collect();
    let first = *found.first().ok_or_else(|| Error::Unreachable("the host has no address".into()))?;
    if !own && !found.iter().all(|place| is_public(place.ip())) {
        return Err(refused("not a public address"));
    }
    Ok((host, first))
}

/// Whether an address is one of the open internet (IANA special-purpose registries, RFC 6890).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            !(ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_multicast()
                || ip.is_broadcast()
                || ip.is_documentation()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (b == 18 || b == 19)))
        }
        IpAddr::V6(ip) => {
            if let Some(inner) = ip.to_ipv4_mapped() {
                return is_public(IpAddr::V4(inner));
            }
            let [first, second, ..] = ip.segments();
            // Only global unicast (2000::/3), less what embeds or stands for other networks.
            first & 0xe000 == 0x2000 && first != 0x2002 && !(first == 0x2001 && (second < 0x200 || second == 0xdb8))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{fetch, fetch_only, is_public};

    #[tokio::test]
    async fn a_list_of_hosts_is_kept_to() {
        let hosts = ["pbx.example".to_owned(), "127.0.0.1:1".to_owned()];
        for link in ["https://other.example/a", "http://127.0.0.1:2/a", "https://pbx.example.evil.example/", "https://127.0.0.1/"] {
            let refused = fetch_only(link, &hosts, 10).await.unwrap_err();
            assert!(matches!(&refused, crate::Error::Rejected(why) if why.contains("list")), "{link}: {refused}");
        }
        assert!(matches!(fetch_only("http://pbx.example/", &hosts, 10).await, Err(crate::Error::Rejected(_))), "not https");
    }

    #[test]
    fn only_the_open_internet_is_public() {
        for ip in ["8.8.8.8", "203.162.4.191", "2405:4800::1", "2a03:2880::1"] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "2002:7f00:1::",
            "2001:db8::1",
            "64:ff9b::7f00:1",
        ] {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[tokio::test]
    async fn links_into_the_house_are_refused() {
        for link in [
            "http://127.0.0.1/x",
            "https://127.0.0.1/x",
            "https://localhost/x",
            "https://[::1]/x",
            "https://169.254.169.254/latest",
            "file:///etc/passwd",
            "https://a:b@8.8.8.8/",
            "https://8.8.8.8:25/",
            "gopher://8.8.8.8/",
            "http://8.8.8.8/",
            "https://0x7f000001/",
            "https://2130706433/",
            "javascript:1",
        ] {
            let refused = fetch(link, &[], 10).await.unwrap_err();
            assert!(matches!(refused, crate::Error::Rejected(_)), "{link}: {refused}");
        }
    }
}
