use actix_web::{
    Error, HttpResponse,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    error::{JsonPayloadError, PayloadError},
    http::{
        StatusCode,
        header::{self, HeaderMap},
    },
};

use super::ApiError;
use crate::{Api, path_prefix::path_within};

/// Formats every error as its client expects: as the FastAPI design does, or as a problem of RFC 9457
/// under `/api/v1` and where `Accept` asks for it.
pub(crate) fn present(
    api: &Api,
    response: ServiceResponse<BoxBody>,
    as_problem: bool,
) -> ServiceResponse<BoxBody> {
    let Some(error) = response.response().error() else { return response };
    let answer = match error.as_error::<ApiError>() {
        Some(error) => to_response(api, error, as_problem),
        None => to_response(api, &refused(error), as_problem),
    };
    response.into_response(answer)
}

/// Responds with an error before any route has seen the request.
pub(crate) fn refuse(
    api: &Api,
    request: ServiceRequest,
    error: &ApiError,
) -> ServiceResponse<BoxBody> {
    let answer = to_response(api, error, wants_problem(&request));
    request.into_response(answer)
}

/// Whether errors of this request are reported as RFC 9457 problems.
pub(crate) fn wants_problem(request: &ServiceRequest) -> bool {
    // The decoded path, as routes match it: `%61` is `a`.
    takes_problems(request.headers(), path_within(request))
}

/// As [`wants_problem`], for a request whose head only is known.
pub(crate) fn takes_problems(headers: &HeaderMap, path: &str) -> bool {
    let accepts = || {
        let accept = headers.get(header::ACCEPT)?.to_str().ok()?;
        Some(accept.contains("application/problem+json"))
    };
    path.starts_with("/api/v1/") || accepts().unwrap_or(false)
}

/// An error in the format of its interface. The cause of an unexpected error is only logged.
pub(crate) fn to_response(api: &Api, error: &ApiError, as_problem: bool) -> HttpResponse {
    let mut answer = error.answer();
    if answer.status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(%error, "a request failed");
        answer = answer.with("timestamp", api.now().to_string().into());
    }
    if as_problem { answer.as_problem() } else { answer.as_detail() }
}

/// A refusal of the framework, as an error of ours.
fn refused(error: &Error) -> ApiError {
    if let Some(PayloadError::Overflow) = error.as_error() {
        return ApiError::TooLarge;
    }
    if let Some(JsonPayloadError::Overflow { .. } | JsonPayloadError::OverflowKnownLength { .. }) =
        error.as_error()
    {
        return ApiError::TooLarge;
    }
    // For failed handshakes, only the response has the status.
    let status = error.error_response().status();
    if status.is_server_error() {
        return ApiError::Internal(error.to_string());
    }
    ApiError::Refused { status, detail: error.to_string() }
}
