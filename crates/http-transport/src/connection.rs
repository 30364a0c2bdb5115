use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use url::Url;

use crate::base_url::BaseUrl;
use crate::body::Body;
use crate::error::Error;
use crate::error_kind::{ErrorKind, Retryable};
use crate::failure::Failure;
use crate::limits::TimeLimits;
use crate::protocol::Protocol;
use crate::response::Response;
use crate::tls_fault::asks_for_tls;
use crate::transport::Transport;

/// The maximum that is read of the body of an unsuccessful response, in bytes.
const MAX_ERROR_BODY: usize = 64 * 1024;
const MIB: usize = 1024 * 1024;

/// A [`Protocol`] that has a client.
pub trait WithClient: Protocol {
    /// The client that a [`ClientBuilder`](crate::ClientBuilder) builds.
    type Client: From<Connection<Self>>;

    /// The `User-Agent` header, unless the builder sets another.
    const USER_AGENT: &'static str;

    /// Returns what happens to an API key for this server.
    fn key_policy(base_url: &BaseUrl<Self>) -> KeyPolicy;

    /// Reads the error that a response with an unsuccessful status reports.
    fn read_error(status: u16, body: &[u8]) -> Error<Self>;
}

/// What happens to an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPolicy {
    /// The key is sent with every request.
    Send,
    /// The client is not built: [`BuildError::PlainTextKey`](crate::BuildError::PlainTextKey).
    Refuse,
}

/// Calls to one model server, up to the body of a successful response. Clones are cheap and share
/// the connections.
#[derive(Debug, Clone)]
pub struct Connection<P> {
    transport: Transport,
    base_url: Arc<BaseUrl<P>>,
    limits: TimeLimits,
}

impl<P: WithClient> Connection<P> {
    pub(crate) const fn new(
        transport: Transport,
        base_url: Arc<BaseUrl<P>>,
        limits: TimeLimits,
    ) -> Self {
        Self { transport, base_url, limits }
    }

    /// Returns the base URL of the server.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl<P> {
        &self.base_url
    }

    /// Returns the limits of each call.
    #[must_use]
    pub const fn limits(&self) -> &TimeLimits {
        &self.limits
    }

    /// Returns a connection with other limits that shares the connections of this one.
    #[must_use]
    pub fn with_limits(&self, limits: TimeLimits) -> Self {
        Self { limits, ..self.clone() }
    }

    /// Sends a GET request to a URL of the server and returns the body of the response.
    ///
    /// # Errors
    /// Any [`Error`], among them those that the response reports.
    pub async fn get(&self, url: Url) -> Result<Body, Error<P>> {
        self.accept(self.transport.get(url, &self.limits).await).await
    }

    /// Sends a request as JSON to an endpoint, such as `/models`, and returns the body of the
    /// response.
    ///
    /// # Errors
    /// Any [`Error`], among them those that the response reports; [`ErrorKind::BadRequest`] if the
    /// request cannot be written as JSON.
    pub async fn post(&self, path: &str, request: &impl Serialize) -> Result<Body, Error<P>> {
        let json = serde_json::to_vec(request).map_err(|error| {
            Error::new(ErrorKind::BadRequest, Retryable::No, error.to_string()).with_source(error)
        })?;
        let url = self.base_url.endpoint(path);
        self.accept(self.transport.post(url, Bytes::from(json), &self.limits).await).await
    }

    /// Returns the body of a successful response. A web page is never successful.
    async fn accept(&self, response: Result<Response, Failure>) -> Result<Body, Error<P>> {
        let mut response = response.map_err(|failure| Error::of_failure(failure, false))?;
        let (status, is_page) = (response.status, response.is_of_type("text/html"));
        if let (true, Some(encoding)) = (response.is_success(), &response.content_encoding) {
            let message = format!(
                "it is compressed ({encoding}), which was not requested; turn compression off in the \
                 server or in the proxy before it"
            );
            return Err(Error::unusable(status, message));
        }
        if matches!(status, 204 | 205) {
            return Err(Error::unusable(status, "it has no content"));
        }
        if response.is_success() && !is_page {
            return Ok(response.body);
        }
        if let (true, Some(location)) = (response.is_redirect(), &response.location) {
            return Err(redirected(self.base_url.as_url(), status, location));
        }
        let body = match &response.content_encoding {
            Some(_) => Vec::new(),
            None => read(&mut response.body, MAX_ERROR_BODY).await?,
        };
        if response.is_success() {
            return Err(Error::protocol("a web page", &body).with_status(status));
        }
        if status == 400 && asks_for_tls(&body) {
            return Err(Error::only_tls(status));
        }
        let error = P::read_error(status, &body).with_status(status);
        let error = error.with_retry_after(response.retry_after);
        // The response may be that of the proxy.
        match &self.transport.proxy {
            Some(proxy) if matches!(status, 403 | 502..=504) => Err(error.through(proxy)),
            Some(_) | None => Err(error),
        }
    }
}

/// What a response that is one JSON value holds, which bounds its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A list of models.
    Models,
    /// Facts about the server or one model.
    Facts,
    /// A reply of a model.
    Reply,
    /// The embeddings of this number of texts.
    Embeddings(usize),
}

impl Content {
    /// The maximum size in MiB.
    const fn most(self) -> usize {
        match self {
            Self::Models | Self::Reply => 8,
            Self::Facts => 2,
            // A vector of 10,000 numbers takes less than 256 KiB.
            Self::Embeddings(texts) => 1 + texts.div_ceil(4),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Models => "the list",
            Self::Facts => "the description",
            Self::Reply => "the reply",
            Self::Embeddings(_) => "the list of embeddings",
        }
    }
}

/// Reads a body that is one JSON value to its end.
///
/// # Errors
/// [`ErrorKind::Transport`] or [`ErrorKind::Timeout`] if the body does not end, and
/// [`ErrorKind::Unusable`] if it is too large.
pub async fn read_to_end<P: Protocol>(
    mut body: Body,
    content: Content,
) -> Result<Vec<u8>, Error<P>> {
    let most = content.most();
    let json = read(&mut body, most.saturating_mul(MIB).saturating_add(1)).await?;
    if json.len() > most.saturating_mul(MIB) {
        let message = format!("{} is longer than {most} MiB", content.name());
        return Err(Error::unusable(200, message));
    }
    Ok(json)
}

async fn read<P: Protocol>(body: &mut Body, most: usize) -> Result<Vec<u8>, Error<P>> {
    body.read(most).await.map_err(|failure| Error::of_failure(failure, false))
}

/// The error of a server that points elsewhere. Redirects are not followed, since they may lead an API
/// key to another host.
fn redirected<P: Protocol>(base: &Url, status: u16, location: &str) -> Error<P> {
    let target = base.join(location).ok();
    let is_of_tls = target.as_ref().is_some_and(|target| {
        (base.scheme(), target.scheme()) == ("http", "https")
            && target.host() == base.host()
            && target.path().starts_with(base.path())
    });
    if is_of_tls {
        return Error::only_tls(status);
    }
    if asks_to_sign_in(location) {
        let message =
            format!("the server, or a proxy in front of it, asks to sign in at {location}");
        return Error::new(ErrorKind::Forbidden, Retryable::No, message).with_status(status);
    }
    let problem = "redirects are not followed, the server points to";
    Error::protocol(problem, location.as_bytes()).with_status(status)
}

/// Whether a redirect leads to a page on which people sign in.
fn asks_to_sign_in(location: &str) -> bool {
    const WORDS: [&str; 7] = ["login", "signin", "sign-in", "sign_in", "auth", "/sso", "saml"];
    let location = location.to_ascii_lowercase();
    WORDS.iter().any(|word| location.contains(word))
}
