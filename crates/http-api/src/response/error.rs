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

pub(crate) use present::{present, refuse, takes_problems, to_response, wants_problem};

/// Errors returned by the routes.
#[derive(Debug, Error)]
pub(crate) enum ApiError {
    /// The body, the query or a header is invalid; all its problems.
    #[error("{} of the request's values are wrong", FieldProblem::count(.0))]
    Invalid(Vec<FieldProblem>),
    /// The `Host` header is not one of the server's names.
    #[error("unknown `Host` header; add the name to `server.hosts`")]
    ForeignHost,
    /// The request comes from a page of another origin.
    #[error("the origin is not allowed; see `server.origins`")]
    ForeignOrigin,
    /// The request has no key, or a wrong one.
    #[error("an API key is needed: `Authorization: Bearer KEY` or `X-API-Key: KEY`")]
    KeyMissing,
    /// The path has no route.
    #[error("no such route")]
    NoRoute,
    /// The file is one of another version of the live page.
    #[error("this file is of another version of the page; load the page again")]
    OtherPageVersion,
    /// The path does not support this method.
    #[error("the method is not allowed")]
    MethodNotAllowed {
        /// The supported methods.
        allowed: Vec<Method>,
    },
    /// The body exceeds the limit.
    #[error("the body is too large")]
    TooLarge,
    /// The body arrives too slowly.
    #[error("the body arrived too slowly; send at least 1 KiB per second")]
    BodyTooSlow,
    /// The memory for request bodies is used up.
    #[error("the server is reading too many large bodies; try again")]
    BodiesFull,
    /// The id in the path does not exist.
    #[error("{}", .0.not_found())]
    NotFound(Noun),
    /// Debates are not shared.
    #[error(
        "debates of this server are not shared; `shares = true` in [server] of synod.toml allows it"
    )]
    SharesOff,
    /// The debate has as many links as it may have.
    #[error("the debate has {others} links; the limit is {most}: revoke one that is not needed")]
    TooManyShares {
        /// How many links it has.
        others: usize,
        /// How many it may have.
        most: usize,
    },
    /// An agent named in the body does not exist.
    #[error("Agent not found: {0}")]
    AgentNotFound(AgentId),
    /// The agent directory refused.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A task or a chat was refused.
    #[error(transparent)]
    Task(TaskError),
    /// No model is available.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The call to a model failed.
    #[error(transparent)]
    Chat(#[from] ChatError),
    /// The engine refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The status of a debate does not allow the command.
    #[error("cannot {command} {} {} debate", .status.article(), .status.as_str())]
    NotAllowed {
        /// The command, as [`Command::verb`](synod_debate_protocol::Command::verb) returns it.
        command: &'static str,
        /// The status of the debate.
        status: DebateStatus,
        /// The control commands that are allowed.
        allowed: &'static [&'static str],
    },
    /// The reader names an event that the debate does not have.
    #[error(
        "the debate has {last} events, and none is number {after}: a backup may have been restored; read it again \
         from its first event"
    )]
    BeyondLog {
        /// Where the request names the event.
        place: [&'static str; 2],
        /// The number that it names.
        after: u64,
        /// The number of the last event.
        last: u64,
    },
    /// A request with the same key is in progress.
    #[error("a request with this idempotency key is in progress; repeat it afterwards")]
    InFlight,
    /// The debate or agent that the same request created was deleted.
    #[error("the debate or agent of this idempotency key was deleted; use a new key")]
    KeyOfDeleted,
    /// Another refusal of the framework.
    #[error("{detail}")]
    Refused {
        /// The framework's status.
        status: StatusCode,
        /// The message.
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
            TaskError::UnknownAgent(_)
            | TaskError::Unsupported { .. }
            | TaskError::Store(_)
            | TaskError::ProcessEnded
            | TaskError::Earlier(_) => Self::Task(error),
        }
    }
}

/// The kind of an id in a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noun {
    /// An agent.
    Agent,
    /// A task.
    Task,
    /// A debate.
    Debate,
    /// A link to a debate.
    Share,
}

impl Noun {
    /// The message to a client whose id names nothing.
    const fn not_found(self) -> &'static str {
        match self {
            Self::Agent => "Agent not found",
            Self::Task => "Task not found",
            Self::Debate => "Debate not found",
            Self::Share => {
                "This link shows no debate: it was revoked, the debate was deleted, or a part of the link \
                 is missing"
            }
        }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.answer().status
    }

    fn error_response(&self) -> HttpResponse {
        self.answer().as_detail()
    }
}
