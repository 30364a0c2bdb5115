use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};
use synod_http_transport::is_filter_reason;

/// Why a reply ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "String")]
pub enum DoneReason {
    /// The model ended the reply, or a stop text or a tool call did.
    Stop,
    /// The reply was cut at `num_predict` or at the end of the context.
    Length,
    /// The request only loaded the model.
    Load,
    /// The request only unloaded the model.
    Unload,
    /// A content filter of the service behind the server ended or removed the reply.
    ContentFilter,
    /// An unknown reason.
    Other(String),
}

impl DoneReason {
    /// Returns the reason as on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::Load => "load",
            Self::Unload => "unload",
            Self::ContentFilter => "content_filter",
            Self::Other(reason) => reason,
        }
    }
}

impl From<String> for DoneReason {
    fn from(reason: String) -> Self {
        match reason.as_str() {
            "stop" => Self::Stop,
            "length" => Self::Length,
            "load" => Self::Load,
            "unload" => Self::Unload,
            _ if is_filter_reason(&reason) => Self::ContentFilter,
            _ => Self::Other(reason),
        }
    }
}

impl fmt::Display for DoneReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for DoneReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Tokens and times of a reply. The server omits a metric that is zero, so each may be `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReplyMetrics {
    /// From the arrival of the request to its end: the only metric that includes the queue.
    pub total_duration: Option<Duration>,
    /// Loading the model.
    pub load_duration: Option<Duration>,
    /// Tokens of the prompt, including cached ones.
    pub prompt_eval_count: Option<u64>,
    /// Evaluating the part of the prompt that was not cached.
    pub prompt_eval_duration: Option<Duration>,
    /// Tokens of the reply.
    pub eval_count: Option<u64>,
    /// Generating the reply.
    pub eval_duration: Option<Duration>,
}

/// The end of a reply, from its last line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct End {
    /// Why the reply ended; very old servers do not report it.
    pub done_reason: Option<DoneReason>,
    /// Tokens and times.
    pub metrics: ReplyMetrics,
}
