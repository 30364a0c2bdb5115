use actix_web::{HttpResponse, http::StatusCode, web::Data};
use synod_debate_engine::DebateHandle;
use synod_debate_protocol::Command;
use synod_event_log::IdempotencyKey;

use crate::{
    Api,
    endpoint::Endpoint,
    extract::{body::JsonBody, debate_path::DebatePath, idempotency::KeyHeader},
    operation::ResponseHeader,
    response::{error::ApiError, stored_answers::Answered},
    routes::{
        answer_once::answer_once,
        debate_command::{carry_out, interject_once},
    },
    wire::{InterjectionAccepted, InterjectionRequest},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let path = "/api/v1/debates/{debate_id}/interjections";
    vec![Endpoint::post(path, "interject", interject).described(|o| {
        KeyHeader::of_operation(o)
            .description("Sends a message to all participants. Calls that start later contain it.")
            .body::<InterjectionRequest>()
            .response::<InterjectionAccepted>(202, "Interjection accepted")
            .with_header(ResponseHeader::IdempotencyReplayed)
            .writes()
            .error_response(404, "Debate not found")
            .error_response(409, "The debate is closed, already has 32 interjections, or a request with the same key is in progress")
    })]
}

async fn interject(
    api: Data<Api>,
    path: DebatePath,
    key: KeyHeader,
    JsonBody(request): JsonBody<InterjectionRequest>,
) -> Result<HttpResponse, ApiError> {
    let debate = api.debate(&path).await?;
    let key = key.of(&format!("interject {}", debate.id()), &request);
    let said = say(&debate, request, key.clone());
    answer_once(&api, key, said).await
}

async fn say(
    debate: &DebateHandle,
    request: InterjectionRequest,
    key: Option<IdempotencyKey>,
) -> Result<Answered, ApiError> {
    let InterjectionRequest { text, author } = request;
    let done = match &key {
        Some(key) => interject_once(debate, text, author, key).await?,
        None => carry_out(debate, Command::Interject { text, author }).await?,
    };
    let answered = Answered::json(StatusCode::ACCEPTED, &InterjectionAccepted { seq: done.seq })?;
    Ok(answered.repeated(!done.recorded))
}
