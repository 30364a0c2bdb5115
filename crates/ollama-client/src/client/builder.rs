use std::time::Duration;

use synod_http_transport::{BuildError, Limits, Transport, TransportBuilder};

use super::Client;
use crate::BaseUrl;

/// Settings of a [`Client`].
#[derive(Debug, Clone)]
#[must_use = "nothing is built yet"]
pub struct ClientBuilder {
    base_url: BaseUrl,
    limits: Limits,
    transport: TransportBuilder,
}

impl ClientBuilder {
    pub(super) fn new(base_url: BaseUrl) -> Self {
        let name = concat!("synod-ollama-client/", env!("CARGO_PKG_VERSION"));
        let transport = Transport::builder(base_url.as_url(), name);
        Self { base_url, limits: Limits::default(), transport }
    }

    /// How long connecting may take, TLS included: five seconds unless set.
    pub fn connect_limit(mut self, limit: Duration) -> Self {
        self.transport = self.transport.connect_limit(limit);
        self
    }

    /// How long each call may take.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// A key for a server that asks for one. It is sent over https only; a plain-text server never
    /// sees it.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.transport = self.transport.bearer(key);
        self
    }

    /// How the client calls itself.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.transport = self.transport.user_agent(name);
        self
    }

    /// A certificate, in DER, to trust beside the machine's own.
    pub fn root_certificate(mut self, der: impl Into<Vec<u8>>) -> Self {
        self.transport = self.transport.root_certificate(der);
        self
    }

    /// Builds the client. No connection is made.
    ///
    /// # Errors
    /// A setting is not valid, or the machine's certificates cannot be read for https.
    pub fn build(self) -> Result<Client, BuildError> {
        self.transport.check(&self.limits)?;
        let mut transport = self.transport.build()?;
        if !self.base_url.is_https() && transport.withhold_key() {
            let base_url = &self.base_url;
            tracing::debug!(%base_url, "the API key is withheld from a plain-text server");
        }
        Ok(Client { transport, base: self.base_url.into(), limits: self.limits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_under_which_no_call_could_succeed_are_refused() {
        let builder = || Client::builder(BaseUrl::default());
        let idle = Limits { idle: Some(Duration::ZERO), ..Limits::default() };
        assert!(matches!(builder().limits(idle).build(), Err(BuildError::ZeroLimit("idle"))));
        let connect = builder().connect_limit(Duration::ZERO).build();
        assert!(matches!(connect, Err(BuildError::ZeroLimit("connect"))));
        let key = builder().api_key("two\nlines").build().unwrap_err();
        assert!(matches!(key, BuildError::ApiKey(_)) && !format!("{key:?}").contains("lines"));
    }
}
