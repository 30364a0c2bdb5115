use std::fmt;
use std::time::Duration;

/// How long one call may take. The limit for connecting is set on the builder.
///
/// Many servers send no byte, not even headers, before the first token: `first_byte` includes the
/// queue, the load of the model and the prompt. Ollama aborts a load when the client gives up, so a
/// limit that is shorter than the load never succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimits {
    /// From the call to the headers of the response. The default is ten minutes.
    pub first_byte: Option<Duration>,
    /// Between two pieces of the body, while the caller waits. The default is two minutes.
    pub idle: Option<Duration>,
    /// The whole call. The default is no limit.
    pub total: Option<Duration>,
}

impl Default for TimeLimits {
    fn default() -> Self {
        Self {
            first_byte: Some(Duration::from_secs(600)),
            idle: Some(Duration::from_secs(120)),
            total: None,
        }
    }
}

/// The limit that a call ran into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeLimit {
    /// Connecting, TLS included.
    Connect,
    /// Waiting for the headers of the response.
    FirstByte,
    /// Waiting for the next piece.
    Idle,
    /// The whole call.
    Total,
}

impl fmt::Display for TimeLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::FirstByte => "waiting for the first byte",
            Self::Idle => "waiting for the next piece",
            Self::Total => "the whole call",
        })
    }
}
