use std::sync::Arc;
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
    has_key: bool,
    transport: TransportBuilder,
}

impl ClientBuilder {
    pub(super) fn new(base_url: BaseUrl) -> Self {
        let name = concat!("synod-openai-client/", env!("CARGO_PKG_VERSION"));
        let transport = Transport::builder(base_url.as_url(), name);
        Self { base_url, limits: Limits::default(), has_key: false, transport }
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

    /// The key that the server asks for. It is sent over https, and over http within this machine
    /// and its network; to any other server the client is not built.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.has_key = true;
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
    /// A setting is not valid, the key would cross the network in plain text, or the machine's
    /// certificates cannot be read for https.
    pub fn build(self) -> Result<Client, BuildError> {
        self.transport.check(&self.limits)?;
        if self.has_key && !self.base_url.keeps_secrets() {
            return Err(BuildError::PlainTextKey);
        }
        let transport = self.transport.build()?;
        Ok(Client { transport, base: Arc::new(self.base_url), limits: self.limits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_shown_nowhere_and_never_sent_in_plain_text_to_strangers() {
        let builder = |url: &str| Client::builder(BaseUrl::parse(url).unwrap()).api_key("s3cret");
        let refused = builder("http://api.example.com").build().unwrap_err();
        assert!(matches!(refused, BuildError::PlainTextKey), "{refused:?}");
        assert!(!format!("{:?}", builder("gpu:1")).contains("s3cret"));
        assert!(!format!("{:?}", builder("gpu:1").build().unwrap()).contains("s3cret"));
        let lines = Client::builder(BaseUrl::parse("gpu:1").unwrap()).api_key("s3\ncret");
        let error = lines.build().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("cret"), "{error:?}");
    }
}
