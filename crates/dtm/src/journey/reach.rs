//! Which addresses this server asks on somebody's behalf: to bring a project over, to tell another system what happened.
//!
//! Only public ones, unless whoever runs the server allows the local network; a name that leads home is found out when it is
//! looked up, an address given as a number when it is read.

use anyhow::{Result, bail};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, ClientBuilder, Url};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Whether this machine's own network may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Only public addresses.
    Public,
    /// Any address, for a server that stands in the same office.
    Anywhere,
}

impl Reach {
    /// The reach of who may, or may not, ask the local network.
    pub(crate) fn of(local_network: bool) -> Self {
        if local_network { Reach::Anywhere } else { Reach::Public }
    }

    /// Refuses an address that is a number of our own network; such a one does not pass the resolver.
    pub(crate) fn allows(self, url: &Url) -> Result<()> {
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        if self == Reach::Public && host.parse::<IpAddr>().is_ok_and(|address| !is_public(address)) {
            bail!("`{host}` is not a public address");
        }
        Ok(())
    }

    /// Whether what is sent may go without TLS: within the local network only.
    pub(crate) fn allows_clear(self) -> bool {
        self == Reach::Anywhere
    }

    /// A client that reaches no further. Where it may be sent on is for the caller to say.
    pub(crate) fn client(self) -> ClientBuilder {
        let client = Client::builder()
            .user_agent(concat!("dtm/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(20))
            // A proxy would look names up for us, where we cannot see what they lead to.
            .no_proxy();
        match self {
            Reach::Public => client.dns_resolver(Arc::new(PublicOnly)),
            Reach::Anywhere => client,
        }
    }
}

/// Leaves out what is not public, so that a name cannot lead to our own machines, now or later.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err("the name leads to no public address".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let special = (a == 192 && b == 0 && c == 0) || (a == 198 && (18..20).contains(&b));
            !(v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || v4.is_multicast()
                || v4.is_documentation()
                || a == 0
                || a >= 240
                || shared
                || special)
        }
        IpAddr::V6(v6) => match inside(v6) {
            Some(v4) => is_public(IpAddr::V4(v4)),
            None => {
                let [first, second, ..] = v6.segments();
                // Site-local addresses (fec0::/10) are no longer given, and still routed here and there.
                let old_or_example = first & 0xffc0 == 0xfec0 || (first == 0x2001 && second == 0xdb8);
                !(v6.is_loopback()
                    || v6.is_unspecified()
                    || v6.is_multicast()
                    || v6.is_unique_local()
                    || v6.is_unicast_link_local()
                    || old_or_example)
            }
        },
    }
}

/// The IPv4 address that an IPv6 address stands for: mapped, compatible, NAT64 (64:ff9b::/96), 6to4 (2002::/16).
fn inside(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = address.segments();
    let [.., c, d] = segments;
    let last = || Ipv4Addr::from((u32::from(c) << 16) | u32::from(d));
    match segments {
        [0x2002, a, b, ..] => Some(Ipv4Addr::from((u32::from(a) << 16) | u32::from(b))),
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => Some(last()),
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0 | 0xffff, ..] => Some(last()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_network_is_not_asked_unless_allowed() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.9",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "::10.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "fec0::1",
            "2001:db8::1",
            "192.0.0.8",
            "198.18.0.1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["9.9.9.9", "2620:fe::fe", "2002:909:909::"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for (address, reach, allowed) in [
            ("https://127.0.0.1/x", Reach::Public, false),
            ("https://[::1]:8080", Reach::Public, false),
            ("https://9.9.9.9", Reach::Public, true),
            ("http://127.0.0.1:8080", Reach::Anywhere, true),
        ] {
            assert_eq!(reach.allows(&Url::parse(address).unwrap()).is_ok(), allowed, "{address}");
        }
    }
}
