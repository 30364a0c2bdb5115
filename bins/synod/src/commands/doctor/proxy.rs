use std::fmt;

use serde::Serialize;

/// A variable that reroutes HTTP.
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

/// An address without the part before its `@`.
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
    fn a_proxys_password_is_not_shown() {
        assert_eq!(without_password("http://me:secret@proxy:3128"), "http://…@proxy:3128");
        assert_eq!(without_password("me:secret@proxy"), "…@proxy");
        assert_eq!(without_password("http://proxy:3128"), "http://proxy:3128");
    }
}
