use std::sync::Arc;

use synod_agents::{AssignmentError, ContextFit};
use synod_debate_engine::{DebateHandle, EngineError};
use synod_domain::{InvalidConfig, InvalidId, Paused};
#[cfg(feature = "ollama")]
use synod_ollama_client::BuildError;
use synod_transcript::pause_in_words;
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

/// Errors of [`DebateBuilder::run`](crate::DebateBuilder::run).
#[derive(Debug, Error)]
pub enum RunError {
    /// The debate could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The log failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The debate paused by itself, for example because its hosts serve no calls.
    #[error("the debate paused: {}", reason(pause))]
    Paused {
        /// The debate, which [`DebateHandle::resume`] continues.
        debate: DebateHandle,
        /// The reason.
        pause: Arc<Paused>,
    },
}

fn reason(pause: &Paused) -> String {
    let words = pause_in_words(pause);
    words.strip_prefix("Paused: ").unwrap_or(&words).to_owned()
}
