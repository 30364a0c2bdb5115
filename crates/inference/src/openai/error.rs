use std::{sync::Arc, time::Duration};

use synod_openai_client::{Error, ErrorKind, Retryable, TimeLimit};
use tokio::time::Instant;

use super::tokens::tokens;
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
    let (host, model, detail) = (info.host.clone(), info.model.clone(), error.to_string());
    if has_no_room_for_all(error.message()) {
        let source = Some(Arc::new(error) as _);
        return ChatError::SharedContextFull { host, model, detail, begun: false, source };
    }
    match error.kind() {
        ErrorKind::BadRequest
        | ErrorKind::ModelNotFound
        | ErrorKind::Busy
        | ErrorKind::Upstream
        | ErrorKind::StreamError
            if has_died(error.message()) =>
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
        ErrorKind::ModelNotFound
            if refuses_option(&error) || !says_only_missing(error.message()) =>
        {
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
        ErrorKind::Transport if error.retryable() != Retryable::No => {
            ChatError::Unreachable { host, source: Arc::new(error) }
        }
        ErrorKind::BadRequest
        | ErrorKind::EndpointMissing
        | ErrorKind::UnsupportedCapability
        | ErrorKind::Unauthorized
        | ErrorKind::Forbidden
        | ErrorKind::OutOfQuota
        | ErrorKind::LoadFailed
        | ErrorKind::RunnerCrashed
        | ErrorKind::Upstream
        | ErrorKind::StreamError
        | ErrorKind::Truncated
        | ErrorKind::Transport
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

/// What the server says of its refusal, if it may be one of something optional.
pub(super) fn refusal_in(error: &Error) -> Option<Refusal> {
    // A model that does not chat does not whatever is left out.
    if error.kind() == ErrorKind::UnsupportedCapability {
        return None;
    }
    let param = error.param().map(str::to_owned);
    Some(Refusal { status: error.status()?, message: error.message().to_owned(), param })
}

/// A 404 that speaks of the model may be about an option that it does not take.
fn refuses_option(error: &Error) -> bool {
    refusal_in(error).is_some_and(|refusal| refusal.names_option())
}

/// What the caller lacks, if that is why the server refused.
pub(crate) fn missing_access(source: &(dyn std::error::Error + 'static)) -> Option<MissingAccess> {
    match source.downcast_ref::<Error>()?.kind() {
        ErrorKind::Unauthorized => Some(MissingAccess::Key),
        ErrorKind::Forbidden => Some(MissingAccess::Permission),
        ErrorKind::OutOfQuota => Some(MissingAccess::Credit),
        ErrorKind::BadRequest
        | ErrorKind::ModelNotFound
        | ErrorKind::EndpointMissing
        | ErrorKind::UnsupportedCapability
        | ErrorKind::ContextOverflow
        | ErrorKind::Busy
        | ErrorKind::LoadFailed
        | ErrorKind::RunnerCrashed
        | ErrorKind::Upstream
        | ErrorKind::StreamError
        | ErrorKind::Truncated
        | ErrorKind::Transport
        | ErrorKind::Timeout
        | ErrorKind::Protocol
        | ErrorKind::Unusable => None,
    }
}

/// Whether the server said that the model does not chat, or that it has no chats at all.
pub(crate) fn is_no_chat(source: &(dyn std::error::Error + 'static)) -> bool {
    let is_so = |error: &Error| {
        matches!(error.kind(), ErrorKind::UnsupportedCapability | ErrorKind::EndpointMissing)
            && !refuses_option(error)
    };
    source.downcast_ref::<Error>().is_some_and(is_so)
}

/// Whether a refusal lies with the model, and not with the caller or with an option of the request.
pub(crate) fn refuses_model(source: &(dyn std::error::Error + 'static)) -> bool {
    source.downcast_ref::<Error>().is_some_and(|error| match error.kind() {
        // Another number of tokens may be accepted.
        ErrorKind::BadRequest if error.message().to_lowercase().contains("max_") => false,
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

/// Whether a 404 that speaks of a model says no more than that it is not there. A router may have other
/// reasons, as `No allowed providers are available for the selected model`.
fn says_only_missing(message: &str) -> bool {
    /// Sentences of OpenAI and vLLM, LM Studio, LiteLLM and others.
    const MISSING: &[&str] = &["not found", "not exist", "unknown model", "no such model"];
    let message = message.to_lowercase();
    MISSING.iter().any(|words| message.contains(words))
}
