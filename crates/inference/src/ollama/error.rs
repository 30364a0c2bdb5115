use std::time::Duration;

use synod_ollama_client::{Error, ErrorKind, Retryable};
use tokio::time::Instant;

use crate::{
    ChatError, MissingAccess, ModelInfo,
    client_error::{self, may_lie_with_model},
    not_ready::{has_died, is_not_loaded_yet},
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
    let kind = kind_of(&error);
    client_error::call_error(error, kind, info, limit, sent, begun)
}

/// The kind of a failed call.
fn kind_of(error: &Error) -> ErrorKind {
    let (kind, message) = (said_kind(error), error.message());
    let is_of_process = matches!(
        kind,
        ErrorKind::BadRequest
            | ErrorKind::ModelNotFound
            | ErrorKind::Busy
            | ErrorKind::Upstream
            | ErrorKind::StreamError
            | ErrorKind::LoadFailed
    );
    // Too little memory stays too little.
    if is_of_process && has_died(message) && error.retryable() != Retryable::No {
        return ErrorKind::RunnerCrashed;
    }
    let is_of_option = kind == ErrorKind::ModelNotFound && refuses_option(error);
    if is_of_option && !is_not_loaded_yet(message) {
        return ErrorKind::UnsupportedCapability;
    }
    kind
}

/// The kind that the server reports. An old one puts into the stream what others say by status.
fn said_kind(error: &Error) -> ErrorKind {
    error.reported_kind().unwrap_or_else(|| error.kind())
}

/// What the server says of its refusal, if it had a status.
pub(super) fn refusal_in(error: &Error) -> Option<Refusal> {
    // An error under status 200 has none of its own: its kind shows which it would have been.
    let status = match (error.status()?, error.reported_kind()) {
        (200, Some(ErrorKind::BadRequest)) => 400,
        (200, None) => 500,
        (status, _) => status,
    };
    Some(Refusal { status, message: error.message().to_owned(), param: None })
}

/// A 404 may be about an option that the server does not take.
fn refuses_option(error: &Error) -> bool {
    refusal_in(error).is_some_and(|refusal| refusal.names_option())
}

/// What the caller lacks, if that is why the server refused.
pub(crate) fn missing_access(source: &(dyn std::error::Error + 'static)) -> Option<MissingAccess> {
    let error = source.downcast_ref::<Error>()?;
    // Of proxies and of Ollama's cloud.
    let is_of_credit = error.status() == Some(402);
    let of_credit = is_of_credit.then_some(MissingAccess::Credit);
    of_credit.or_else(|| client_error::missing_access(error.kind()))
}

/// Whether the server said that the model does not chat.
pub(crate) fn is_no_chat(source: &(dyn std::error::Error + 'static)) -> bool {
    let is_so = |error: &Error| {
        // A model may also lack thinking or tools.
        said_kind(error) == ErrorKind::UnsupportedCapability
            && error.message().contains("support chat")
    };
    source.downcast_ref::<Error>().is_some_and(is_so)
}

/// Whether the server said that it could not load the model.
pub(crate) fn is_failed_load(source: &(dyn std::error::Error + 'static)) -> bool {
    source.downcast_ref::<Error>().is_some_and(|error| {
        error.reported_kind().unwrap_or_else(|| error.kind()) == ErrorKind::LoadFailed
    })
}

/// Whether a refusal lies with the model, and not with the caller or with an option of the request.
pub(crate) fn refuses_model(source: &(dyn std::error::Error + 'static)) -> bool {
    let is_so = |error: &Error| may_lie_with_model(said_kind(error)) && !refuses_option(error);
    source.downcast_ref::<Error>().is_some_and(is_so)
}
