use std::fmt;

use serde::Serialize;

/// An environment variable that sends HTTP through a proxy.
#[derive(Debug, Serialize)]
pub(super) struct Proxy {
    variable: &'static str,
    value: String,
}

impl Proxy {
    pub(super) fn of((variable, value): &(&'static str, String)) -> Self {
        Self { variable, value: without_password(value) }
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is set: {}", self.variable, self.value)
    }
}

/// Hides user name and password of an address.
fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(s, rest)| (s, rest));
    match rest.rsplit_once('@') {
        Some((_, host)) if scheme.is_empty() => format!("…@{host}"),
        Some((_, host)) => format!("{scheme}://…@{host}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_of_a_proxy_is_hidden() {
        assert_eq!(without_password("http://me:secret@proxy:3128"), "http://…@proxy:3128");
        assert_eq!(without_password("me:secret@proxy"), "…@proxy");
        assert_eq!(without_password("http://proxy:3128"), "http://proxy:3128");
    }
}
