use std::sync::Arc;
use std::time::Duration;

use crate::base_url::BaseUrl;
use crate::connection::{Connection, KeyPolicy, WithClient};
use crate::limits::TimeLimits;
use crate::transport_builder::{BuildError, TransportBuilder};

/// Settings of a client.
#[derive(Debug, Clone)]
#[must_use = "nothing is built yet"]
pub struct ClientBuilder<P> {
    base_url: BaseUrl<P>,
    limits: TimeLimits,
    has_key: bool,
    transport: TransportBuilder,
}

impl<P: WithClient> ClientBuilder<P> {
    /// Creates the default settings for a server.
    pub fn new(base_url: BaseUrl<P>) -> Self {
        let transport = TransportBuilder::new(base_url.as_url(), P::USER_AGENT);
        Self { base_url, limits: TimeLimits::default(), has_key: false, transport }
    }

    /// Sets how long connecting may take, TLS included. The default is five seconds.
    pub fn connect_limit(mut self, limit: Duration) -> Self {
        self.transport = self.transport.connect_limit(limit);
        self
    }

    /// Sets how long each call may take.
    pub fn limits(mut self, limits: TimeLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the API key. Whether it may be sent depends on the protocol and on the server; see the
    /// client's crate.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.has_key = true;
        self.transport = self.transport.bearer(key);
        self
    }

    /// Sets the `User-Agent` header.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.transport = self.transport.user_agent(name);
        self
    }

    /// Adds a root certificate, in DER, to those of the machine.
    pub fn root_certificate(mut self, der: impl Into<Vec<u8>>) -> Self {
        self.transport = self.transport.root_certificate(der);
        self
    }

    /// Builds the client without connecting.
    ///
    /// # Errors
    /// A setting is invalid, the API key would be sent in plain text, or the certificates of the
    /// machine cannot be read for https.
    pub fn build(self) -> Result<P::Client, BuildError> {
        self.transport.check(&self.limits)?;
        if self.has_key && P::key_policy(&self.base_url) == KeyPolicy::Refuse {
            return Err(BuildError::PlainTextKey);
        }
        let transport = self.transport.build()?;
        Ok(Connection::new(transport, Arc::new(self.base_url), self.limits).into())
    }
}
