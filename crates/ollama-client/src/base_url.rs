use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use url::{Host, Url};

use crate::BuildError;

/// Where a server is, in every form that `OLLAMA_HOST` may have.
///
/// | text | base URL |
/// |---|---|
/// | empty | `http://127.0.0.1:11434` |
/// | `example.com`, `1.2.3.4`, `::1` | port 11434 |
/// | `:8080`, `host:8080`, `[::1]:8080` | that port; no host is this machine |
/// | `http://host`, `https://host` | ports 80 and 443 |
/// | `ollama.com` | `https://ollama.com` |
/// | `http://gateway/ollama/` | the path is kept |
/// | `http://host/api`, `http://host/v1/` | without `api` or `v1`, which begin every endpoint |
/// | `0.0.0.0`, `::` | this machine, for nobody can connect to these |
///
/// Spaces and quotes around it are dropped. Unlike Ollama, which takes its default port instead, a
/// port that is no port is refused: the server would be another one than was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    url: Url,
}

impl BaseUrl {
    /// Reads a base URL.
    ///
    /// # Errors
    /// The scheme is neither `http` nor `https`, the host or the port is invalid, or there is a user, a
    /// query or a fragment.
    pub fn parse(text: &str) -> Result<Self, BuildError> {
        let invalid =
            |reason: &str| BuildError::BaseUrl { text: text.to_owned(), reason: reason.to_owned() };
        let trimmed = text.trim().trim_matches(['"', '\'']).trim();
        let (scheme, rest, default_port) = match trimmed.split_once("://") {
            None if trimmed == "ollama.com" => ("https", trimmed, 443),
            None => ("http", trimmed, 11434),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => ("http", rest, 80),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => ("https", rest, 443),
            Some(_) => return Err(invalid("the scheme must be http or https")),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if authority.contains('@') {
            // The text is not repeated: it holds a secret.
            return Err(BuildError::BaseUrl {
                text: "…@…".to_owned(),
                reason: "a user in the URL is not supported, use an API key".to_owned(),
            });
        }
        if authority.contains(['?', '#']) || path.contains(['?', '#']) {
            return Err(invalid("it must not have a query or a fragment"));
        }
        let (host, port) = split_authority(authority, default_port)
            .ok_or_else(|| invalid("the port must be a number from 1 to 65535"))?;
        let mut url = Url::parse(&format!("{scheme}://{host}:{port}/{path}"))
            .map_err(|error| invalid(&error.to_string()))?;
        if let Some(loopback) = connectable(&url) {
            url.set_ip_host(loopback).map_err(|()| invalid("the host is not valid"))?;
        }
        // A quote at its end would be dropped when this is written down and read again.
        let mut path = url.path().trim_end_matches(['/', '\'']);
        while let Some(base) = ["/api", "/v1"].iter().find_map(|end| path.strip_suffix(end)) {
            path = base.trim_end_matches(['/', '\'']);
        }
        let path = path.to_owned();
        url.set_path(&path);
        Ok(Self { url })
    }

    /// The base URL as a URL.
    #[must_use]
    pub fn as_url(&self) -> &Url {
        &self.url
    }

    /// Whether the connection is encrypted.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The URL of an endpoint, such as `/api/chat`, below the base path.
    pub(crate) fn endpoint(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        match self.url.path() {
            "/" => url.set_path(path),
            base => url.set_path(&format!("{base}{path}")),
        }
        url
    }
}

impl Default for BaseUrl {
    fn default() -> Self {
        Self { url: Url::parse("http://127.0.0.1:11434/").expect("the default base URL is a URL") }
    }
}

impl FromStr for BaseUrl {
    type Err = BuildError;

    fn from_str(text: &str) -> Result<Self, BuildError> {
        Self::parse(text)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

/// Host, as a URL spells it, and port; `None` if the port is no port.
fn split_authority(authority: &str, default_port: u16) -> Option<(String, u16)> {
    let bare = authority.trim_start_matches('[').trim_end_matches(']');
    if bare.parse::<Ipv6Addr>().is_ok() {
        return Some((format!("[{bare}]"), default_port));
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, "")) => (host, default_port),
        Some((host, port)) => (host, port.parse().ok().filter(|&port: &u16| port != 0)?),
        None => (authority, default_port),
    };
    let host = if host.is_empty() { "127.0.0.1" } else { host };
    Some((host.to_owned(), port))
}

/// The address to use in place of one that stands for every address of the machine.
fn connectable(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(ip) if ip.is_unspecified() => Some(Ipv4Addr::LOCALHOST.into()),
        Host::Ipv6(ip) if ip.is_unspecified() => Some(Ipv6Addr::LOCALHOST.into()),
        Host::Ipv4(_) | Host::Ipv6(_) | Host::Domain(_) => None,
    }
}

#[cfg(test)]
mod tests;
