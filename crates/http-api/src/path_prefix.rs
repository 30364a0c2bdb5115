//! The path that the interface is published under.

use std::{net::IpAddr, str::FromStr};

use actix_web::{HttpMessage, HttpRequest, dev::ServiceRequest};
use thiserror::Error;

use crate::Api;

/// The header with the path prefix that a proxy has removed.
const FORWARDED: &str = "X-Forwarded-Prefix";

/// A path before all paths of the interface, as `/synod`: where a proxy publishes the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPrefix(String);

/// A text that is no path prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "a path prefix begins with `/`, as \"/synod\", and has up to 256 letters, digits, `/`, `.`, `_`, `~` and `-`"
)]
pub struct InvalidPrefix;

impl PathPrefix {
    /// The prefix as it is written before a path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PathPrefix {
    type Err = InvalidPrefix;

    /// Takes a final `/` away.
    fn from_str(text: &str) -> Result<Self, InvalidPrefix> {
        let text = text.trim_end_matches('/');
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._~-".contains(c);
        let is_path = text.split('/').skip(1).all(|part| !["", ".", ".."].contains(&part));
        let is_prefix = text.is_empty() || text.starts_with('/') && is_path;
        if is_prefix && text.len() <= 256 && text.chars().all(is_plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidPrefix)
        }
    }
}

/// Addresses of proxies, as `10.0.0.0/8`, or `192.0.2.7` for a single one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    /// Bits that all of its addresses have in common.
    common: u32,
}

/// A text that names no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a network is an address, as \"10.0.0.1\", or a range of them, as \"10.0.0.0/8\"")]
pub struct InvalidNetwork;

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let (address, common) = text.split_once('/').unzip();
        let address: IpAddr = address.unwrap_or(text).parse().map_err(|_| InvalidNetwork)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let common = match common {
            Some(common) => common.parse().map_err(|_| InvalidNetwork)?,
            None => most,
        };
        if common > most { Err(InvalidNetwork) } else { Ok(Self { address, common }) }
    }
}

impl Network {
    /// Whether an address belongs to it.
    pub(crate) fn holds(&self, address: IpAddr) -> bool {
        let differ = match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                (ours.to_bits() ^ theirs.to_bits()).leading_zeros()
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                (ours.to_bits() ^ theirs.to_bits()).leading_zeros()
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
        };
        differ >= self.common
    }
}

/// Where the interface is, seen by the sender of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Published {
    /// The prefix that a proxy has removed from the path.
    before: String,
    /// The scope of the program that mounts the interface.
    scope: String,
}

impl Published {
    /// Notes it with the request, before a route is found.
    pub(crate) fn note(api: &Api, request: &ServiceRequest) {
        let path = request.match_info();
        let scope = &path.as_str()[..path.as_str().len() - path.unprocessed().len()];
        let settings = api.settings();
        let forwarded = forwarded(request, &settings.proxies);
        let prefix = forwarded.as_ref().or(settings.prefix.as_ref()).map(PathPrefix::as_str);
        // If a proxy removes nothing, the prefix is that of the scope.
        let before = prefix.filter(|prefix| !scope.starts_with(*prefix)).unwrap_or_default();
        let published = Self { before: before.to_owned(), scope: scope.to_owned() };
        if published != Self::default() {
            request.extensions_mut().insert(published);
        }
    }

    /// As it was noted.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        request.extensions().get::<Self>().cloned().unwrap_or_default()
    }

    /// A path of the interface as the sender must ask for it.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("{}{}{path}", self.before, self.scope)
    }

    /// A path as it was asked for, as the sender must ask for it.
    pub(crate) fn asked(&self, path: &str) -> String {
        format!("{}{path}", self.before)
    }
}

/// The path of a request within the interface, before a route is found.
pub(crate) fn path_within(request: &ServiceRequest) -> &str {
    request.match_info().unprocessed()
}

fn forwarded(request: &ServiceRequest, proxies: &[Network]) -> Option<PathPrefix> {
    let peer = request.peer_addr()?.ip();
    if !proxies.iter().any(|proxy| proxy.holds(peer)) {
        return None;
    }
    let mut said = request.headers().get_all(FORWARDED);
    match (said.next(), said.next()) {
        (Some(prefix), None) => prefix.to_str().ok()?.trim().parse().ok(),
        (None, _) | (Some(_), Some(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_a_plain_path() {
        for (text, prefix) in [("/synod", "/synod"), ("/a/b-c.d/", "/a/b-c.d"), ("/", ""), ("", "")]
        {
            assert_eq!(text.parse().map(|p: PathPrefix| p.0), Ok(prefix.to_owned()), "{text}");
        }
        let long = format!("/{}", "x".repeat(256));
        for text in [
            "synod",
            "//evil.example",
            "/a//b",
            "/a/../b",
            "/.",
            "/a\r\nX: y",
            "/a b",
            "/<b>",
            "/é",
            "https://evil.example",
            "/a?b",
            &long,
        ] {
            assert_eq!(text.parse::<PathPrefix>(), Err(InvalidPrefix), "{text}");
        }
    }

    #[test]
    fn a_network_holds_its_addresses() {
        let holds = |network: &str, address: &str| {
            network.parse::<Network>().unwrap().holds(address.parse().unwrap())
        };
        for (network, address) in [
            ("10.0.0.0/8", "10.255.0.1"),
            ("10.0.0.0/8", "::ffff:10.0.0.1"),
            ("192.0.2.7", "192.0.2.7"),
            ("0.0.0.0/0", "203.0.113.9"),
            ("fd00::/8", "fd12::1"),
            ("::1", "::1"),
        ] {
            assert!(holds(network, address), "{network} {address}");
        }
        for (network, address) in
            [("10.0.0.0/8", "11.0.0.1"), ("192.0.2.7", "192.0.2.6"), ("0.0.0.0/0", "::1")]
        {
            assert!(!holds(network, address), "{network} {address}");
        }
        for text in ["", "localhost", "10.0.0.0/33", "10.0.0.0/x", "::/129", "10.0.0.0/-1"] {
            assert_eq!(text.parse::<Network>(), Err(InvalidNetwork), "{text}");
        }
    }
}
