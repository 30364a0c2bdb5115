use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::{JsonPayloadError, PayloadError},
    http::{StatusCode, header},
    middleware::Next,
};

use super::ApiError;

/// Gives every error the form its reader expects: that of the FastAPI design, or a problem of
/// RFC 9457 under `/api/v1` and for those who ask for it.
pub(crate) async fn present(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let as_problem = wants_problem(&request);
    let response = next.call(request).await?.map_into_boxed_body();
    let Some(error) = response.response().error() else { return Ok(response) };
    let answer = match error.as_error::<ApiError>() {
        Some(error) => tell(error, as_problem),
        None => tell(&refused(error), as_problem),
    };
    Ok(response.into_response(answer))
}

fn wants_problem(request: &ServiceRequest) -> bool {
    let accepts = || {
        let accept = request.headers().get(header::ACCEPT)?.to_str().ok()?;
        Some(accept.contains("application/problem+json"))
    };
    request.path().starts_with("/api/v1/") || accepts().unwrap_or(false)
}

fn tell(error: &ApiError, as_problem: bool) -> HttpResponse {
    let answer = error.answer();
    if answer.status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(%error, "a request failed");
    }
    if as_problem { answer.as_problem() } else { answer.as_seed() }
}

/// What the framework refuses, in our words.
fn refused(error: &Error) -> ApiError {
    if let Some(PayloadError::Overflow) = error.as_error() {
        return ApiError::TooLarge;
    }
    if let Some(JsonPayloadError::Overflow { .. } | JsonPayloadError::OverflowKnownLength { .. }) =
        error.as_error()
    {
        return ApiError::TooLarge;
    }
    // Of handshakes that fail, only the response knows.
    let status = error.error_response().status();
    if status.is_server_error() {
        return ApiError::Internal(error.to_string());
    }
    ApiError::Refused { status, detail: error.to_string() }
}
