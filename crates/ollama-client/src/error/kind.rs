use std::fmt;

/// Causes, told apart by what a caller can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request is wrong; some of these come with status 500.
    BadRequest,
    /// The server does not have the model: pull it.
    ModelNotFound,
    /// The server does not have the endpoint: an old version, or a wrong base path.
    EndpointMissing,
    /// The model cannot do what was asked: tools, thinking, images, embeddings.
    UnsupportedCapability,
    /// The prompt does not fit the context.
    ContextOverflow,
    /// Not signed in, or the key is wrong.
    Unauthorized,
    /// The server refuses: a cloud model is disabled, or it does not trust the host name.
    Forbidden,
    /// Too much is waiting already.
    Busy,
    /// The model could not be loaded.
    LoadFailed,
    /// The process that runs the model died.
    RunnerCrashed,
    /// The server, or one behind it, failed in another way.
    Upstream,
    /// The server reported an error in place of the next line of its answer.
    StreamError,
    /// The answer ended properly but before its last line.
    Truncated,
    /// No connection, or it broke.
    Transport,
    /// A time limit was reached.
    Timeout,
    /// What came is not Ollama's protocol.
    Protocol,
    /// The reply is not the JSON that was asked for.
    StructuredInvalid,
    /// The reply was cut before its JSON was complete.
    StructuredTruncated,
}

/// Whether the same call may succeed if it is made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retryable {
    /// Yes, and nothing of an answer was delivered.
    Yes,
    /// No: something must change first.
    No,
    /// One more try is worth it.
    Once,
    /// The caller decides: a part of the answer was delivered, or another answer is a matter of
    /// luck.
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
            Self::Busy => "busy",
            Self::LoadFailed => "load_failed",
            Self::RunnerCrashed => "runner_crashed",
            Self::Upstream => "upstream",
            Self::StreamError => "stream_error",
            Self::Truncated => "truncated",
            Self::Transport => "transport",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
            Self::StructuredInvalid => "structured_invalid",
            Self::StructuredTruncated => "structured_truncated",
        }
    }

    /// What happened and, where there is something to do, what.
    pub(super) fn explanation(self) -> &'static str {
        match self {
            Self::BadRequest => "the server refused the request",
            Self::ModelNotFound => "the server does not have the model, pull it first",
            Self::EndpointMissing => {
                "the server does not have the endpoint, check its version and the base URL"
            }
            Self::UnsupportedCapability => "the model cannot do what was asked",
            Self::ContextOverflow => {
                "the prompt does not fit the context, shorten it or raise num_ctx"
            }
            Self::Unauthorized => "the server wants a sign-in or another API key",
            Self::Forbidden => "the server refuses access",
            Self::Busy => "the server is busy, try again later",
            Self::LoadFailed => "the model could not be loaded",
            Self::RunnerCrashed => "the process that runs the model stopped",
            Self::Upstream => "the server failed",
            Self::StreamError => "the server broke off its answer",
            Self::Truncated => "the answer is incomplete",
            Self::Transport => "the connection failed",
            Self::Timeout => "the server took too long",
            Self::Protocol => "this does not speak Ollama's protocol, check the base URL",
            Self::StructuredInvalid => "the reply is not the JSON that was asked for",
            Self::StructuredTruncated => {
                "the reply was cut before its JSON was complete, raise num_predict"
            }
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
