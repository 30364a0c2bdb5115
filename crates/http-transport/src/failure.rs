use std::error::Error as StdError;
use std::io;

use crate::limits::TimeLimit;

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
    /// The TLS handshake failed, or the server's certificate is not trusted.
    #[error("{detail}")]
    Distrusted {
        /// The root cause.
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
        if is_distrust(&error) {
            let (detail, source) = root(error);
            return Self::Distrusted { detail, source };
        }
        match cause::<hyper::Error>(&error) {
            Some(refused) if !is_cut(&error) && cause::<io::Error>(&error).is_none() => {
                let detail = refused.to_string();
                Self::NotHttp { detail, source: Box::new(error.without_url()) }
            }
            _ => Self::broken(error),
        }
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

/// Whether TLS failed, or the server's certificate was refused.
fn is_distrust(error: &reqwest::Error) -> bool {
    // `source` skips an I/O error that is inside another.
    fn nested(error: &io::Error) -> Option<&io::Error> {
        error.get_ref()?.downcast_ref()
    }
    std::iter::successors(cause::<io::Error>(error), |&error| nested(error))
        .filter_map(io::Error::get_ref)
        .any(|inner| inner.is::<rustls::Error>())
}

fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(error.source(), |&error| error.source())
}

fn cause<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    causes(error).find_map(|error| error.downcast_ref())
}
