use std::{sync::Arc, time::Duration};

use synod_http_transport::{Error, ErrorKind, Protocol, Retryable, TimeLimit};
use tokio::time::Instant;

use super::{detail, tokens};
use crate::{
    ChatError, CrashEvidence, CrashSuspect, ModelInfo,
    filtered::is_filter,
    not_ready::{
        has_no_room_for_all, has_not_reached, is_gateway_without_server, is_loading,
        is_not_loaded_yet,
    },
};

/// Why a call failed. `kind` is the error's kind as the protocol's adapter sees it, `limit` is what the
/// call may take, `sent` when it was sent, `begun`: some output has been sent.
pub(crate) fn call_error<P: Protocol>(
    error: Error<P>,
    kind: ErrorKind,
    info: &ModelInfo,
    limit: Duration,
    sent: Instant,
    begun: bool,
) -> ChatError {
    if error.time_limit() == Some(TimeLimit::Total) {
        return ChatError::Deadline { limit };
    }
    let cause = before_output(error, kind, info, sent);
    if begun { cause.in_mid_reply(&info.host) } else { cause }
}

/// Why a call failed that has brought nothing. A failure in mid-reply has the same causes.
fn before_output<P: Protocol>(
    error: Error<P>,
    kind: ErrorKind,
    info: &ModelInfo,
    sent: Instant,
) -> ChatError {
    let (host, model, detail) = (info.host.clone(), info.model.clone(), detail(&error));
    if has_no_room_for_all(error.message()) {
        let source = Some(Arc::new(error) as _);
        return ChatError::SharedContextFull { host, model, detail, begun: false, source };
    }
    match kind {
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
            match error.retry_after() {
                Some(asked) => {
                    let (retry_after, source) = (Some(asked), Some(Arc::new(error) as _));
                    ChatError::Overloaded { host, detail, retry_after, source }
                }
                None => ChatError::Unreachable { host, source: Arc::new(error) },
            }
        }
        ErrorKind::Busy if has_not_reached(error.message()) => {
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
            let (evidence, suspect) = (CrashEvidence::Reported, CrashSuspect::Unknown);
            ChatError::Crashed { host, model, detail, evidence, suspect, source }
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
        | ErrorKind::Tls
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
