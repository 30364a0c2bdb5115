use std::{sync::Arc, time::Duration};

use synod_ollama_client::{Error, ErrorKind, Retryable, TimeLimit};
use tokio::time::Instant;

use super::facts::tokens;
use crate::{
    ChatError, MissingAccess, ModelInfo,
    filtered::is_filter,
    not_ready::{
        has_died, has_no_room_for_all, is_gateway_without_server, is_loading, is_not_loaded_yet,
    },
    refusal::Refusal,
};

/// Why a call failed. `limit` is what the call may take, `sent` when it was sent, `begun`: some
/// output has been sent.
pub(super) fn call_error(
    error: Error,
    info: &ModelInfo,
    limit: Duration,
    sent: Instant,
    begun: bool,
) -> ChatError {
    if error.time_limit() == Some(TimeLimit::Total) {
        return ChatError::Deadline { limit };
    }
    let cause = before_output(error, info, sent);
    if begun { cause.in_mid_reply(&info.host) } else { cause }
}

/// Why a call failed that has brought nothing. A failure in mid-reply has the same causes.
fn before_output(error: Error, info: &ModelInfo, sent: Instant) -> ChatError {
    let (host, model, detail) = (info.host.clone(), info.model.clone(), detail(&error));
    if has_no_room_for_all(error.message()) {
        let source = Some(Arc::new(error) as _);
        return ChatError::SharedContextFull { host, model, detail, begun: false, source };
    }
    // An old server puts into the stream what others say by status.
    match error.reported_kind().unwrap_or_else(|| error.kind()) {
        ErrorKind::BadRequest
        | ErrorKind::ModelNotFound
        | ErrorKind::Busy
        | ErrorKind::Upstream
        | ErrorKind::StreamError
        | ErrorKind::LoadFailed
        | ErrorKind::RunnerCrashed
            // Too little memory stays too little.
            if has_died(error.message()) && error.retryable() != Retryable::No =>
        {
            let source = Some(Arc::new(error) as _);
            ChatError::Crashed { host, model, detail, is_prompt_suspected: false, source }
        }
        ErrorKind::BadRequest | ErrorKind::Forbidden if is_filter(error.message()) => {
            ChatError::Filtered { host, model, detail }
        }
        ErrorKind::BadRequest
        | ErrorKind::ModelNotFound
        | ErrorKind::EndpointMissing
        | ErrorKind::StreamError
            if is_not_loaded_yet(error.message()) =>
        {
            let retry_after = error.retry_after();
            ChatError::Loading { host, detail, retry_after, source: Some(Arc::new(error)) }
        }
        ErrorKind::ModelNotFound if refuses_option(&error) => {
            ChatError::Refused { host, detail, source: Some(Arc::new(error)) }
        }
        ErrorKind::ModelNotFound => ChatError::ModelNotFound { host, model },
        ErrorKind::ContextOverflow => {
            let figures = error.context_overflow();
            ChatError::ContextOverflow {
                model,
                prompt_tokens: figures.and_then(|figures| tokens(figures.prompt_tokens?)),
                window: figures.and_then(|figures| tokens(figures.context_length)),
            }
        }
        ErrorKind::Busy | ErrorKind::Upstream if is_loading(error.message()) => {
            let retry_after = error.retry_after();
            ChatError::Loading { host, detail, retry_after, source: Some(Arc::new(error)) }
        }
        ErrorKind::Upstream | ErrorKind::StreamError
            if is_gateway_without_server(error.status(), error.message(), sent.elapsed()) =>
        {
            ChatError::Unreachable { host, source: Arc::new(error) }
        }
        ErrorKind::Timeout if error.time_limit() == Some(TimeLimit::Connect) => {
            ChatError::Unreachable { host, source: Arc::new(error) }
        }
        ErrorKind::Busy => {
            let retry_after = error.retry_after();
            ChatError::Overloaded { host, detail, retry_after, source: Some(Arc::new(error)) }
        }
        ErrorKind::RunnerCrashed => {
            let source = Some(Arc::new(error) as _);
            ChatError::Crashed { host, model, detail, is_prompt_suspected: false, source }
        }
        ErrorKind::Transport => ChatError::Unreachable { host, source: Arc::new(error) },
        ErrorKind::BadRequest
        | ErrorKind::EndpointMissing
        | ErrorKind::UnsupportedCapability
        | ErrorKind::Unauthorized
        | ErrorKind::Forbidden
        | ErrorKind::OutOfQuota
        | ErrorKind::LoadFailed
        | ErrorKind::Upstream
        | ErrorKind::StreamError
        | ErrorKind::Truncated
        | ErrorKind::Timeout
        | ErrorKind::Protocol
        | ErrorKind::Unusable => match error.retryable() {
            Retryable::No => ChatError::Refused { host, detail, source: Some(Arc::new(error)) },
            Retryable::Yes | Retryable::Once | Retryable::ByCaller => {
                let retry_after = error.retry_after();
                ChatError::Failed { host, detail, retry_after, source: Some(Arc::new(error)) }
            }
        },
    }
}

/// What the server says of its refusal, if it had a status.
pub(super) fn refusal_in(error: &Error) -> Option<Refusal> {
    Some(Refusal { status: error.status()?, message: error.message().to_owned(), param: None })
}

/// A 404 may be about an option that the server does not take.
fn refuses_option(error: &Error) -> bool {
    refusal_in(error).is_some_and(|refusal| refusal.names_option())
}

/// What the caller lacks, if that is why the server refused.
pub(crate) fn missing_access(source: &(dyn std::error::Error + 'static)) -> Option<MissingAccess> {
    let error = source.downcast_ref::<Error>()?;
    match error.status() {
        Some(401) => Some(MissingAccess::Key),
        // Of proxies and of Ollama's cloud.
        Some(402) => Some(MissingAccess::Credit),
        Some(403 | 407) => Some(MissingAccess::Permission),
        Some(_) | None => None,
    }
}

/// Whether the server said that the model does not chat.
pub(crate) fn is_no_chat(source: &(dyn std::error::Error + 'static)) -> bool {
    let is_so = |error: &Error| {
        let kind = error.reported_kind().unwrap_or_else(|| error.kind());
        // A model may also lack thinking or tools.
        kind == ErrorKind::UnsupportedCapability && error.message().contains("support chat")
    };
    source.downcast_ref::<Error>().is_some_and(is_so)
}

/// Whether a refusal lies with the model, and not with the caller or with an option of the request.
pub(crate) fn refuses_model(source: &(dyn std::error::Error + 'static)) -> bool {
    let kind = |error: &Error| error.reported_kind().unwrap_or_else(|| error.kind());
    source.downcast_ref::<Error>().is_some_and(|error| match kind(error) {
        ErrorKind::BadRequest
        | ErrorKind::ModelNotFound
        | ErrorKind::EndpointMissing
        | ErrorKind::UnsupportedCapability
        | ErrorKind::LoadFailed => !refuses_option(error),
        ErrorKind::Unauthorized
        | ErrorKind::Forbidden
        | ErrorKind::OutOfQuota
        | ErrorKind::ContextOverflow
        | ErrorKind::Busy
        | ErrorKind::RunnerCrashed
        | ErrorKind::Upstream
        | ErrorKind::StreamError
        | ErrorKind::Truncated
        | ErrorKind::Transport
        | ErrorKind::Timeout
        | ErrorKind::Protocol
        | ErrorKind::Unusable => false,
    })
}

/// An error in words.
pub(super) fn detail(error: &Error) -> String {
    match error.signin_url() {
        Some(url) => format!("{error}; sign in at {url}"),
        None => error.to_string(),
    }
}
