use std::{io, path::PathBuf};

use synod_agents::UnknownAgent;
use synod_debate_engine::EngineError;
use synod_event_log::{Cause, LogError};
use synod_event_log_sqlite::StoreOpenError;
use synod_http_api::BindError;
use synod_inference::{OtherModels, ResolveError};
use thiserror::Error;

use crate::{
    causes::with_causes,
    config::{ApiKeyError, ConfigError},
    exit_code,
    output::Bytes,
};

/// Errors that end a command.
#[derive(Debug, Error)]
pub(crate) enum CliError {
    /// Invalid input from the user.
    #[error("{0}")]
    Usage(String),
    /// The configuration is invalid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An API key of the configuration is wrong.
    #[error(transparent)]
    ApiKey(#[from] ApiKeyError),
    /// An agent is not in the registry.
    #[error(transparent)]
    UnknownAgent(#[from] UnknownAgent),
    /// No host can serve the debate.
    #[error("{0}")]
    NoHost(String),
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A log is damaged or breaks the rules of a debate.
    #[error("{0}")]
    BrokenLog(String),
    /// `synod doctor` found problems; the message names their effect.
    #[error("{0}")]
    DoctorFailed(String),
    /// An error of the debate engine.
    #[error("{}", engine_error(.0))]
    Engine(#[from] EngineError),
    /// An error of the log of debates.
    #[error("{}", log_error(.0))]
    Log(#[from] LogError),
    /// The data directory cannot be opened.
    #[error("{}", with_causes(.0))]
    Store(StoreOpenError),
    /// The store has stopped after a failed write.
    #[error(
        "{} cannot be written ({}), so that nothing more is accepted; what was acknowledged is kept, \
         and the debates of a server continue at its next start", .path.display(), with_causes(.cause)
    )]
    StoreFailed {
        /// The data directory.
        path: PathBuf,
        /// The cause.
        cause: Cause,
    },
    /// Any other failure.
    #[error("{0}")]
    Failed(String),
    /// The operating system refuses to run the server.
    #[error("cannot serve: {0}")]
    Serve(io::Error),
    /// The output cannot be written.
    #[error("cannot write: {0}")]
    Write(io::Error),
    /// The reader of stdout has closed it.
    #[error("the output was closed by its reader")]
    ClosedPipe,
    /// The debate did not end as required.
    #[error(transparent)]
    Debate(DebateFailure),
}

/// Failures of a debate, each with an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum DebateFailure {
    /// No consensus, although `--require-consensus` was given.
    #[error("there is no consensus")]
    NoConsensus,
    /// The token budget is used up.
    #[error("the budget ended the debate")]
    Budget,
    /// The deadline has passed.
    #[error("the deadline ended the debate")]
    Deadline,
    /// The user has stopped the debate.
    #[error("interrupted")]
    Interrupted,
    /// Another process or client has stopped the debate.
    #[error("the debate was stopped by another process or client")]
    StoppedElsewhere,
    /// The reader of stdout has closed it before the end of the debate.
    #[error("the reader of the output closed it before the debate had ended")]
    NoReader,
    /// Too few participants are left.
    #[error(
        "the debate could not be completed: too many model calls failed; run `synod doctor` to \
         check hosts and models"
    )]
    FailedCalls,
    /// Too few participants are left, mostly because calls reached the time limit.
    #[error(
        "the debate could not be completed: too many model calls reached the time limit of {limit} s; \
         raise it with --time-limit (10 to 300 seconds), or use a faster model"
    )]
    TimeLimit {
        /// In seconds.
        limit: u16,
    },
}

impl CliError {
    /// The exit code.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::ClosedPipe => 0,
            Self::Read { .. }
            | Self::ApiKey(ApiKeyError::Unreadable { .. })
            | Self::BrokenLog(_)
            | Self::DoctorFailed(_)
            | Self::Engine(_)
            | Self::Log(_)
            | Self::Store(_)
            | Self::StoreFailed { .. }
            | Self::Failed(_)
            | Self::Serve(_)
            | Self::Write(_)
            | Self::Debate(
                DebateFailure::NoReader
                | DebateFailure::FailedCalls
                | DebateFailure::TimeLimit { .. },
            ) => 1,
            Self::Usage(_)
            | Self::Config(_)
            | Self::ApiKey(ApiKeyError::SetTwice { .. } | ApiKeyError::Invalid { .. })
            | Self::UnknownAgent(_) => exit_code::USAGE,
            Self::Debate(DebateFailure::NoConsensus) => 3,
            Self::NoHost(_) => 4,
            Self::Debate(DebateFailure::Budget | DebateFailure::Deadline) => 5,
            Self::Debate(DebateFailure::Interrupted | DebateFailure::StoppedElsewhere) => 130,
        }
    }

    /// Whether the error ends the command without a message.
    pub(crate) const fn is_silent(&self) -> bool {
        matches!(self, Self::ClosedPipe)
    }
}

fn engine_error(error: &EngineError) -> String {
    match error {
        EngineError::Log(error @ LogError::LowSpace { .. }) => log_error(error),
        EngineError::Log(_)
        | EngineError::Rejected(_)
        | EngineError::Closing
        | EngineError::Fold(_)
        | EngineError::NotForClients(_) => with_causes(error),
    }
}

fn log_error(error: &LogError) -> String {
    if let LogError::LowSpace { dir, free_bytes, needed_bytes } = error {
        return format!(
            "the disk of {} has {} of free space; debates need {} to begin or continue; free some space \
             (`synod prune` deletes old debates), or name a directory on another disk with --data",
            dir.display(),
            Bytes(*free_bytes),
            Bytes(*needed_bytes)
        );
    }
    with_causes(error)
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

/// Lists the available models if a model is missing and no name is similar.
fn available(error: &ResolveError) -> String {
    /// Maximum number of names.
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
    format!("; available models: {}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[derive(Debug, Error)]
    #[error("synod.db cannot be used")]
    struct Unusable(#[source] io::Error);

    #[test]
    fn errors_of_the_store_name_their_cause() {
        let cause: Cause = Arc::new(Unusable(io::Error::other("disk I/O error")));
        let failed = CliError::StoreFailed { path: "data".into(), cause: Arc::clone(&cause) };
        let text = failed.to_string();
        assert!(text.contains("(synod.db cannot be used: disk I/O error)"), "{text}");
        let engine = CliError::from(EngineError::from(LogError::Unavailable { source: cause }));
        let text = engine.to_string();
        assert!(text.ends_with("unavailable: synod.db cannot be used: disk I/O error"), "{text}");
    }
}
