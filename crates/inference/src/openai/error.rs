use std::time::Duration;

use synod_openai_client::{Error, ErrorKind};
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
    let (kind, message) = (error.kind(), error.message());
    let is_of_process = matches!(
        kind,
        ErrorKind::BadRequest
            | ErrorKind::ModelNotFound
            | ErrorKind::Busy
            | ErrorKind::Upstream
            | ErrorKind::StreamError
    );
    if is_of_process && has_died(message) {
        return ErrorKind::RunnerCrashed;
    }
    let is_missing = kind == ErrorKind::ModelNotFound;
    let is_other = || refuses_option(error) || !says_only_missing(message);
    if is_missing && !is_not_loaded_yet(message) && is_other() {
        return ErrorKind::UnsupportedCapability;
    }
    kind
}

/// What the server says of its refusal, if it may be one of something optional.
pub(super) fn refusal_in(error: &Error) -> Option<Refusal> {
    // A model that does not chat does not whatever is left out.
    if error.kind() == ErrorKind::UnsupportedCapability {
        return None;
    }
    // An error under status 200 may name no status: its kind shows which it would have been.
    let status = match (error.status()?, error.kind()) {
        (200, ErrorKind::BadRequest) => 400,
        (200, ErrorKind::StreamError) => 500,
        (status, _) => status,
    };
    let param = error.param().map(str::to_owned);
    Some(Refusal { status, message: error.message().to_owned(), param })
}

/// A 404 that speaks of the model may be about an option that it does not take.
fn refuses_option(error: &Error) -> bool {
    refusal_in(error).is_some_and(|refusal| refusal.names_option())
}

/// What the caller lacks, if that is why the server refused.
pub(crate) fn missing_access(source: &(dyn std::error::Error + 'static)) -> Option<MissingAccess> {
    client_error::missing_access(source.downcast_ref::<Error>()?.kind())
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
    let is_so = |error: &Error| {
        // Another number of tokens may be accepted.
        let is_of_length = error.kind() == ErrorKind::BadRequest
            && error.message().to_lowercase().contains("max_");
        may_lie_with_model(error.kind()) && !is_of_length && !refuses_option(error)
    };
    source.downcast_ref::<Error>().is_some_and(is_so)
}

/// Whether a 404 that speaks of a model says no more than that it is not there. A router may have other
/// reasons, as `No allowed providers are available for the selected model`.
fn says_only_missing(message: &str) -> bool {
    /// Sentences of OpenAI and vLLM, LM Studio, LiteLLM and others.
    const MISSING: &[&str] = &["not found", "not exist", "unknown model", "no such model"];
    let message = message.to_lowercase();
    MISSING.iter().any(|words| message.contains(words))
}
