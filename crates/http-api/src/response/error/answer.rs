//! The one place where errors become status codes and messages.

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderName},
    },
};
use serde_json::{Map, Value, json};
use synod_agents::{DirectoryError, TaskError};
use synod_debate_engine::EngineError;
use synod_debate_protocol::Rejection;
use synod_event_log::LogError;
use synod_inference::{ChatError, ResolveError};
use synod_request_validation::{FieldProblem, Place};

use super::ApiError;
use crate::wire::DebateStatus;

/// An error response.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// The message.
    pub(crate) detail: String,
    /// The problems of the request, by value.
    pub(crate) problems: Vec<FieldProblem>,
    /// Further members of the body.
    pub(crate) members: Map<String, Value>,
    pub(crate) headers: Vec<(HeaderName, String)>,
}

impl Answer {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { status, detail, problems: Vec::new(), members: Map::new(), headers: Vec::new() }
    }

    pub(super) fn with(mut self, member: &str, value: Value) -> Self {
        self.members.insert(member.to_owned(), value);
        self
    }

    fn with_header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// In the format of the FastAPI design: `{"detail": …}`.
    pub(crate) fn as_detail(&self) -> HttpResponse {
        let mut body = Map::new();
        if self.status == StatusCode::INTERNAL_SERVER_ERROR {
            body.insert("error".to_owned(), self.detail.clone().into());
        } else if self.problems.is_empty() {
            body.insert("detail".to_owned(), self.detail.clone().into());
        } else {
            body.insert("detail".to_owned(), json!(self.problems));
        }
        body.extend(self.members.clone());
        self.response("application/json", &body)
    }

    /// As a problem of RFC 9457.
    pub(crate) fn as_problem(&self) -> HttpResponse {
        let mut body = Map::new();
        body.insert("type".to_owned(), "about:blank".into());
        body.insert("title".to_owned(), self.status.canonical_reason().unwrap_or("Error").into());
        body.insert("status".to_owned(), self.status.as_u16().into());
        body.insert("detail".to_owned(), self.detail.clone().into());
        if !self.problems.is_empty() {
            body.insert("errors".to_owned(), json!(self.problems));
        }
        for (member, value) in &self.members {
            // `status` is the debate's in the format of FastAPI, and HTTP's in a problem.
            let member = if member == "status" { "debate_status" } else { member };
            body.insert(member.to_owned(), value.clone());
        }
        self.response("application/problem+json", &body)
    }

    fn response(&self, content_type: &str, body: &Map<String, Value>) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.insert_header((header::CONTENT_TYPE, content_type));
        for (name, value) in &self.headers {
            response.insert_header((name.clone(), value.as_str()));
        }
        response.body(Value::Object(body.clone()).to_string())
    }
}

impl ApiError {
    /// Returns the response for the client.
    pub(crate) fn answer(&self) -> Answer {
        match self {
            Self::Invalid(problems) => invalid(problems.clone()),
            Self::ForeignHost => Answer::new(StatusCode::MISDIRECTED_REQUEST, self.to_string()),
            Self::ForeignOrigin => Answer::new(StatusCode::FORBIDDEN, self.to_string()),
            Self::KeyMissing => Answer::new(StatusCode::UNAUTHORIZED, self.to_string())
                .with_header(header::WWW_AUTHENTICATE, "Bearer"),
            Self::NoRoute => Answer::new(StatusCode::NOT_FOUND, "Not Found"),
            Self::MethodNotAllowed { allowed } => {
                let allowed: Vec<_> = allowed.iter().map(ToString::to_string).collect();
                Answer::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
                    .with_header(header::ALLOW, allowed.join(", "))
            }
            Self::TooLarge => Answer::new(StatusCode::PAYLOAD_TOO_LARGE, self.to_string()),
            Self::BodyTooSlow => Answer::new(StatusCode::REQUEST_TIMEOUT, self.to_string()),
            Self::BodiesFull => busy(self.to_string(), 1),
            Self::OtherPageVersion
            | Self::SharesOff
            | Self::NotFound(_)
            | Self::AgentNotFound(_) => Answer::new(StatusCode::NOT_FOUND, self.to_string()),
            Self::Directory(error) => directory(error),
            Self::Task(error) => task(error),
            Self::Resolve(error) => resolve(error),
            Self::Chat(error) => chat(error),
            Self::Engine(error) => engine(error),
            Self::NotAllowed { status, allowed, .. } => {
                Answer::new(StatusCode::CONFLICT, self.to_string())
                    .with("status", status.as_str().into())
                    .with("allowed", json!(allowed))
            }
            Self::BeyondLog { place, after, .. } => {
                unfit(*place, self.to_string(), (*after).into())
            }
            Self::InFlight | Self::KeyOfDeleted | Self::TooManyShares { .. } => {
                Answer::new(StatusCode::CONFLICT, self.to_string())
            }
            Self::Refused { status, detail } => Answer::new(*status, detail),
            Self::Internal(_) => internal(),
        }
    }
}

fn invalid(problems: Vec<FieldProblem>) -> Answer {
    let count = FieldProblem::count(&problems);
    let values = if count == 1 { "value is" } else { "values are" };
    let detail = format!("{count} {values} wrong");
    Answer { problems, ..Answer::new(StatusCode::UNPROCESSABLE_ENTITY, detail) }
}

/// A problem that no schema can express. Every 422 has the same format.
fn unfit<const N: usize>(place: [&str; N], detail: String, input: Value) -> Answer {
    let place = place.map(Place::from).to_vec();
    let problem = FieldProblem::value_error(place, detail.as_str(), input);
    Answer { detail, ..invalid(vec![problem]) }
}

/// The cause is not part of the response.
fn internal() -> Answer {
    Answer::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
}

fn busy(detail: impl Into<String>, seconds: u64) -> Answer {
    Answer::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        .with_header(header::RETRY_AFTER, seconds.to_string())
}

fn agent_not_found() -> Answer {
    Answer::new(StatusCode::NOT_FOUND, "Agent not found")
}

fn directory(error: &DirectoryError) -> Answer {
    match error {
        DirectoryError::UnknownAgent(_) => agent_not_found(),
        DirectoryError::Taken { .. } | DirectoryError::Full { .. } => {
            Answer::new(StatusCode::CONFLICT, error.to_string())
        }
        DirectoryError::InvalidProfile { key, detail, .. } => {
            let loc = vec!["body".into(), (*key).into()];
            invalid(vec![FieldProblem::value_error(loc, detail, Value::Null)])
        }
        DirectoryError::Store(error) => log(error),
    }
}

fn task(error: &TaskError) -> Answer {
    match error {
        TaskError::UnknownAgent(_) => agent_not_found(),
        TaskError::Unsupported { operation, .. } => {
            let loc = vec!["body".into(), "operation".into()];
            invalid(vec![FieldProblem::value_error(loc, error.to_string(), operation.word())])
        }
        TaskError::Unresolved(error) => resolve(error),
        TaskError::Call(error) => chat(error),
        TaskError::Store(error) => log(error),
        // These are results, not errors of a request.
        TaskError::ProcessEnded | TaskError::Earlier(_) => internal(),
    }
}

fn resolve(error: &ResolveError) -> Answer {
    let detail = error.to_string();
    match error {
        ResolveError::ModelNotFound { asked, unanswered, .. }
        | ResolveError::NoModel { asked, unanswered, .. }
            if asked.is_empty() || !unanswered.is_empty() =>
        {
            Answer::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        }
        ResolveError::UnknownHost { .. }
        | ResolveError::ModelNotFound { .. }
        | ResolveError::NoModel { .. } => Answer::new(StatusCode::NOT_FOUND, detail),
        ResolveError::HostUnavailable { .. } => {
            Answer::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        }
        ResolveError::CannotChat { model, .. } => {
            unfit(["body", "model"], detail, model.to_string().into())
        }
    }
}

fn chat(error: &ChatError) -> Answer {
    let detail = error.to_string();
    match error {
        ChatError::Deadline { .. } => Answer::new(StatusCode::GATEWAY_TIMEOUT, detail),
        ChatError::Busy { .. } => busy(detail, 5),
        ChatError::Overloaded { retry_after, .. } => {
            busy(detail, retry_after.map_or(5, |pause| pause.as_secs().max(1)))
        }
        ChatError::Loading { retry_after, .. } => {
            busy(detail, retry_after.map_or(5, |pause| pause.as_secs().max(1)))
        }
        ChatError::Unreachable { .. } | ChatError::NoHostReady { .. } => {
            Answer::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        }
        // The error of the last host is that of a single one.
        ChatError::AllHostsFailed { failures } => match failures.last() {
            Some(last) => Answer { detail, ..chat(last) },
            None => Answer::new(StatusCode::BAD_GATEWAY, detail),
        },
        ChatError::ModelNotFound { .. } => Answer::new(StatusCode::NOT_FOUND, detail),
        ChatError::ContextOverflow { .. } => unfit(["body"], detail, Value::Null),
        ChatError::SharedContextFull { .. } => busy(detail, 5),
        ChatError::Refused { .. }
        | ChatError::OutputLimit { .. }
        | ChatError::Crashed { .. }
        | ChatError::Filtered { .. }
        | ChatError::Declined { .. }
        | ChatError::Failed { .. }
        | ChatError::NoReply { .. }
        | ChatError::AllThought { .. }
        | ChatError::Interrupted { .. } => Answer::new(StatusCode::BAD_GATEWAY, detail),
    }
}

fn engine(error: &EngineError) -> Answer {
    match error {
        EngineError::Rejected(rejection) => rejected(rejection),
        EngineError::Log(error) => log(error),
        EngineError::Closing => busy(error.to_string(), 5),
        EngineError::Fold(_) | EngineError::NotForClients(_) => internal(),
    }
}

fn rejected(rejection: &Rejection) -> Answer {
    let detail = rejection.to_string();
    match rejection {
        Rejection::NotAllowed { status, allowed, .. } => Answer::new(StatusCode::CONFLICT, detail)
            .with("status", DebateStatus::of(*status, None).as_str().into())
            .with("allowed", json!(allowed)),
        Rejection::TooManyInterjections => Answer::new(StatusCode::CONFLICT, detail),
        Rejection::InterjectionLength => unfit(["body", "text"], detail, Value::Null),
        Rejection::NotDue | Rejection::CallNotOpen(_) => internal(),
    }
}

fn log(error: &LogError) -> Answer {
    let detail = error.to_string();
    match error {
        LogError::UnknownDebate(_) | LogError::Purged(_) => {
            Answer::new(StatusCode::NOT_FOUND, "Debate not found")
        }
        LogError::KeyReused => unfit(["header", "Idempotency-Key"], detail, Value::Null),
        LogError::TooLarge { .. } => Answer::new(StatusCode::PAYLOAD_TOO_LARGE, detail),
        LogError::Held { .. } => Answer::new(StatusCode::CONFLICT, detail),
        LogError::Full | LogError::LowSpace { .. } => {
            Answer::new(StatusCode::INSUFFICIENT_STORAGE, detail)
        }
        // The server's log says what, and where.
        LogError::Damaged(_) => Answer::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the stored data is damaged; the log of the server says what to do",
        ),
        LogError::Conflict { .. }
        | LogError::Fenced { .. }
        | LogError::LeaseLost { .. }
        | LogError::Unknown { .. }
        | LogError::Unavailable { .. } => busy(detail, 1),
    }
}

#[cfg(test)]
mod tests {
    use std::{io, sync::Arc};

    use super::*;

    #[test]
    fn damage_is_no_reason_to_try_again() {
        let cause = || Arc::new(io::Error::other("synod.db is damaged: the checksum of event 3"));
        let damaged = log(&LogError::Damaged(cause()));
        assert_eq!(damaged.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(damaged.headers.is_empty() && !damaged.detail.contains("synod.db"));
        let away = log(&LogError::Unavailable { source: cause() });
        assert_eq!(away.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(away.headers, [(header::RETRY_AFTER, "1".to_owned())]);
    }
}
