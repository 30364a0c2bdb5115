use std::fmt;
use std::str::FromStr;

use synod_http_transport::is_near;
use url::{Host, Url};

use crate::BuildError;

/// Where a server is, in every form in which people write it down.
///
/// | text | base URL |
/// |---|---|
/// | `http://host:8080`, `http://host:8080/`, `http://host:8080/v1`, `http://host:8080/v1/` | `http://host:8080/v1` |
/// | `host:8080` | `http://host:8080/v1` |
/// | `http://gateway/llm` | `http://gateway/llm/v1` |
/// | `https://host/v1beta/openai` | as it is: a part of the path is a version already |
/// | `http://host/v1/chat/completions` | `http://host/v1` |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    url: Url,
}

impl BaseUrl {
    /// Reads a base URL.
    ///
    /// # Errors
    /// The scheme is neither `http` nor `https`, the host is none, or there is a user, a query or
    /// a fragment.
    pub fn parse(text: &str) -> Result<Self, BuildError> {
        let trimmed = text.trim();
        // What may hold a secret is not repeated.
        let shown = if trimmed.contains('@') { "…@…" } else { text };
        let invalid = |reason: &str| BuildError::BaseUrl {
            text: shown.to_owned(),
            reason: reason.to_owned(),
        };
        if trimmed.is_empty() {
            return Err(invalid("it is empty"));
        }
        if ["http:/", "https:/", "http:\\", "https:\\"].iter().any(|odd| starts_with(trimmed, odd))
            && !trimmed.contains("://")
        {
            return Err(invalid("after the scheme comes `://`"));
        }
        let whole =
            if trimmed.contains("://") { trimmed.to_owned() } else { format!("http://{trimmed}") };
        let mut url = Url::parse(&whole).map_err(|error| invalid(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid("the scheme must be http or https"));
        }
        // After the parse, which finds a user behind any number of slashes.
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("a user in the URL is not supported, use an API key"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("it must not have a query or a fragment"));
        }
        let path = with_version(url.path());
        url.set_path(&path);
        Ok(Self { url })
    }

    /// The base URL as a URL.
    #[must_use]
    pub fn as_url(&self) -> &Url {
        &self.url
    }

    /// Whether the server is this machine or in its network, by its address or by a name that only
    /// such a network resolves.
    #[must_use]
    pub fn is_local(&self) -> bool {
        is_near(&self.url) || self.is_local_name()
    }

    /// Whether a key may be sent there: over https, or within this machine or its network.
    pub(crate) fn keeps_secrets(&self) -> bool {
        self.url.scheme() == "https" || self.is_local()
    }

    /// A name that only a local network resolves.
    fn is_local_name(&self) -> bool {
        const LOCAL: [&str; 5] = [".local", ".lan", ".internal", ".home.arpa", ".test"];
        match self.url.host() {
            Some(Host::Domain(name)) => {
                !name.contains('.') || LOCAL.iter().any(|end| name.ends_with(end))
            }
            Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => false,
        }
    }

    /// The URL of what the server has beside its version, such as `/props`; `None` if the base URL
    /// ends with something else than `/v1`.
    pub(crate) fn beside_version(&self, path: &str) -> Option<Url> {
        let root = self.url.path().strip_suffix("/v1")?;
        let mut url = self.url.clone();
        url.set_path(&format!("{root}{path}"));
        Some(url)
    }

    /// The URL of an endpoint, such as `/models`.
    pub(crate) fn endpoint(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", self.url.path()));
        url
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
        f.write_str(self.url.as_str())
    }
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|begun| begun.eq_ignore_ascii_case(start))
}

/// The path without an endpoint and slashes at its end, and with a version.
fn with_version(path: &str) -> String {
    const ENDPOINTS: [&str; 3] = ["/chat/completions", "/models", "/embeddings"];
    let mut bare = path.trim_end_matches('/');
    while let Some(shorter) = ENDPOINTS.iter().find_map(|end| bare.strip_suffix(end)) {
        bare = shorter.trim_end_matches('/');
    }
    if bare.split('/').any(is_version) { bare.to_owned() } else { format!("{bare}/v1") }
}

/// `v1`, `v1beta`: a v and a digit.
fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests;
