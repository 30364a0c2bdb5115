//! Observes every request: its id, its duration, a line in the log, the counters.

mod panic;
mod record;
mod request_id;
mod security;
mod serving_peer;

use std::{panic::AssertUnwindSafe, time::Duration};

use actix_web::{
    Error, HttpResponse,
    body::BoxBody,
    dev::{RequestHead, ServiceRequest, ServiceResponse},
    http::{
        ConnectionType, StatusCode,
        header::{HeaderMap, HeaderName, HeaderValue},
    },
};
use futures_util::FutureExt;
use tracing::Instrument;

use crate::{Api, extract::payload::Incoming, response::error::wants_problem};
use record::Record;

pub use panic::log_panics;
pub(crate) use record::Answered;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const RESPONSE_TIME: HeaderName = HeaderName::from_static("x-response-time");

/// The template of the path that a request met, as `app_data` of its resource.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RoutePath(pub(crate) &'static str);

/// Serves a request and records the outcome, including panics and disconnects.
pub(crate) async fn observe(
    api: &Api,
    mut request: ServiceRequest,
    answer: impl AsyncFnOnce(ServiceRequest) -> Result<ServiceResponse<BoxBody>, Error>,
) -> Result<ServiceResponse<Answered>, Error> {
    let id = request_id::of(request.headers());
    let as_problem = wants_problem(&request);
    let incoming = Incoming::measure(&mut request, &api.settings().limits, api.body_budget());
    let mut record = Record::begin(api, &request, &id);
    let span = tracing::info_span!("request", request_id = id.to_str().unwrap_or_default());
    let answering = AssertUnwindSafe(answer(request)).catch_unwind().instrument(span);
    let mut response = match answering.await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Err(record.broken(error)),
        Err(_) => return Err(record.broken(panic::error(api, as_problem))),
    };
    if incoming.is_left_unread() {
        record.is_last();
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
        }
    }
    let route = response.request().app_data::<RoutePath>().map(|route| route.0);
    complete(response.headers_mut(), &id, record.took());
    let answered = record.answered(route, &response);
    Ok(response.map_body(|_, body| answered.with(body)))
}

/// Completes the refusal of a request after its head: no route sees it, and the connection ends with it.
pub(crate) fn refused_at_head(head: &RequestHead, refusal: &mut HttpResponse) {
    let id = request_id::of(head.headers());
    complete(refusal.headers_mut(), &id, Duration::ZERO);
    refusal.head_mut().set_connection_type(ConnectionType::Close);
    let (method, path, status) = (&head.method, head.uri.path(), refusal.status().as_u16());
    let id = id.to_str().unwrap_or_default();
    tracing::info!(request_id = id, %method, path, status, "refused before its body");
}

/// Adds the headers of every response.
fn complete(headers: &mut HeaderMap, id: &HeaderValue, took: Duration) {
    security::harden(headers);
    headers.insert(REQUEST_ID, id.clone());
    headers.insert(RESPONSE_TIME, in_seconds(took));
}

/// Formats a duration as `0.0042`.
fn in_seconds(took: Duration) -> HeaderValue {
    let tenths_of_ms = (took.as_micros() + 50) / 100;
    let text = format!("{}.{:04}", tenths_of_ms / 10_000, tenths_of_ms % 10_000);
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("0"))
}

#[cfg(test)]
mod tests;
