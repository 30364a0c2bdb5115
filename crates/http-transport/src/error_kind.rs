use std::fmt;

/// The cause of an error, as far as a caller can act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request is invalid. Ollama reports some of these with status 500.
    BadRequest,
    /// The server does not have the model.
    ModelNotFound,
    /// The server does not have the endpoint: an old version, or a wrong base path.
    EndpointMissing,
    /// The model does not support the request (chat, tools, thinking, images, embeddings), or the
    /// server was started for something else.
    UnsupportedCapability,
    /// The prompt, or prompt and reply together, do not fit the context.
    ContextOverflow,
    /// The API key is missing or wrong, or a sign-in is required.
    Unauthorized,
    /// The server denies access, whatever the API key.
    Forbidden,
    /// The account has no credit left.
    OutOfQuota,
    /// The server has too many requests, or is still loading the model.
    Busy,
    /// The model could not be loaded.
    LoadFailed,
    /// The process that runs the model crashed.
    RunnerCrashed,
    /// The server, or one behind it, failed in another way.
    Upstream,
    /// The server reported an error in place of the next piece of its reply.
    StreamError,
    /// The body ended properly, but before the reply did.
    Truncated,
    /// The connection failed.
    Transport,
    /// No connection can be made with the TLS settings of the server and of this machine.
    Tls,
    /// A time limit was reached.
    Timeout,
    /// The response is not of the protocol.
    Protocol,
    /// The response is too large, is compressed, or has no content.
    Unusable,
}

/// Whether the same call may succeed if it is made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retryable {
    /// Yes, and nothing of a reply was delivered.
    Yes,
    /// No: something must change first.
    No,
    /// One retry is worth it.
    Once,
    /// The caller decides: a part of the reply was delivered, time was used up, or success depends
    /// on sampling.
    ByCaller,
}

impl Retryable {
    /// Returns `Yes`, or `ByCaller` if a part of the reply was delivered.
    #[must_use]
    pub const fn unless(delivered: bool) -> Self {
        if delivered { Self::ByCaller } else { Self::Yes }
    }
}

impl ErrorKind {
    /// Returns the name of the kind for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "bad_request",
            Self::ModelNotFound => "model_not_found",
            Self::EndpointMissing => "endpoint_missing",
            Self::UnsupportedCapability => "unsupported_capability",
            Self::ContextOverflow => "context_overflow",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::OutOfQuota => "out_of_quota",
            Self::Busy => "busy",
            Self::LoadFailed => "load_failed",
            Self::RunnerCrashed => "runner_crashed",
            Self::Upstream => "upstream",
            Self::StreamError => "stream_error",
            Self::Truncated => "truncated",
            Self::Transport => "transport",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
            Self::Unusable => "unusable",
        }
    }

    /// What happened and, where the caller can act, what to do.
    pub(crate) const fn explanation(self) -> &'static str {
        match self {
            Self::BadRequest => "the server refused the request",
            Self::ModelNotFound => "the server does not have the model",
            Self::EndpointMissing => {
                "the server does not have the endpoint, check its version and the base URL"
            }
            Self::UnsupportedCapability => "the model does not support the request",
            Self::ContextOverflow => "the request does not fit the context",
            Self::Unauthorized => "the server requires a valid API key or a sign-in",
            Self::Forbidden => "the server denied access",
            Self::OutOfQuota => "the account has no credit left",
            Self::Busy => "the server is busy, try again later",
            Self::LoadFailed => "the model could not be loaded",
            Self::RunnerCrashed => "the process that runs the model crashed",
            Self::Upstream => "the server failed",
            Self::StreamError => "the server aborted its reply",
            Self::Truncated => "the reply is incomplete",
            Self::Transport => "the connection failed",
            Self::Tls => "no connection with these TLS settings",
            Self::Timeout => "the server took too long",
            Self::Protocol => "the server does not speak the protocol, check the base URL",
            Self::Unusable => "the response cannot be used",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
