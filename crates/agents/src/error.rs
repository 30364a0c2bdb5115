use synod_domain::AgentId;
use synod_event_log::LogError;
use synod_inference::{ChatError, ResolveError};
use thiserror::Error;

use crate::{AgentOperation, operation::Operations};

/// No agent has this id.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no agent `{id}`{instead}")]
pub struct UnknownAgent {
    /// The id.
    pub id: AgentId,
    /// The rest of the message, from `; `: a similar id, or the ids that exist. May be empty.
    pub instead: String,
}

/// Errors in the tables `[agents.NAME]` of a configuration file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AgentsFileError {
    /// The file is not valid TOML.
    #[error("line {line}: {detail}")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// The parser's message.
        detail: String,
    },
    /// A table has an unknown key.
    #[error("line {line}: unknown key `{key}` in [agents.{agent}]{instead}")]
    UnknownKey {
        /// The line, from 1.
        line: usize,
        /// The agent, as written.
        agent: String,
        /// The key.
        key: String,
        /// The rest of the message, from `; `: a similar key, or the keys that exist.
        instead: String,
    },
    /// A table has an invalid value.
    #[error("line {line}: [agents.{agent}] {detail}")]
    Invalid {
        /// The line, from 1.
        line: usize,
        /// The agent, as written.
        agent: String,
        /// The problem.
        detail: String,
    },
}

/// Errors returned by [`AgentDirectory`](crate::AgentDirectory).
#[derive(Clone, Debug, Error)]
pub enum DirectoryError {
    /// No agent has this id.
    #[error(transparent)]
    UnknownAgent(#[from] UnknownAgent),
    /// A value of the profile is invalid.
    #[error("agent `{agent}`: {detail}")]
    InvalidProfile {
        /// The agent.
        agent: AgentId,
        /// The key of the value, such as `expertise`.
        key: &'static str,
        /// The problem.
        detail: String,
    },
    /// Another agent has this id.
    #[error("there is an agent `{id}` already")]
    Taken {
        /// The id.
        id: AgentId,
    },
    /// The directory has the maximum number of agents.
    #[error("there are {most} agents already; remove one first")]
    Full {
        /// The maximum.
        most: usize,
    },
    /// The change could not be stored and has no effect.
    #[error(transparent)]
    Store(#[from] LogError),
}

/// Errors of the assignment of models to the agents of a debate.
#[derive(Clone, Debug, Error)]
pub enum AssignmentError {
    /// The configuration names an unknown agent.
    #[error(transparent)]
    UnknownAgent(#[from] UnknownAgent),
    /// No model was found for an agent.
    #[error(transparent)]
    Unresolved(#[from] ResolveError),
}

/// Errors of tasks and chats.
#[derive(Clone, Debug, Error)]
pub enum TaskError {
    /// No agent has this id.
    #[error(transparent)]
    UnknownAgent(#[from] UnknownAgent),
    /// The model of the agent does not support the operation.
    #[error("agent `{agent}` cannot {operation}, only {}", Operations(supported))]
    Unsupported {
        /// The agent.
        agent: AgentId,
        /// The requested operation.
        operation: AgentOperation,
        /// The operations it supports.
        supported: Vec<AgentOperation>,
    },
    /// No model was found.
    #[error(transparent)]
    Unresolved(#[from] ResolveError),
    /// The call to the model failed.
    #[error(transparent)]
    Call(#[from] ChatError),
    /// The task could not be stored. If it has ended, its result is kept until the process ends.
    #[error(transparent)]
    Store(#[from] LogError),
    /// The process ended before the task did.
    #[error("the server ended before the task did; send the task again")]
    ProcessEnded,
    /// The failure of a task of an earlier process.
    #[error("{0}")]
    Earlier(String),
}
