use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use crate::asked_wait::asked_wait;
use crate::error_kind::{ErrorKind, Retryable};
use crate::failure::Failure;
use crate::limits::TimeLimit;
use crate::protocol::Protocol;
use crate::proxy::EnvironmentProxy;
use crate::sentence::title;
use crate::tls_fault::TlsFault;

/// Errors returned by calls to a model server.
///
/// [`Error::kind`] says what happened and [`Error::retryable`] whether to try again; the rest is
/// what the server reported. No API key is in it.
pub struct Error<P> {
    details: Box<Details>,
    protocol: PhantomData<P>,
}

/// The figures of [`ErrorKind::ContextOverflow`], in tokens.
///
/// If the prompt is shorter than the context, the request was refused because of the tokens that it
/// asked for as the reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContextOverflow {
    /// The length of the prompt, if the server reported it.
    pub prompt_tokens: Option<u64>,
    /// The length of the context.
    pub context_length: u64,
}

#[derive(Debug)]
struct Details {
    kind: ErrorKind,
    retryable: Retryable,
    message: String,
    status: Option<u16>,
    reported_kind: Option<ErrorKind>,
    param: Option<String>,
    overflow: Option<ContextOverflow>,
    signin_url: Option<String>,
    retry_after: Option<Duration>,
    limit: Option<TimeLimit>,
    tls_fault: Option<TlsFault>,
    is_page: bool,
    partial_content: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl<P: Protocol> Error<P> {
    /// Creates an error with the message of the server, or of the client if the server sent none.
    pub fn new(kind: ErrorKind, retryable: Retryable, message: impl Into<String>) -> Self {
        let details = Details {
            kind,
            retryable,
            message: message.into(),
            status: None,
            reported_kind: None,
            param: None,
            overflow: None,
            signin_url: None,
            retry_after: None,
            limit: None,
            tls_fault: None,
            is_page: false,
            partial_content: String::new(),
            source: None,
        };
        Self { details: Box::new(details), protocol: PhantomData }
    }

    /// Returns what happened.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.details.kind
    }

    /// Returns whether to try again.
    #[must_use]
    pub fn retryable(&self) -> Retryable {
        self.details.retryable
    }

    /// Returns the message of the server, or of the client if the server sent none.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.details.message
    }

    /// Returns the HTTP status, if a response came. An error within a reply comes with 200.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.details.status
    }

    /// Returns the kind that an error within a reply would have had with a status of its own.
    #[must_use]
    pub fn reported_kind(&self) -> Option<ErrorKind> {
        self.details.reported_kind
    }

    /// Returns the field of the request that is at fault, if the server names it.
    #[must_use]
    pub fn param(&self) -> Option<&str> {
        self.details.param.as_deref()
    }

    /// Returns the lengths of prompt and context, if the server reported them.
    #[must_use]
    pub fn context_overflow(&self) -> Option<ContextOverflow> {
        self.details.overflow
    }

    /// Returns where to sign in for a cloud model.
    #[must_use]
    pub fn signin_url(&self) -> Option<&str> {
        self.details.signin_url.as_deref()
    }

    /// Returns how long the server asks to wait, in a header or in its message. A message may ask for it
    /// in mid-reply as well, where no header can.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.details.retry_after.or_else(|| asked_wait(&self.details.message))
    }

    /// Returns the limit that was reached, for [`ErrorKind::Timeout`].
    #[must_use]
    pub fn time_limit(&self) -> Option<TimeLimit> {
        self.details.limit
    }

    /// Returns what is wrong, for [`ErrorKind::Tls`].
    #[must_use]
    pub fn tls_fault(&self) -> Option<TlsFault> {
        self.details.tls_fault
    }

    /// Returns how the connection failed, if it did.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        self.details.source.as_deref()?.downcast_ref()
    }

    /// Returns whether something answered at the address of the server: there was a response, or at
    /// least a connection, which was lost.
    #[must_use]
    pub fn was_connected(&self) -> bool {
        let is_lost = matches!(self.failure(), Some(Failure::Lost { was_connected: true, .. }));
        self.details.status.is_some() || is_lost
    }

    /// Returns the text that came before the error, if the call had collected it. It is empty for a
    /// stream, whose pieces the caller has.
    #[must_use]
    pub fn partial_content(&self) -> &str {
        &self.details.partial_content
    }

    /// Returns whether the server sent a web page with a successful status. Proxies send one when
    /// their server is down, and web servers at a wrong path.
    #[must_use]
    pub fn is_page(&self) -> bool {
        self.details.is_page
    }

    /// Sets the HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.details.status = Some(status);
        self
    }

    /// Sets the kind that an error within a reply would have had with a status of its own.
    #[must_use]
    pub fn with_reported_kind(mut self, kind: Option<ErrorKind>) -> Self {
        self.details.reported_kind = kind;
        self
    }

    /// Sets the field of the request that is at fault.
    #[must_use]
    pub fn with_param(mut self, param: Option<String>) -> Self {
        self.details.param = param;
        self
    }

    /// Sets the lengths of prompt and context.
    #[must_use]
    pub fn with_overflow(mut self, overflow: Option<ContextOverflow>) -> Self {
        self.details.overflow = overflow;
        self
    }

    /// Sets where to sign in.
    #[must_use]
    pub fn with_signin_url(mut self, url: Option<String>) -> Self {
        self.details.signin_url = url;
        self
    }

    /// Sets the time to wait from the header, which takes precedence over that in the message.
    pub(crate) const fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.details.retry_after = retry_after;
        self
    }

    /// Adds the proxy through which the response came.
    pub(crate) fn through(mut self, proxy: &EnvironmentProxy) -> Self {
        let message = &mut self.details.message;
        *message = format!("{message} (through the proxy {proxy})").trim_start().to_owned();
        self
    }

    pub(crate) fn with_partial_content(mut self, content: String) -> Self {
        self.details.partial_content = content;
        self
    }

    /// Sets the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.details.source = Some(Box::new(source));
        self
    }

    /// Creates the error of a failed connection; `delivered`: the caller has a part of the reply.
    pub(crate) fn of_failure(failure: Failure, delivered: bool) -> Self {
        let message = failure.to_string();
        let mut error = match &failure {
            Failure::TimedOut { limit: TimeLimit::Connect } => {
                Self::new(ErrorKind::Timeout, Retryable::Yes, message)
            }
            Failure::TimedOut { .. } => Self::new(ErrorKind::Timeout, Retryable::ByCaller, message),
            Failure::Proxy { fault, .. } if !fault.passes() => {
                Self::new(ErrorKind::Forbidden, Retryable::No, message)
            }
            Failure::Unresolved { .. }
            | Failure::Lost { .. }
            | Failure::ClosedInHandshake { .. }
            | Failure::Proxy { .. } => {
                Self::new(ErrorKind::Transport, Retryable::unless(delivered), message)
            }
            Failure::Tls { fault, .. } => Self::tls(*fault, message),
            Failure::NotHttp { .. } => Self::protocol("not HTTP/1.1", message.as_bytes()),
        };
        if let Failure::TimedOut { limit } = failure {
            error.details.limit = Some(limit);
        }
        error.with_source(failure)
    }

    /// Creates the error of a server that refused a plain-text request.
    pub(crate) fn only_tls(status: u16) -> Self {
        let fault = TlsFault::OnlyTls;
        Self::tls(fault, format!("{fault}; {}", fault.advice())).with_status(status)
    }

    fn tls(fault: TlsFault, message: String) -> Self {
        let mut error = Self::new(ErrorKind::Tls, Retryable::No, message);
        error.details.tls_fault = Some(fault);
        error
    }

    /// Creates the error of a body that ended before the reply did; `delivered`: the caller has a
    /// part of the reply.
    pub fn truncated(delivered: bool, message: &str) -> Self {
        let retryable = Retryable::unless(delivered);
        Self::new(ErrorKind::Truncated, retryable, message).with_status(200)
    }

    /// Creates the error of a response that cannot be used.
    pub(crate) fn unusable(status: u16, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unusable, Retryable::No, message).with_status(status)
    }

    /// Creates the error of a response that is not of the protocol; `received` is its beginning.
    pub fn protocol(problem: &str, received: &[u8]) -> Self {
        const SHOWN: usize = 200;
        let shown = String::from_utf8_lossy(&received[..received.len().min(SHOWN)]);
        let dots = if received.len() > SHOWN { "…" } else { "" };
        let is_page = is_page(received);
        let problem = match title(&String::from_utf8_lossy(received)).filter(|_| is_page) {
            Some(title) => format!("a web page in place of a reply: {title}"),
            None if is_page => "a web page in place of a reply".to_owned(),
            None => problem.to_owned(),
        };
        let message = format!("{problem}: {}{dots}", shown.trim());
        let mut error = Self::new(ErrorKind::Protocol, Retryable::No, message);
        error.details.is_page = is_page;
        error
    }
}

/// Returns whether a body begins as HTML does.
#[must_use]
pub fn is_page(body: &[u8]) -> bool {
    let body = body.trim_ascii_start();
    body.starts_with(b"<!") || body.len() >= 5 && body[..5].eq_ignore_ascii_case(b"<html")
}

impl<P: Protocol> fmt::Display for Error<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details { kind, status, message, .. } = &*self.details;
        let is_of_proxy = matches!(self.failure(), Some(Failure::Proxy { .. }));
        if *kind == ErrorKind::Tls || is_of_proxy {
            // The message says all.
            return f.write_str(message);
        }
        if *kind == ErrorKind::Protocol {
            let name = P::NAME;
            write!(f, "the server does not speak {name}'s protocol, check the base URL")?;
        } else {
            f.write_str(kind.explanation())?;
        }
        if let Some(advice) = P::advice(*kind) {
            write!(f, ", {advice}")?;
        }
        if let Some(status) = status.filter(|&status| status != 200) {
            write!(f, " (status {status})")?;
        }
        if !message.is_empty() {
            write!(f, ": {message}")?;
        }
        Ok(())
    }
}

impl<P> fmt::Debug for Error<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.details.fmt(f)
    }
}

impl<P: Protocol> std::error::Error for Error<P> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.details.source.as_deref().map(|source| source as _)
    }
}
