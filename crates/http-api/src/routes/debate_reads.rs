//! Reads of a debate that both families of routes share.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{ETAG, EntityTag, Header, IF_NONE_MATCH, IfNoneMatch, TryIntoHeaderValue},
    web::{self, Bytes, Data},
};
use serde_json::json;
use synod_debate_engine::{DebateHandle, EngineError};
use synod_domain::Recorded;
use synod_event_log::PAGE_SIZE;
use synod_transcript::Transcript;

use crate::{
    Api,
    endpoint::Endpoint,
    extract::debate_path::DebatePath,
    operation::{OperationSpec, ResponseHeader},
    response::{
        cache::{Closed, json, serialized},
        error::ApiError,
    },
    wire::DebateView,
};

/// Reads the current state of a debate.
pub(super) fn state_at(path: &'static str, name: &'static str) -> Endpoint {
    Endpoint::get(path, name, state).described(|o| {
        described(o)
            .description(
                "Returns the current state of a debate. The weak `ETag` is the number of its last event.",
            )
            .error_response(404, "Debate not found")
    })
}

/// Describes a route that returns the state of a debate.
pub(super) fn described(operation: OperationSpec) -> OperationSpec {
    operation
        .header(
            IF_NONE_MATCH.as_str(),
            "ETags that the client already has",
            json!({ "type": "string" }),
        )
        .response::<DebateView>(200, "The debate")
        .with_header(ResponseHeader::ETag)
        .error_response(304, "Unchanged since the ETag in `If-None-Match`")
        .with_header(ResponseHeader::ETag)
}

async fn state(
    api: Data<Api>,
    path: DebatePath,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    // Read before the debate is looked for, so that a deletion in between makes the response stale.
    let revision = api.synod().debates().revision();
    let cached = path.parse().ok().and_then(|id| api.cache().closed_at(id, revision));
    if let Some(Closed { seq, body, .. }) = cached {
        return Ok(unless_known(&request, seq, body));
    }
    // Read even if a response is cached: another process may have deleted the debate.
    let debate = api.debate(&path).await?;
    let response = view(&api, &debate, &request).await?;
    if let Some(closed) = api.cache().closed(debate.id()) {
        api.cache().keep_closed(debate.id(), Closed { revision, ..closed });
    }
    Ok(response)
}

/// The state of this debate.
pub(super) async fn view(
    api: &Api,
    debate: &DebateHandle,
    request: &HttpRequest,
) -> Result<HttpResponse, ApiError> {
    if let Some(Closed { seq, body, .. }) = api.cache().closed(debate.id()) {
        return Ok(unless_known(request, seq, body));
    }
    let view = DebateView::of(&whole_log(debate).await?).map_err(EngineError::Fold)?;
    let (seq, body) = (view.seq(), serialized(&view)?);
    if view.is_closed() {
        api.cache().keep_closed(debate.id(), Closed { seq, body: body.clone(), revision: None });
    }
    Ok(unless_known(request, seq, body))
}

fn unless_known(request: &HttpRequest, seq: u64, body: Bytes) -> HttpResponse {
    let tag = EntityTag::new_weak(seq.to_string());
    let mut response = match is_known(request, &tag) {
        true => HttpResponse::NotModified().finish(),
        false => json(body),
    };
    if let Ok(tag) = tag.try_into_value() {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
}

/// Returns every event of a debate so far.
async fn whole_log(debate: &DebateHandle) -> Result<Vec<Arc<Recorded>>, ApiError> {
    let mut log = Vec::new();
    loop {
        let page = debate.events(log.len() as u64 + 1, PAGE_SIZE).await?;
        let is_last = page.len() < PAGE_SIZE;
        log.extend(page);
        if is_last {
            return Ok(log);
        }
    }
}

/// Renders a debate on a thread that serves no requests: a long one takes many milliseconds.
pub(super) async fn rendered(
    debate: &DebateHandle,
    render: impl FnOnce(&[Arc<Recorded>]) -> Result<Bytes, ApiError> + Send + 'static,
) -> Result<Bytes, ApiError> {
    let log = whole_log(debate).await?;
    let rendered = web::block(move || render(&log)).await;
    rendered.map_err(|error| ApiError::Internal(error.to_string()))?
}

/// The transcript of a log.
pub(super) fn transcript_of(log: &[Arc<Recorded>]) -> Transcript {
    Transcript::of(log.iter().map(Arc::as_ref))
}
