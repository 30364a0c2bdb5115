use std::fmt;

/// Causes, told apart by what a caller can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request is wrong.
    BadRequest,
    /// The server does not have the model.
    ModelNotFound,
    /// The server does not have the endpoint: a wrong base path.
    EndpointMissing,
    /// The model cannot chat, or the server was started for something else.
    UnsupportedCapability,
    /// Prompt and answer do not fit the context.
    ContextOverflow,
    /// The key is missing or wrong.
    Unauthorized,
    /// The server refuses, whatever the key.
    Forbidden,
    /// The account has nothing left to spend.
    OutOfQuota,
    /// Too much to do, or a model that is still being loaded.
    Busy,
    /// The server, or one behind it, failed in another way.
    Upstream,
    /// The server reported an error in place of the next piece of its answer.
    StreamError,
    /// The body ended properly but before `[DONE]` and before a reason of the end.
    Truncated,
    /// No connection, or it broke.
    Transport,
    /// A time limit was reached.
    Timeout,
    /// What came is not the protocol.
    Protocol,
}

/// Whether the same call may succeed if it is made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retryable {
    /// Yes, and nothing of an answer was delivered.
    Yes,
    /// No: something must change first.
    No,
    /// The caller decides: a part of the answer was delivered, or time was used up.
    ByCaller,
}

impl ErrorKind {
    /// The kind as a name for logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
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
            Self::Upstream => "upstream",
            Self::StreamError => "stream_error",
            Self::Truncated => "truncated",
            Self::Transport => "transport",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
        }
    }

    /// What happened and, where there is something to do, what.
    pub(super) fn explanation(self) -> &'static str {
        match self {
            Self::BadRequest => "the server refused the request",
            Self::ModelNotFound => "the server does not have the model",
            Self::EndpointMissing => "the server does not have the endpoint, check the base URL",
            Self::UnsupportedCapability => "the server does not chat with this model",
            Self::ContextOverflow => "prompt and answer do not fit the context",
            Self::Unauthorized => "the server wants another API key",
            Self::Forbidden => "the server refuses access",
            Self::OutOfQuota => "the account has nothing left to spend",
            Self::Busy => "the server is busy, try again later",
            Self::Upstream => "the server failed",
            Self::StreamError => "the server broke off its answer",
            Self::Truncated => "the answer is incomplete",
            Self::Transport => "the connection failed",
            Self::Timeout => "the server took too long",
            Self::Protocol => "this does not speak OpenAI's protocol, check the base URL",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
