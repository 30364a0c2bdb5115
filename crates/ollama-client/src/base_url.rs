use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use synod_http_transport as http;
use url::{Host, Url};

use crate::protocol::Ollama;

/// The base URL of a server, in every form of `OLLAMA_HOST`:
///
/// | text | base URL |
/// |---|---|
/// | empty | `http://127.0.0.1:11434` |
/// | `example.com`, `1.2.3.4`, `::1` | port 11434 |
/// | `:8080`, `host:8080`, `[::1]:8080` | that port; the default host is this machine |
/// | `http://host`, `https://host` | ports 80 and 443 |
/// | `ollama.com` | `https://ollama.com` |
/// | `http://gateway/ollama/` | the path is kept |
/// | `http://host/api`, `http://host/v1/` | without `api` or `v1`, with which every endpoint begins |
/// | `0.0.0.0`, `::` | this machine, because these addresses accept no connections |
///
/// Spaces and quotes around the text are dropped. Ollama replaces an invalid port by its default;
/// here it is refused, because the server would be another one than the user meant.
pub type BaseUrl = http::BaseUrl<Ollama>;

/// Reads a base URL; the error is the reason why the text is not one.
pub(crate) fn parse(text: &str) -> Result<Url, String> {
    let trimmed = text.trim().trim_matches(['"', '\'']).trim();
    let (scheme, rest, default_port) = match trimmed.split_once("://") {
        None if trimmed == "ollama.com" => ("https", trimmed, 443),
        None => ("http", trimmed, 11434),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => ("http", rest, 80),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => ("https", rest, 443),
        Some(_) => return Err("the scheme must be http or https".to_owned()),
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = split_authority(authority, default_port)
        .ok_or_else(|| "the port must be a number from 1 to 65535".to_owned())?;
    let mut url = Url::parse(&format!("{scheme}://{host}:{port}/{path}"))
        .map_err(|error| error.to_string())?;
    if let Some(loopback) = connectable(&url) {
        url.set_ip_host(loopback).map_err(|()| "the host is invalid".to_owned())?;
    }
    // A quote at the end would be dropped when the URL is written and read again.
    let mut path = url.path().trim_end_matches(['/', '\'']);
    while let Some(base) = ["/api", "/v1"].iter().find_map(|end| path.strip_suffix(end)) {
        path = base.trim_end_matches('/');
    }
    let path = path.to_owned();
    url.set_path(&path);
    Ok(url)
}

/// The host as in a URL, and the port; `None` if the port is invalid.
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

/// The address to use in place of the unspecified address.
fn connectable(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(ip) if ip.is_unspecified() => Some(Ipv4Addr::LOCALHOST.into()),
        Host::Ipv6(ip) if ip.is_unspecified() => Some(Ipv6Addr::LOCALHOST.into()),
        Host::Ipv4(_) | Host::Ipv6(_) | Host::Domain(_) => None,
    }
}

#[cfg(test)]
mod tests;
