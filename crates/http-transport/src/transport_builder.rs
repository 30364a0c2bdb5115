use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::redirect;
use rustls::pki_types::CertificateDer;
use url::Url;

use crate::limits::TimeLimits;
use crate::near::is_near;
use crate::proxy::EnvironmentProxy;
use crate::tls;
use crate::transport::Transport;

/// How long an unused connection is kept: less than the minute after which proxies drop it. Their
/// number is not limited: there are at most as many as were in use at once.
const POOL_IDLE: Duration = Duration::from_secs(50);

/// Settings of a [`Transport`].
#[derive(Debug, Clone)]
#[must_use = "nothing is built yet"]
pub struct TransportBuilder {
    is_https: bool,
    is_near: bool,
    /// That of the environment.
    proxy: Option<EnvironmentProxy>,
    user_agent: String,
    connect: Duration,
    key: Option<Key>,
    roots: Vec<CertificateDer<'static>>,
}

/// A secret that debug output does not show.
#[derive(Clone)]
struct Key(String);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Errors returned when a client is built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The text is not a base URL.
    #[error("`{text}` is not a base URL: {reason}")]
    BaseUrl {
        /// The text.
        text: String,
        /// What is wrong with the text.
        reason: String,
    },
    /// The API key has characters that a header cannot contain.
    #[error("the API key has characters that a header cannot contain")]
    ApiKey(#[source] reqwest::header::InvalidHeaderValue),
    /// The API key would be sent in plain text to a host outside the local network.
    #[error(
        "the API key would be sent in plain text to a server outside the local network: let its address \
         begin with https://, or remove the key"
    )]
    PlainTextKey,
    /// A time limit is zero, so that no call could succeed.
    #[error("the limit `{0}` is zero; leave it out for no limit")]
    ZeroLimit(&'static str),
    /// The certificates cannot be used.
    #[error("the certificates for https cannot be used: {0}")]
    Certificates(#[source] rustls::Error),
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be built")]
    Http(#[source] reqwest::Error),
}

impl TransportBuilder {
    /// Creates the default settings of a transport to the server at `base`.
    pub fn new(base: &Url, user_agent: &str) -> Self {
        let is_near = is_near(base);
        Self {
            is_https: base.scheme() == "https",
            is_near,
            proxy: if is_near { None } else { EnvironmentProxy::of(base) },
            user_agent: user_agent.to_owned(),
            connect: Duration::from_secs(5),
            key: None,
            roots: Vec::new(),
        }
    }

    /// Sets how long connecting may take, TLS included. The default is five seconds.
    pub fn connect_limit(mut self, limit: Duration) -> Self {
        self.connect = limit;
        self
    }

    /// Sets an API key, sent with every request as `Authorization: Bearer`.
    pub fn bearer(mut self, key: impl Into<String>) -> Self {
        self.key = Some(Key(key.into()));
        self
    }

    /// Sets the `User-Agent` header.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// Adds a root certificate, in DER, to those of the machine.
    pub fn root_certificate(mut self, der: impl Into<Vec<u8>>) -> Self {
        self.roots.push(CertificateDer::from(der.into()));
        self
    }

    /// Sets a proxy, as if the environment did.
    #[cfg(test)]
    pub(crate) fn through(mut self, proxy: EnvironmentProxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Refuses limits of zero, including the limit for connecting.
    ///
    /// # Errors
    /// [`BuildError::ZeroLimit`].
    pub fn check(&self, limits: &TimeLimits) -> Result<(), BuildError> {
        let TimeLimits { first_byte, idle, total } = *limits;
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

    /// Builds the transport without connecting.
    ///
    /// # Errors
    /// A setting is invalid, or the certificates of the machine cannot be read for https.
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
            // The transport decides which failures are safe to retry.
            .retry(reqwest::retry::never());
        if self.is_near {
            http = http.no_proxy();
        }
        #[cfg(test)]
        if let Some(proxy) = &self.proxy {
            let proxy = reqwest::Proxy::all(proxy.address().to_string());
            http = http.proxy(proxy.map_err(BuildError::Http)?);
        }
        let http = http.build().map_err(BuildError::Http)?;
        Ok(Transport { http, authorization, proxy: self.proxy })
    }
}

fn authorization(key: &str) -> Result<HeaderValue, BuildError> {
    let mut header = HeaderValue::try_from(format!("Bearer {key}")).map_err(BuildError::ApiKey)?;
    header.set_sensitive(true);
    Ok(header)
}
