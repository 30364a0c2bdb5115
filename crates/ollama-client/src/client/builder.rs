use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::redirect;
use rustls::pki_types::CertificateDer;

use super::Client;
use crate::transport::Transport;
use crate::{BaseUrl, Limits, tls};

/// How long an unused connection is kept: less than the minute after which proxies drop it. How
/// many is not limited: there are no more than were in use at once.
const POOL_IDLE: Duration = Duration::from_secs(50);

/// Settings of a [`Client`].
#[derive(Debug, Clone)]
#[must_use = "nothing is built yet"]
pub struct ClientBuilder {
    base_url: BaseUrl,
    connect: Duration,
    limits: Limits,
    api_key: Option<ApiKey>,
    user_agent: Option<String>,
    roots: Vec<CertificateDer<'static>>,
}

/// A secret that no debug output shows.
#[derive(Clone)]
struct ApiKey(String);

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The text is not where a server can be.
    #[error("`{text}` is not a base URL: {reason}")]
    BaseUrl {
        /// The text.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The key has characters that a header cannot have.
    #[error("the API key has characters that a header cannot have")]
    ApiKey(#[source] reqwest::header::InvalidHeaderValue),
    /// A limit of no time at all, under which no call could succeed.
    #[error("the limit `{0}` is zero, leave it out for none")]
    ZeroLimit(&'static str),
    /// The certificates cannot be used.
    #[error("the certificates for https cannot be used: {0}")]
    Certificates(#[source] rustls::Error),
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be built")]
    Http(#[source] reqwest::Error),
}

impl ClientBuilder {
    pub(super) fn new(base_url: BaseUrl) -> Self {
        Self {
            base_url,
            connect: Duration::from_secs(5),
            limits: Limits::default(),
            api_key: None,
            user_agent: None,
            roots: Vec::new(),
        }
    }

    /// How long connecting may take, TLS included: five seconds unless set.
    pub fn connect_limit(mut self, limit: Duration) -> Self {
        self.connect = limit;
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
        self.api_key = Some(ApiKey(key.into()));
        self
    }

    /// How the client calls itself.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = Some(name.into());
        self
    }

    /// A certificate, in DER, to trust beside the machine's own.
    pub fn root_certificate(mut self, der: impl Into<Vec<u8>>) -> Self {
        self.roots.push(CertificateDer::from(der.into()));
        self
    }

    /// Builds the client. No connection is made.
    ///
    /// # Errors
    /// A setting is not valid, or the machine's certificates cannot be read for https.
    pub fn build(self) -> Result<Client, BuildError> {
        self.check_limits()?;
        let authorization = self.authorization()?;
        let https = self.base_url.is_https();
        let tls = tls::client_config(https, self.roots).map_err(BuildError::Certificates)?;
        let name = concat!("synod-ollama-client/", env!("CARGO_PKG_VERSION"));
        let mut http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(self.user_agent.as_deref().unwrap_or(name))
            .connect_timeout(self.connect)
            .tcp_nodelay(true)
            .pool_idle_timeout(POOL_IDLE)
            // A redirect turns a POST into a GET, and may lead to another host.
            .redirect(redirect::Policy::none())
            // The transport knows which failure is safe to retry.
            .retry(reqwest::retry::never());
        if self.base_url.is_near() {
            http = http.no_proxy();
        }
        let http = http.build().map_err(BuildError::Http)?;
        let transport = Transport { http, base: self.base_url, authorization };
        Ok(Client { transport: Arc::new(transport), limits: self.limits })
    }

    fn check_limits(&self) -> Result<(), BuildError> {
        let Limits { first_byte, idle, total } = self.limits;
        let limits = [
            ("connect", Some(self.connect)),
            ("first_byte", first_byte),
            ("idle", idle),
            ("total", total),
        ];
        match limits.into_iter().find(|(_, limit)| *limit == Some(Duration::ZERO)) {
            Some((name, _)) => Err(BuildError::ZeroLimit(name)),
            None => Ok(()),
        }
    }

    fn authorization(&self) -> Result<Option<HeaderValue>, BuildError> {
        let Some(ApiKey(key)) = &self.api_key else { return Ok(None) };
        let mut header =
            HeaderValue::try_from(format!("Bearer {key}")).map_err(BuildError::ApiKey)?;
        header.set_sensitive(true);
        if self.base_url.is_https() {
            return Ok(Some(header));
        }
        tracing::debug!(base_url = %self.base_url, "the API key is withheld from a plain-text server");
        Ok(None)
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
