use std::error::Error as StdError;
use std::io;

use crate::TimeLimit;

type Source = Box<dyn StdError + Send + Sync>;

/// Why there is no answer, or no more of it. No address and no key is in it.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A limit was reached.
    #[error("the limit for {limit} was reached")]
    TimedOut {
        /// Which.
        limit: TimeLimit,
    },
    /// There was no connection, or it broke.
    #[error("{detail}")]
    Lost {
        /// The root of the cause, as `Connection refused (os error 111)`.
        detail: String,
        /// The cause.
        #[source]
        source: Source,
    },
    /// The server's certificate, or its TLS, is not trusted.
    #[error("{detail}")]
    Distrusted {
        /// The root of the cause.
        detail: String,
        /// The cause.
        #[source]
        source: Source,
    },
    /// What answers does not speak HTTP.
    #[error("{detail}")]
    NotHttp {
        /// What is wrong.
        detail: String,
        /// The cause.
        #[source]
        source: Source,
    },
}

impl Failure {
    /// The failure of a call whose answer has not begun.
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

/// Whether a connection that stood was lost before any byte of an answer: then nothing is lost by
/// sending the request again. A pooled connection that the server closed meanwhile looks like this.
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

/// Whether the server's certificate, or its TLS, was refused.
fn is_distrust(error: &reqwest::Error) -> bool {
    // One I/O error within another hides it from `source`.
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
