use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use url::{Host, Url};

use crate::near::is_near;
use crate::protocol::Protocol;
use crate::transport_builder::BuildError;

/// The base URL of a model server: the address below which its endpoints are.
///
/// How it may be written depends on the protocol; see the client's crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl<P> {
    url: Url,
    protocol: PhantomData<P>,
}

impl<P: Protocol> BaseUrl<P> {
    /// Parses a base URL.
    ///
    /// # Errors
    /// [`BuildError::BaseUrl`] if the scheme is neither `http` nor `https`, the host or the port is
    /// invalid, or the text has credentials, a query or a fragment. The error does not repeat
    /// credentials.
    pub fn parse(text: &str) -> Result<Self, BuildError> {
        Self::read(text).map_err(|reason| {
            let shown = if text.contains('@') { "…@…" } else { text };
            BuildError::BaseUrl { text: shown.to_owned(), reason }
        })
    }

    fn read(text: &str) -> Result<Self, String> {
        const CREDENTIALS: &str = "credentials in the URL are not supported, use an API key";
        if text.contains(['?', '#']) {
            return Err("it must not have a query or a fragment".to_owned());
        }
        let address = text.split_once("://").map_or(text, |(_, address)| address);
        if address.split('/').next().is_some_and(|authority| authority.contains('@')) {
            return Err(CREDENTIALS.to_owned());
        }
        let url = P::parse_base_url(text)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("the scheme must be http or https".to_owned());
        }
        // The URL parser finds credentials behind any number of slashes.
        if !url.username().is_empty() || url.password().is_some() {
            return Err(CREDENTIALS.to_owned());
        }
        Ok(Self { url, protocol: PhantomData })
    }

    /// Returns the base URL as a URL.
    #[must_use]
    pub fn as_url(&self) -> &Url {
        &self.url
    }

    /// Returns whether the connection is encrypted.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Returns whether the server is this machine or in its network, by its address or by a name
    /// that only such a network resolves.
    #[must_use]
    pub fn is_local(&self) -> bool {
        is_near(&self.url) || self.has_local_name()
    }

    fn has_local_name(&self) -> bool {
        const LOCAL: [&str; 5] = [".local", ".lan", ".internal", ".home.arpa", ".test"];
        match self.url.host() {
            Some(Host::Domain(name)) => {
                !name.contains('.') || LOCAL.iter().any(|end| name.ends_with(end))
            }
            Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => false,
        }
    }

    /// Returns the URL of an endpoint, such as `/models`, below the base path.
    #[must_use]
    pub fn endpoint(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", self.url.path().trim_end_matches('/')));
        url
    }
}

impl<P: Protocol> FromStr for BaseUrl<P> {
    type Err = BuildError;

    fn from_str(text: &str) -> Result<Self, BuildError> {
        Self::parse(text)
    }
}

impl<P> fmt::Display for BaseUrl<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}
