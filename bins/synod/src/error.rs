use std::{io, path::PathBuf};

use synod_agents::UnknownAgent;
use synod_debate_engine::EngineError;
use synod_http_api::BindError;
use synod_inference::{OtherModels, ResolveError};
use thiserror::Error;

use crate::{config::ConfigError, exit_code};

/// Why the command ends otherwise than well.
#[derive(Debug, Error)]
pub(crate) enum CliError {
    /// Something the user gave is wrong.
    #[error("{0}")]
    Usage(String),
    /// The configuration file is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An agent is not known, or has no model.
    #[error(transparent)]
    UnknownAgent(#[from] UnknownAgent),
    /// No host serves a model.
    #[error("{0}")]
    NoHost(String),
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A log breaks the rules.
    #[error("{0}")]
    BrokenLog(String),
    /// The doctor found something wrong; this says what it prevents.
    #[error("{0}")]
    DoctorFailed(String),
    /// The engine did not do it.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Something else went wrong.
    #[error("{0}")]
    Failed(String),
    /// The system does not let the server serve.
    #[error("cannot serve: {0}")]
    Serve(io::Error),
    /// Nothing can be written.
    #[error("cannot write: {0}")]
    Write(io::Error),
    /// stdout was closed.
    #[error("the output was closed by its reader")]
    ClosedPipe,
    /// The debate ended, but not as it should have.
    #[error(transparent)]
    Debate(DebateFailure),
}

/// What a debate that ended lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum DebateFailure {
    /// A consensus, which was required.
    #[error("there is no consensus")]
    NoConsensus,
    /// Tokens to go on.
    #[error("the budget ended the debate")]
    Budget,
    /// Time to go on.
    #[error("the deadline ended the debate")]
    Deadline,
    /// The user's patience.
    #[error("interrupted")]
    Interrupted,
    /// Participants, or a way to go on.
    #[error(
        "the debate could not be held to its end: too many model calls failed; `synod doctor` \
         checks hosts and models"
    )]
    FailedCalls,
    /// The same, and most of the calls that failed reached the time limit.
    #[error(
        "the debate could not be held to its end: too many model calls reached the time limit of \
         {limit} s; allow more with --time-limit, 10 to 300 seconds, or use a faster model"
    )]
    TimeLimit {
        /// Seconds.
        limit: u16,
    },
}

impl CliError {
    /// The exit code.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::ClosedPipe => 0,
            Self::Read { .. }
            | Self::BrokenLog(_)
            | Self::DoctorFailed(_)
            | Self::Engine(_)
            | Self::Failed(_)
            | Self::Serve(_)
            | Self::Write(_)
            | Self::Debate(DebateFailure::FailedCalls | DebateFailure::TimeLimit { .. }) => 1,
            Self::Usage(_) | Self::Config(_) | Self::UnknownAgent(_) => exit_code::USAGE,
            Self::Debate(DebateFailure::NoConsensus) => 3,
            Self::NoHost(_) => 4,
            Self::Debate(DebateFailure::Budget | DebateFailure::Deadline) => 5,
            Self::Debate(DebateFailure::Interrupted) => 130,
        }
    }

    /// Whether there is anything left to say.
    pub(crate) const fn is_silent(&self) -> bool {
        matches!(self, Self::ClosedPipe)
    }
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::ClosedPipe
        } else {
            Self::Write(error)
        }
    }
}

impl From<BindError> for CliError {
    fn from(error: BindError) -> Self {
        match error {
            BindError::NeedsKey { .. } => Self::Usage(error.to_string()),
            BindError::InUse { .. } | BindError::Denied { .. } | BindError::Host { .. } => {
                Self::Failed(error.to_string())
            }
        }
    }
}

impl From<ResolveError> for CliError {
    fn from(error: ResolveError) -> Self {
        let text = format!("{error}{}", available(&error));
        match error {
            ResolveError::HostUnavailable { .. } | ResolveError::NoModel { .. } => {
                Self::NoHost(text)
            }
            ResolveError::ModelNotFound { unanswered, .. } if !unanswered.is_empty() => {
                Self::NoHost(text)
            }
            ResolveError::ModelNotFound { .. }
            | ResolveError::UnknownHost { .. }
            | ResolveError::CannotChat { .. } => Self::Usage(text),
        }
    }
}

/// The models there are, where one is missing and none has a name much like it.
fn available(error: &ResolveError) -> String {
    /// Most names that are listed.
    const SHOWN: usize = 5;
    let ResolveError::ModelNotFound { others, .. } = error else { return String::new() };
    let OtherModels { near, available } = &**others;
    if !near.is_empty() || available.is_empty() {
        return String::new();
    }
    let shown: Vec<_> = available.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = match available.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("; there are {}{more}", shown.join(", "))
}
