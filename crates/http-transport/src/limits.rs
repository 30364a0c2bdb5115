use std::fmt;
use std::time::Duration;

/// How long one call may take. The time for the connection itself is set on the builder.
///
/// Many servers send no byte, headers included, before the first token: `first_byte` spans queue,
/// load and prompt. Where giving up during a load aborts the load (Ollama does), a limit shorter than
/// the load never succeeds, however often it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From the call until the answer's headers: ten minutes unless set.
    pub first_byte: Option<Duration>,
    /// Between two pieces of the answer, while the caller waits: two minutes unless set.
    pub idle: Option<Duration>,
    /// The whole call: none unless set.
    pub total: Option<Duration>,
}

impl Default for Limits {
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
    /// Waiting for the answer to begin.
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
