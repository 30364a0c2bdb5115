use std::error::Error as StdError;
use std::{fmt, io};

use crate::limits::TimeLimit;
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
    /// Connecting failed, or the connection broke.
    #[error("{detail}")]
    Lost {
        /// The root cause, as `Connection refused (os error 111)`.
        detail: String,
        /// The cause.
        #[source]
        source: Source,
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
    /// The failure of a call before the headers of its response.
    pub(crate) fn before_headers(error: reqwest::Error) -> Self {
        if error.is_connect() && error.is_timeout() {
            return Self::TimedOut { limit: TimeLimit::Connect };
        }
        if let Some(fault) = tls_error(&error).map(TlsFault::of) {
            let (detail, source) = root(error);
            let detail = if fault == TlsFault::WithoutTls { String::new() } else { detail };
            return Self::Tls { fault, detail, source };
        }
        match not_http(&error).map(ToString::to_string) {
            Some(detail) => Self::NotHttp { detail, source: Box::new(error.without_url()) },
            None => Self::broken(error),
        }
    }

    /// The failure of a plain-text call to a server that expects TLS.
    pub(crate) fn only_tls(error: reqwest::Error) -> Self {
        let source = Box::new(error.without_url());
        Self::Tls { fault: TlsFault::OnlyTls, detail: String::new(), source }
    }

    /// The failure of a connection.
    pub(crate) fn broken(error: reqwest::Error) -> Self {
        let (detail, source) = root(error);
        Self::Lost { detail, source }
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
    cause::<io::Error>(error).is_some_and(|error| {
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
    // `source` skips an I/O error that is inside another.
    fn nested(error: &io::Error) -> Option<&io::Error> {
        error.get_ref()?.downcast_ref()
    }
    std::iter::successors(cause::<io::Error>(error), |&error| nested(error))
        .filter_map(io::Error::get_ref)
        .find_map(|inner| inner.downcast_ref())
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
