//! What is seen of every request: its id, its time, a line in the log, the counts.

mod counted_log;
mod panic;
mod record;
mod request_id;
mod security;

use std::panic::AssertUnwindSafe;

use actix_web::{
    Error,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
};
use futures_util::FutureExt;
use tracing::Instrument;

use crate::{Api, error::wants_problem};
use record::Record;

pub use counted_log::CountedLog;
pub use panic::log_panics;
pub(crate) use record::Answered;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const RESPONSE_TIME: HeaderName = HeaderName::from_static("x-response-time");

/// Sees a request through, whatever becomes of it.
pub(crate) async fn observe(
    api: Api,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<Answered>, Error> {
    let id = request_id::of(request.headers());
    let as_problem = wants_problem(&request);
    let record = Record::begin(&api, &request, &id);
    let span = tracing::info_span!("request", request_id = id.to_str().unwrap_or_default());
    let answering = AssertUnwindSafe(next.call(request)).catch_unwind().instrument(span);
    let mut response: ServiceResponse<BoxBody> = match answering.await {
        Ok(Ok(response)) => response.map_into_boxed_body(),
        Ok(Err(error)) => return Err(record.broken(error)),
        Err(_) => return Err(record.broken(panic::error(&api, as_problem))),
    };
    let route = response.request().match_pattern();
    let (status, took) = (response.status(), record.took());
    complete(response.headers_mut(), &id, took);
    let answered = record.answered(route.as_deref(), status, response.headers());
    Ok(response.map_body(|_, body| answered.with(body)))
}

/// What every answer says about itself.
fn complete(headers: &mut HeaderMap, id: &HeaderValue, took: std::time::Duration) {
    security::harden(headers);
    headers.insert(REQUEST_ID, id.clone());
    let seconds = format!("{:.4}", took.as_secs_f64());
    if let Ok(seconds) = HeaderValue::from_str(&seconds) {
        headers.insert(RESPONSE_TIME, seconds);
    }
}

#[cfg(test)]
mod tests;
