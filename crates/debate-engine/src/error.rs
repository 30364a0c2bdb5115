use synod_debate_protocol::{FoldError, Rejection};
use synod_event_log::LogError;
use thiserror::Error;

/// Why the engine did not do it.
#[derive(Clone, Debug, Error)]
pub enum EngineError {
    /// The rules refuse the command.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The log failed, or holds no such debate.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The log of the debate makes no sense to this version.
    #[error("the log of this debate cannot be read")]
    Fold(#[from] FoldError),
    /// The hub is closing.
    #[error("no debate can be opened while the server shuts down")]
    Closing,
    /// The command is one that only the owner of a debate gives.
    #[error("{0} is no command for clients")]
    NotForClients(&'static str),
}
