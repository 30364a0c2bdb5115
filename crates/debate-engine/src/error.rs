use synod_debate_protocol::{FoldError, Rejection};
use synod_event_log::LogError;
use thiserror::Error;

/// Errors returned by the engine.
#[derive(Clone, Debug, Error)]
pub enum EngineError {
    /// The rules refused the command.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The event log failed, or has no such debate.
    #[error(transparent)]
    Log(#[from] LogError),
    /// This version cannot read the log of the debate.
    #[error("the log of this debate cannot be read")]
    Fold(#[from] FoldError),
    /// The hub is closing.
    #[error("no debate can be opened while the server shuts down")]
    Closing,
    /// Only the process that drives a debate may give the command.
    #[error("`{0}` is an internal command")]
    NotForClients(&'static str),
}
