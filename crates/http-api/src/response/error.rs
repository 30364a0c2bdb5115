mod answer;
mod present;

use actix_web::{
    HttpResponse, ResponseError,
    http::{Method, StatusCode},
};
use synod_agents::{DirectoryError, TaskError, UnknownAgent};
use synod_debate_engine::EngineError;
use synod_domain::AgentId;
use synod_inference::{ChatError, ResolveError};
use synod_request_validation::FieldProblem;
use thiserror::Error;

use crate::wire::DebateStatus;

pub(crate) use present::{present, refuse, takes_problems, tell, wants_problem};

/// Why a request is not answered as asked.
#[derive(Debug, Error)]
pub(crate) enum ApiError {
    /// The body, the query or a header is wrong: everything that is wrong with it.
    #[error("{} of the request's values are wrong", FieldProblem::count(.0))]
    Invalid(Vec<FieldProblem>),
    /// The `Host` header is not one of the server's names.
    #[error("this server does not go by that name; `server.hosts` says by which it does")]
    ForeignHost,
    /// The request comes from a page of somebody else.
    #[error("pages of that origin may not ask; `server.origins` says which may")]
    ForeignOrigin,
    /// The request shows no key, or a wrong one.
    #[error("an API key is needed: `Authorization: Bearer KEY` or `X-API-Key: KEY`")]
    KeyMissing,
    /// The path names nothing.
    #[error("no such route")]
    NoRoute,
    /// The path does not take this method.
    #[error("the method is not allowed")]
    MethodNotAllowed {
        /// Those it takes.
        allowed: Vec<Method>,
    },
    /// The body is larger than the server takes.
    #[error("the body is too large")]
    TooLarge,
    /// The body keeps the server waiting.
    #[error("the body came too slowly; send at least 1 KiB per second")]
    BodyTooSlow,
    /// There is no memory for more bodies now.
    #[error("the server is reading too many large bodies; try again")]
    BodiesFull,
    /// An id in the path names none.
    #[error("{0} not found")]
    NotFound(Noun),
    /// An agent named in the body does not exist.
    #[error("Agent not found: {0}")]
    AgentNotFound(AgentId),
    /// Agents cannot do that, or be that.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A task or a chat was refused.
    #[error(transparent)]
    Task(TaskError),
    /// A model cannot be had.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// A model did not answer.
    #[error(transparent)]
    Chat(#[from] ChatError),
    /// A debate cannot do that.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A debate is in no state for a command.
    #[error("cannot {command} {} {} debate", .status.article(), .status.as_str())]
    NotAllowed {
        /// The command, as [`Command::verb`](synod_debate_protocol::Command::verb) words it.
        command: &'static str,
        /// The status of the debate.
        status: DebateStatus,
        /// The control commands that are allowed.
        allowed: &'static [&'static str],
    },
    /// The same request is under way.
    #[error("a request with this idempotency key is under way; ask again when it is answered")]
    InFlight,
    /// The debate that the same request opened is no more.
    #[error("the debate that this idempotency key opened is deleted; use a new key")]
    KeyOfDeleted,
    /// Anything else that the framework refuses.
    #[error("{detail}")]
    Refused {
        /// The framework's choice.
        status: StatusCode,
        /// In words.
        detail: String,
    },
    /// Unexpected internal error; the cause is only logged.
    #[error("internal error: {0}")]
    Internal(String),
}

impl From<UnknownAgent> for ApiError {
    fn from(unknown: UnknownAgent) -> Self {
        Self::Directory(unknown.into())
    }
}

impl From<TaskError> for ApiError {
    fn from(error: TaskError) -> Self {
        match error {
            TaskError::Unresolved(error) => Self::Resolve(error),
            TaskError::Call(error) => Self::Chat(error),
            TaskError::UnknownAgent(_) | TaskError::Unsupported { .. } => Self::Task(error),
        }
    }
}

/// What an id in a path can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noun {
    /// An agent.
    Agent,
    /// A task.
    Task,
    /// A debate.
    Debate,
}

impl std::fmt::Display for Noun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Agent => "Agent",
            Self::Task => "Task",
            Self::Debate => "Debate",
        })
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.answer().status
    }

    fn error_response(&self) -> HttpResponse {
        self.answer().as_seed()
    }
}
