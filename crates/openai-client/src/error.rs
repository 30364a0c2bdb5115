mod classify;
mod kind;
mod overflow;
mod report;

use std::fmt;
use std::time::Duration;

use synod_http_transport::{Failure, TimeLimit, asked_wait, title};

pub use kind::{ErrorKind, Retryable};
pub(crate) use report::ServerReport;

/// What a call gives.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call failed.
///
/// The kind says what happened, [`Error::retryable`] what to do about it, and the rest is what the
/// server said, kept. No key is in it.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Details>);

/// The figures of [`ErrorKind::ContextOverflow`], in tokens.
///
/// A prompt that is shorter than the context was refused because of the tokens of the answer that
/// were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContextOverflow {
    /// The prompt's length, if the server told it.
    pub prompt_tokens: Option<u64>,
    /// The context's length.
    pub context_length: u64,
}

#[derive(Debug, thiserror::Error)]
struct Details {
    kind: ErrorKind,
    retryable: Retryable,
    message: String,
    status: Option<u16>,
    param: Option<String>,
    overflow: Option<ContextOverflow>,
    retry_after: Option<Duration>,
    limit: Option<TimeLimit>,
    is_page: bool,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, retryable: Retryable, message: impl Into<String>) -> Self {
        Self(Box::new(Details {
            kind,
            retryable,
            message: message.into(),
            status: None,
            param: None,
            overflow: None,
            retry_after: None,
            limit: None,
            is_page: false,
            source: None,
        }))
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether to try again.
    #[must_use]
    pub fn retryable(&self) -> Retryable {
        self.0.retryable
    }

    /// The server's own words where it said some, else what this crate has to say.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The HTTP status, once there was one. An error in mid-answer comes with 200.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The key of the request that is at fault, where the server names one.
    #[must_use]
    pub fn param(&self) -> Option<&str> {
        self.0.param.as_deref()
    }

    /// The prompt's and the context's length, where the server told them.
    #[must_use]
    pub fn context_overflow(&self) -> Option<ContextOverflow> {
        self.0.overflow
    }

    /// How long the server asks to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The limit that was reached, for [`ErrorKind::Timeout`].
    #[must_use]
    pub fn time_limit(&self) -> Option<TimeLimit> {
        self.0.limit
    }

    /// What came, with a status of success, is a web page, as a proxy sends it whose server is away, or
    /// a server at another path.
    #[must_use]
    pub fn is_page(&self) -> bool {
        self.0.is_page
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// As a header says, or the words of the server.
    pub(crate) fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.0.retry_after = retry_after.or_else(|| asked_wait(&self.0.message));
        self
    }

    pub(crate) fn with_source(
        mut self,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }

    /// The error of a call whose connection failed; `delivered`: the caller has some of the answer.
    pub(crate) fn of_failure(failure: Failure, delivered: bool) -> Self {
        let message = failure.to_string();
        let lost = if delivered { Retryable::ByCaller } else { Retryable::Yes };
        let mut error = match &failure {
            Failure::TimedOut { limit: TimeLimit::Connect } => {
                Self::new(ErrorKind::Timeout, Retryable::Yes, message)
            }
            Failure::TimedOut { .. } => Self::new(ErrorKind::Timeout, Retryable::ByCaller, message),
            Failure::Lost { .. } => Self::new(ErrorKind::Transport, lost, message),
            Failure::Distrusted { .. } => Self::new(ErrorKind::Transport, Retryable::No, message),
            Failure::NotHttp { .. } => Self::protocol("not HTTP", message.as_bytes()),
        };
        if let Failure::TimedOut { limit } = failure {
            error.0.limit = Some(limit);
        }
        error.with_source(failure)
    }

    /// Truncated: the body ended properly, the answer did not.
    pub(crate) fn truncated(delivered: bool) -> Self {
        let retryable = if delivered { Retryable::ByCaller } else { Retryable::Yes };
        let message = "the answer ended without a reason and without `[DONE]`";
        Self::new(ErrorKind::Truncated, retryable, message).with_status(200)
    }

    /// Protocol: `received` is the beginning of what came instead.
    pub(crate) fn protocol(problem: &str, received: &[u8]) -> Self {
        const SHOWN: usize = 200;
        let shown = String::from_utf8_lossy(&received[..received.len().min(SHOWN)]);
        let dots = if received.len() > SHOWN { "…" } else { "" };
        let is_page = is_page(received);
        let problem = match title(&String::from_utf8_lossy(received)).filter(|_| is_page) {
            Some(title) => format!("a web page in place of an answer: {title}"),
            None if is_page => "a web page in place of an answer".to_owned(),
            None => problem.to_owned(),
        };
        let message = format!("{problem}: {}{dots}", shown.trim());
        let mut error = Self::new(ErrorKind::Protocol, Retryable::No, message);
        error.0.is_page = is_page;
        error
    }
}

/// Whether a body begins as HTML does.
pub(crate) fn is_page(body: &[u8]) -> bool {
    let body = body.trim_ascii_start();
    body.starts_with(b"<!") || body.len() >= 5 && body[..5].eq_ignore_ascii_case(b"<html")
}

impl fmt::Display for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.explanation())?;
        if let Some(status) = self.status.filter(|&status| status != 200) {
            write!(f, " (status {status})")?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        Ok(())
    }
}
