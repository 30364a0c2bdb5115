use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    Error,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderValue},
    },
    web::Bytes,
};
use synod_metrics::{AnsweredRequest, LiveConnection, LiveKind};
use tokio::time::Instant;

use super::serving_peer::ServingPeer;
use crate::{Api, middleware::request_stats::UnderWay};

/// The status under which a request is counted whose client disconnected before the response.
const CLIENT_LEFT: u16 = 499;
/// The maximum number of bytes of a response that are handed over at once: they are copied for each
/// connection, while the response itself may be shared.
const PIECE: usize = 32 << 10;
/// The route of a request that matched none.
const NO_ROUTE: &str = "none";

/// A request in progress. If it is dropped without a response, its client has disconnected.
pub(super) struct Record {
    api: Api,
    method: &'static str,
    id: HeaderValue,
    since: Instant,
    under_way: Option<UnderWay>,
    serving: Option<ServingPeer>,
}

/// The body of a response, which counts as in progress until it is sent.
pub(crate) struct Answered {
    body: BoxBody,
    /// The part of its last piece that is not sent yet.
    rest: Bytes,
    kept: Kept,
}

/// The counts that end when a response is sent.
pub(super) struct Kept {
    serving: Option<ServingPeer>,
    _under_way: Option<UnderWay>,
    _live: Option<LiveConnection>,
}

impl Record {
    pub(super) fn begin(api: &Api, request: &ServiceRequest, id: &HeaderValue) -> Self {
        let under_way = Some(api.request_stats().begin());
        let (method, id) = (method(request.method()), id.clone());
        let serving = Some(ServingPeer::begin(request));
        Self { api: api.clone(), method, id, since: Instant::now(), under_way, serving }
    }

    /// The connection ends with the response.
    pub(super) fn is_last(&mut self) {
        self.serving.iter_mut().for_each(ServingPeer::is_last);
    }

    pub(super) fn took(&self) -> Duration {
        self.since.elapsed()
    }

    pub(super) fn answered(
        mut self,
        route: Option<&'static str>,
        response: &ServiceResponse<BoxBody>,
    ) -> Kept {
        let status = response.status();
        self.note(route.unwrap_or(NO_ROUTE), status.as_u16());
        let live = kind(status, response.headers()).map(|kind| self.api.metrics().live(kind));
        Kept { serving: self.serving.take(), _under_way: self.under_way.take(), _live: live }
    }

    /// Records an error that no route handled.
    pub(super) fn broken(mut self, error: Error) -> Error {
        let mut response = error.error_response();
        super::complete(response.headers_mut(), &self.id, self.took());
        self.note(NO_ROUTE, response.status().as_u16());
        self.under_way = None;
        InternalError::from_response(error, response).into()
    }

    fn note(&self, route: &'static str, status: u16) {
        let took = self.took();
        let is_error = status >= 500;
        self.api.request_stats().answered(took, is_error);
        self.api.metrics().answered(AnsweredRequest { method: self.method, route, status }, took);
        tracing::info!(
            method = self.method,
            route,
            status,
            ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            request_id = self.id.to_str().unwrap_or_default(),
            "request"
        );
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if self.under_way.is_some() {
            self.note(NO_ROUTE, CLIENT_LEFT);
        }
    }
}

impl Kept {
    pub(super) fn with(self, body: BoxBody) -> Answered {
        Answered { body, rest: Bytes::new(), kept: self }
    }
}

impl MessageBody for Answered {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.rest.is_empty() {
            match Pin::new(&mut self.body).poll_next(context) {
                Poll::Ready(Some(Ok(bytes))) => self.rest = bytes,
                Poll::Ready(None) => {
                    self.kept.serving.iter().for_each(ServingPeer::sent_everything);
                    return Poll::Ready(None);
                }
                other @ (Poll::Ready(Some(Err(_))) | Poll::Pending) => return other,
            }
        }
        let piece = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(self.rest.split_to(piece))))
    }
}

/// The kind of connection that stays open with this response.
fn kind(status: StatusCode, headers: &HeaderMap) -> Option<LiveKind> {
    if status == StatusCode::SWITCHING_PROTOCOLS {
        return Some(LiveKind::WebSocket);
    }
    let kind = headers.get(header::CONTENT_TYPE)?;
    kind.as_bytes().starts_with(b"text/event-stream").then_some(LiveKind::EventStream)
}

/// Returns the method as a label. Clients must not choose the labels, so unknown ones are `other`.
fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
