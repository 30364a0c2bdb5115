use std::net::IpAddr;

use actix_web::{
    dev::RequestHead,
    http::{StatusCode, Version, header, uri::Authority},
};

use crate::response::error::ApiError;

/// Returns the host that a request names, such as `localhost:8000`. A request of HTTP/1.0 need not name
/// one.
///
/// Accepted are loopback under any port, and the configured names: `name` under any port, `name:port`
/// under that one.
pub(super) fn check<'a>(
    head: &'a RequestHead,
    ours: &[String],
) -> Result<Option<&'a str>, ApiError> {
    let mut named = head.headers().get_all(header::HOST);
    let host = match (named.next(), named.next()) {
        (Some(host), None) => Some(host.to_str().map_err(|_| malformed())?),
        (None, None) if head.version < Version::HTTP_11 => None,
        (None, _) | (Some(_), Some(_)) => return Err(malformed()),
    };
    // An absolute target replaces the header, so both are checked.
    let target = head.uri.authority().map(Authority::as_str);
    for name in [host, target].into_iter().flatten() {
        if !is_ours(name, ours) {
            return Err(ApiError::ForeignHost);
        }
    }
    Ok(host)
}

fn malformed() -> ApiError {
    let detail = "exactly one Host header is needed".to_owned();
    ApiError::Refused { status: StatusCode::BAD_REQUEST, detail }
}

fn is_ours(host: &str, ours: &[String]) -> bool {
    if host.contains('@') {
        return false;
    }
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host().trim_end_matches('.');
    is_loopback(name)
        || ours
            .iter()
            .any(|known| known.eq_ignore_ascii_case(host) || known.eq_ignore_ascii_case(name))
}

/// Whether a name or an address is that of loopback.
pub(crate) fn is_loopback(name: &str) -> bool {
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn an_absolute_target_is_checked_without_a_host_header() {
        let old = |target: &str| {
            let request = TestRequest::default().version(Version::HTTP_10).uri(target);
            check(request.to_http_request().head(), &[]).map(|host| host.map(str::to_owned))
        };
        assert!(matches!(old("/livez"), Ok(None)));
        assert!(matches!(old("http://localhost/livez"), Ok(None)));
        assert!(matches!(old("http://rebound.example/livez"), Err(ApiError::ForeignHost)));
    }

    #[test]
    fn loopback_and_configured_hosts_are_ours() {
        let ours = ["synod.lan".to_owned(), "hall:9000".to_owned(), "192.168.1.5".to_owned()];
        for host in [
            "localhost",
            "LOCALHOST:8000",
            "127.0.0.1:1",
            "[::1]:8000",
            "localhost.",
            "synod.lan",
            "Synod.LAN:80",
            "hall:9000",
            "192.168.1.5:8000",
        ] {
            assert!(is_ours(host, &ours), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "evil.example:8000",
            "127.0.0.1.evil.example",
            "a@localhost",
            "hall",
            "hall:9001",
            "192.168.1.6",
            "0.0.0.0",
            "local host",
            "[::2]",
        ] {
            assert!(!is_ours(host, &ours), "{host}");
        }
    }
}
