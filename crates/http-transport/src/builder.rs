use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::redirect;
use rustls::pki_types::CertificateDer;
use url::Url;

use crate::{Limits, Transport, is_near, tls};

/// How long an unused connection is kept: less than the minute after which proxies drop it. How
/// many is not limited: there are no more than were in use at once.
const POOL_IDLE: Duration = Duration::from_secs(50);

/// Settings of a [`Transport`].
#[derive(Debug, Clone)]
#[must_use = "nothing is built yet"]
pub struct TransportBuilder {
    is_https: bool,
    is_near: bool,
    user_agent: String,
    connect: Duration,
    key: Option<Key>,
    roots: Vec<CertificateDer<'static>>,
}

/// A secret that no debug output shows.
#[derive(Clone)]
struct Key(String);

impl std::fmt::Debug for Key {
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
    /// The key would be sent in plain text to a host that is not near.
    #[error("the API key would cross the network in plain text, use https")]
    PlainTextKey,
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

impl TransportBuilder {
    pub(crate) fn new(base: &Url, user_agent: &str) -> Self {
        Self {
            is_https: base.scheme() == "https",
            is_near: is_near(base),
            user_agent: user_agent.to_owned(),
            connect: Duration::from_secs(5),
            key: None,
            roots: Vec::new(),
        }
    }

    /// How long connecting may take, TLS included: five seconds unless set.
    pub fn connect_limit(mut self, limit: Duration) -> Self {
        self.connect = limit;
        self
    }

    /// A key, sent with every request as `Authorization: Bearer`.
    pub fn bearer(mut self, key: impl Into<String>) -> Self {
        self.key = Some(Key(key.into()));
        self
    }

    /// How the transport calls itself.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// A certificate, in DER, to trust beside the machine's own.
    pub fn root_certificate(mut self, der: impl Into<Vec<u8>>) -> Self {
        self.roots.push(CertificateDer::from(der.into()));
        self
    }

    /// Refuses limits under which no call could succeed, this transport's own among them.
    ///
    /// # Errors
    /// [`BuildError::ZeroLimit`].
    pub fn check(&self, limits: &Limits) -> Result<(), BuildError> {
        let Limits { first_byte, idle, total } = *limits;
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

    /// Builds the transport. No connection is made.
    ///
    /// # Errors
    /// A setting is not valid, or the machine's certificates cannot be read for https.
    pub fn build(self) -> Result<Transport, BuildError> {
        let authorization = self.key.map(|Key(key)| authorization(&key)).transpose()?;
        let tls =
            tls::client_config(self.is_https, self.roots).map_err(BuildError::Certificates)?;
        let mut http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(self.user_agent)
            .connect_timeout(self.connect)
            .tcp_nodelay(true)
            .pool_idle_timeout(POOL_IDLE)
            // A redirect turns a POST into a GET, and may lead to another host.
            .redirect(redirect::Policy::none())
            // The transport knows which failure is safe to retry.
            .retry(reqwest::retry::never());
        if self.is_near {
            http = http.no_proxy();
        }
        let http = http.build().map_err(BuildError::Http)?;
        Ok(Transport { http, authorization })
    }
}

fn authorization(key: &str) -> Result<HeaderValue, BuildError> {
    let mut header = HeaderValue::try_from(format!("Bearer {key}")).map_err(BuildError::ApiKey)?;
    header.set_sensitive(true);
    Ok(header)
}
