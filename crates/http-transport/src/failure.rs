use std::error::Error as StdError;
use std::{fmt, io};

use crate::limits::TimeLimit;
use crate::proxy::{EnvironmentProxy, ProxyFault};
use crate::tls_fault::TlsFault;

type Source = Box<dyn StdError + Send + Sync>;

/// Errors returned by the transport. They contain no address and no API key.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A limit was reached.
    #[error("the time limit for {limit} was reached")]
    TimedOut {
        /// The limit.
        limit: TimeLimit,
    },
    /// The name of the server has no address, or none can be found now.
    #[error("the name of the server cannot be resolved: {detail}")]
    Unresolved {
        /// The root cause, as `Name or service not known`.
        detail: String,
        /// The cause.
        #[source]
        source: Source,
    },
    /// Connecting failed, or the connection broke.
    #[error("{detail}")]
    Lost {
        /// The root cause, as `Connection refused (os error 111)`.
        detail: String,
        /// The connection had been made.
        was_connected: bool,
        /// The cause.
        #[source]
        source: Source,
    },
    /// The server closed the connection in the middle of the TLS handshake, without an alert.
    #[error(
        "the server closed the connection during the TLS handshake; check the port, and that the \
         server speaks TLS there"
    )]
    ClosedInHandshake {
        /// The cause.
        #[source]
        source: Source,
    },
    /// The proxy that the environment sets for the server is at fault.
    #[error("{}{}; {}", proxy.sentence(*fault), InBrackets(detail), proxy.advice(*fault))]
    Proxy {
        /// The proxy.
        proxy: Box<EnvironmentProxy>,
        /// What is wrong.
        fault: ProxyFault,
        /// The root cause; empty if the fault says it all.
        detail: String,
        /// The cause; `None` if the proxy responded.
        #[source]
        source: Option<Source>,
    },
    /// Client and server did not agree on TLS, or the server's certificate was refused.
    #[error("{fault}{}; {}", InBrackets(detail), fault.advice())]
    Tls {
        /// What is wrong.
        fault: TlsFault,
        /// The root cause; empty if the fault says it all.
        detail: String,
        /// The cause.
        #[source]
        source: Source,
    },
    /// The server does not speak HTTP.
    #[error("{detail}")]
    NotHttp {
        /// What is wrong with the response.
        detail: String,
        /// The cause.
        #[source]
        source: Source,
    },
}

impl Failure {
    /// The failure of a call to which the proxy responded in place of the server.
    pub(crate) fn refused_by(proxy: EnvironmentProxy) -> Self {
        let fault = ProxyFault::WantsCredentials;
        Self::Proxy { proxy: Box::new(proxy), fault, detail: String::new(), source: None }
    }

    /// The failure of a call before the headers of its response. `proxy`: through which it went.
    pub(crate) fn before_headers(error: reqwest::Error, proxy: Option<&EnvironmentProxy>) -> Self {
        if let Some(proxy) = proxy
            && let Some(fault) = proxy_fault(&error, proxy)
        {
            let proxy = proxy.clone();
            let (detail, source) = root(error);
            let detail = if fault == ProxyFault::Away { detail } else { String::new() };
            return Self::Proxy { proxy: Box::new(proxy), fault, detail, source: Some(source) };
        }
        if error.is_connect() && error.is_timeout() {
            return Self::TimedOut { limit: TimeLimit::Connect };
        }
        if let Some(fault) = tls_error(&error).map(TlsFault::of) {
            let (detail, source) = root(error);
            let detail = if fault == TlsFault::WithoutTls { String::new() } else { detail };
            return Self::Tls { fault, detail, source };
        }
        if error.is_connect() {
            return Self::unconnected(error);
        }
        match not_http(&error).map(ToString::to_string) {
            Some(detail) => Self::NotHttp { detail, source: Box::new(error.without_url()) },
            None => Self::broken(error),
        }
    }

    /// No connection to the server was made.
    fn unconnected(error: reqwest::Error) -> Self {
        let is_https = error.url().is_some_and(|url| url.scheme() == "https");
        let (is_of_name, is_closed) = (error.is_dns(), is_https && is_cut(&error));
        let (detail, source) = root(error);
        if is_of_name {
            let (_, reason) = detail.rsplit_once(": ").unwrap_or(("", &detail));
            return Self::Unresolved { detail: reason.to_owned(), source };
        }
        if is_closed {
            return Self::ClosedInHandshake { source };
        }
        Self::Lost { detail, was_connected: false, source }
    }

    /// The failure of a plain-text call to a server that expects TLS.
    pub(crate) fn only_tls(error: reqwest::Error) -> Self {
        let source = Box::new(error.without_url());
        Self::Tls { fault: TlsFault::OnlyTls, detail: String::new(), source }
    }

    /// The failure of a connection that had been made.
    pub(crate) fn broken(error: reqwest::Error) -> Self {
        let (detail, source) = root(error);
        Self::Lost { detail, was_connected: true, source }
    }
}

/// What is wrong with the proxy, if that is the cause. TLS is spoken with the server, through the proxy.
fn proxy_fault(error: &reqwest::Error, proxy: &EnvironmentProxy) -> Option<ProxyFault> {
    if proxy.is_of_socks() {
        return Some(ProxyFault::Socks);
    }
    if !error.is_connect() {
        return None;
    }
    // The type of these errors is not public.
    let texts = || causes(error).map(ToString::to_string);
    match texts().find_map(|text| text.strip_prefix("tunnel error: ").map(str::to_owned)) {
        Some(text) if text == "proxy authorization required" => Some(ProxyFault::WantsCredentials),
        Some(text) if text == "failed to create underlying connection" => Some(ProxyFault::Away),
        Some(_) => Some(ProxyFault::NotConnected),
        None => error.url().is_some_and(|url| url.scheme() == "http").then_some(ProxyFault::Away),
    }
}

fn root(error: reqwest::Error) -> (String, Source) {
    let error = error.without_url();
    let root = causes(&error).last().map_or_else(|| error.to_string(), ToString::to_string);
    (root, Box::new(error))
}

/// Whether an established connection was lost before any byte of the response, so that the request can
/// be sent again. A pooled connection that the server has closed looks like this.
pub(crate) fn was_cut_before_headers(error: &reqwest::Error) -> bool {
    error.is_request() && !error.is_connect() && !error.is_timeout() && is_cut(error)
}

fn is_cut(error: &reqwest::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    io_errors(error).any(|error| {
        matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
    }) || cause::<hyper::Error>(error).is_some_and(|error| {
        error.is_incomplete_message() || error.is_closed() || error.is_canceled()
    })
}

/// Whether a server closed the connection, or sent something else than HTTP, when it was to respond: it
/// may expect TLS.
pub(crate) fn may_expect_tls(error: &reqwest::Error) -> bool {
    was_cut_before_headers(error) || not_http(error).is_some()
}

/// What is wrong with a response that is not HTTP.
fn not_http(error: &reqwest::Error) -> Option<&hyper::Error> {
    cause::<hyper::Error>(error).filter(|_| !is_cut(error) && cause::<io::Error>(error).is_none())
}

/// The error of TLS, if it is the cause.
pub(crate) fn tls_error(error: &reqwest::Error) -> Option<&rustls::Error> {
    io_errors(error).filter_map(io::Error::get_ref).find_map(|inner| inner.downcast_ref())
}

/// The I/O errors among the causes. `source` skips one that is inside another.
fn io_errors(error: &reqwest::Error) -> impl Iterator<Item = &io::Error> {
    std::iter::successors(cause::<io::Error>(error), |&error| error.get_ref()?.downcast_ref())
}

fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(error.source(), |&error| error.source())
}

fn cause<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    causes(error).find_map(|error| error.downcast_ref())
}

struct InBrackets<'a>(&'a str);

impl fmt::Display for InBrackets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, " ({})", self.0) }
    }
}
