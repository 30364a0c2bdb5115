use actix_web::{
    HttpResponse,
    web::{Data, Json},
};
use synod_debate_protocol::Command;
use synod_domain::PauseReason;
use synod_transcript::pause_in_words;

use crate::{
    Api,
    endpoint::Endpoint,
    extract::{
        body::JsonBody,
        debate_path::DebatePath,
        idempotency::{self, KeyHeader},
    },
    operation::ResponseHeader,
    response::error::ApiError,
    routes::{
        create_debate,
        debate_command::{carry_out, resume_accepting_models},
        debate_reads,
    },
    wire::{
        Action, DebateConfigurationRequest, DebateControlRequest, DebateControlled, DebateOpened,
        DebateStatus,
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
                .with_header(ResponseHeader::IdempotencyReplayed)
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
        debate_reads::state_at("/debates/{debate_id}", "get_debate_status"),
    ]
}

async fn initialize(
    api: Data<Api>,
    key: KeyHeader,
    JsonBody(request): JsonBody<DebateConfigurationRequest>,
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
    JsonBody(request): JsonBody<DebateControlRequest>,
) -> Result<Json<DebateControlled>, ApiError> {
    let debate = api.debate(&path).await?;
    let action = request.action;
    let command = match action {
        Action::Resume if request.accept_model_change => {
            let status = resume_accepting_models(&debate).await?.into();
            return Ok(Json(DebateControlled { debate_id: debate.id(), status, action }));
        }
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
