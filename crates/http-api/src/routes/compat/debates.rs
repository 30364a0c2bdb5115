use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{ETAG, EntityTag, Header, IF_NONE_MATCH, IfNoneMatch, TryIntoHeaderValue},
    web::{Bytes, Data, Json},
};
use serde_json::json;
use synod_debate_engine::{DebateHandle, EngineError};
use synod_debate_protocol::Command;
use synod_domain::{PauseReason, Recorded};
use synod_event_log::PAGE_SIZE;
use synod_transcript::pause_in_words;

use crate::{
    Api,
    endpoint::Endpoint,
    extract::{
        body::Body,
        debate_path::DebatePath,
        idempotency::{self, KeyHeader},
    },
    openapi::Header as AnswerHeader,
    response::{
        cache::{Closed, json, written},
        error::ApiError,
    },
    routes::{create_debate, debate_command::carry_out},
    wire::{
        Action, DebateConfigurationRequest, DebateControlRequest, DebateControlled, DebateOpened,
        DebateStatus, DebateView,
    },
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/debate/initialize", "initialize_debate", initialize).described(|o| {
            KeyHeader::of_operation(o)
                .description(
                    "Creates a debate without starting it. With an `Idempotency-Key` a repeated request returns the same response; no second debate is created.",
                )
                .body::<DebateConfigurationRequest>()
                .response::<DebateOpened>(200, "The debate, with the limits of its cost")
                .with_header(AnswerHeader::IdempotencyReplayed)
                .writes()
                .error_response(404, "A named agent does not exist")
                .error_response(409, "A request with the same key is in progress, or its debate was deleted")
                .error_response(503, "No model host responds")
        }),
        Endpoint::post("/debate/{debate_id}/control", "control_debate", control).described(|o| {
            o.description("Starts, pauses, resumes or stops a debate. Asking for the state it is already in is not an error.")
                .body::<DebateControlRequest>()
                .response::<DebateControlled>(200, "The debate's new status")
                .writes()
                .error_response(404, "Debate not found")
                .error_response(409, "The status of the debate does not allow the action; `allowed` lists those it allows")
        }),
        status_at("/debates/{debate_id}", "get_debate_status"),
    ]
}

/// Where a debate's status is read; both families have it.
pub(crate) fn status_at(path: &'static str, name: &'static str) -> Endpoint {
    Endpoint::get(path, name, status).described(|o| {
        o.header(
            IF_NONE_MATCH.as_str(),
            "ETags that the client already has",
            json!({ "type": "string" }),
        )
        .description(
            "Returns the current state of a debate. The weak `ETag` is the number of its last event.",
        )
        .response::<DebateView>(200, "The debate")
        .with_header(AnswerHeader::ETag)
        .error_response(304, "Unchanged since the ETag in `If-None-Match`")
        .with_header(AnswerHeader::ETag)
        .error_response(404, "Debate not found")
    })
}

async fn initialize(
    api: Data<Api>,
    key: KeyHeader,
    Body(request): Body<DebateConfigurationRequest>,
) -> Result<HttpResponse, ApiError> {
    let config = request.with(&api.settings().debates);
    let key = key.of("initialize", &config);
    let (opened, limits) = create_debate::open(&api, config, key).await?;
    let debate_id = opened.handle().id();
    let mut response = HttpResponse::Ok();
    idempotency::mark(&mut response, &opened);
    Ok(response.json(DebateOpened { debate_id, status: DebateStatus::Initialized, limits }))
}

async fn control(
    api: Data<Api>,
    path: DebatePath,
    Body(request): Body<DebateControlRequest>,
) -> Result<Json<DebateControlled>, ApiError> {
    let debate = api.debate(&path).await?;
    let action = request.action;
    let command = match action {
        Action::Start => Command::Start,
        Action::Pause => {
            let policy = request.policy.unwrap_or_default();
            Command::Pause { policy, reason: PauseReason::Command }
        }
        Action::Resume => Command::Resume,
        Action::Stop => {
            let reason = debate.snapshot().await?.pause().and_then(|pause| {
                let is_asked = pause.paused.reason == PauseReason::Command;
                (!is_asked).then(|| pause_in_words(&pause.paused))
            });
            Command::Stop { reason }
        }
    };
    let status = carry_out(&debate, command).await?.into();
    Ok(Json(DebateControlled { debate_id: debate.id(), status, action }))
}

/// The current state of a debate; also at `/api/v1/debates/{debate_id}`.
async fn status(
    api: Data<Api>,
    path: DebatePath,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    // Asked even if its answer is kept: it may have been deleted elsewhere.
    let debate = api.debate(&path).await?;
    if let Some(Closed { seq, body }) = api.written().closed(debate.id()) {
        return Ok(unless_known(&request, seq, body));
    }
    let view = DebateView::of(&whole_log(&debate).await?).map_err(EngineError::Fold)?;
    let (seq, body) = (view.seq(), written(&view)?);
    if view.is_closed() {
        api.written().keep_closed(debate.id(), Closed { seq, body: body.clone() });
    }
    Ok(unless_known(&request, seq, body))
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

/// Every event of a debate so far.
pub(crate) async fn whole_log(debate: &DebateHandle) -> Result<Vec<Arc<Recorded>>, ApiError> {
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
