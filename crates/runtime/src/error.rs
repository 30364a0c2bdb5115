use synod_agents::{AssignmentError, ContextFit};
use synod_debate_engine::EngineError;
use synod_domain::{InvalidConfig, InvalidId};
#[cfg(feature = "ollama")]
use synod_ollama_client::BuildError;
use thiserror::Error;

/// Errors of [`Synod::ollama`](crate::Synod::ollama).
#[cfg(feature = "ollama")]
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The URL is invalid.
    #[error(transparent)]
    Url(#[from] BuildError),
    /// The name of the host is invalid.
    #[error(transparent)]
    Name(#[from] InvalidId),
}

/// Errors of [`Synod::prepare`](crate::Synod::prepare).
#[derive(Debug, Error)]
pub enum PrepareError {
    /// The configuration is invalid.
    #[error(transparent)]
    Config(#[from] InvalidConfig),
    /// An agent is unknown, or no model was found for it.
    #[error(transparent)]
    Assignment(#[from] AssignmentError),
    /// The question and its context are too long for the context window of a model.
    #[error(
        "{fit}; shorten them to {} bytes, or give the model a window of {} tokens",
        fit.most_bytes(),
        fit.wanted_window
    )]
    TooLong {
        /// The sizes.
        fit: Box<ContextFit>,
    },
}

/// Errors of [`Synod::open`](crate::Synod::open) and [`DebateBuilder`](crate::DebateBuilder).
#[derive(Debug, Error)]
pub enum OpenError {
    /// The debate cannot be held as configured.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// The id of an agent is invalid.
    #[error(transparent)]
    AgentId(#[from] InvalidId),
    /// The log failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}
