use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};
use synod_http_transport::is_filter_reason;

/// Why an answer ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "String")]
pub enum DoneReason {
    /// The model ended it, or a stop text or a tool call did.
    Stop,
    /// `num_predict` or the context's end cut it.
    Length,
    /// Nothing was asked; the model was loaded.
    Load,
    /// Nothing was asked; the model was unloaded.
    Unload,
    /// A filter of the service behind the server took the answer away.
    ContentFilter,
    /// A reason this version does not know.
    Other(String),
}

impl DoneReason {
    /// The reason as it is on the wire.
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

/// What an answer cost. The server leaves a metric out when it is zero, so each may be none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Metrics {
    /// From the request's arrival to its end. Waiting in a queue is part of this and of no other.
    pub total_duration: Option<Duration>,
    /// Loading the model.
    pub load_duration: Option<Duration>,
    /// Tokens of the prompt, those found in the cache included.
    pub prompt_eval_count: Option<u64>,
    /// Evaluating the part of the prompt that was not in the cache.
    pub prompt_eval_duration: Option<Duration>,
    /// Tokens of the answer.
    pub eval_count: Option<u64>,
    /// Generating the answer.
    pub eval_duration: Option<Duration>,
}

/// What the last line of an answer says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct End {
    /// Why it ended; very old servers do not say.
    pub done_reason: Option<DoneReason>,
    /// What it cost.
    pub metrics: Metrics,
}
