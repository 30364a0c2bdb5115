use actix_web::{HttpResponse, web::Data};
use synod_debate_protocol::Command;

use crate::{
    Api,
    endpoint::Endpoint,
    extract::{body::JsonBody, debate_path::DebatePath},
    response::error::ApiError,
    routes::debate_command::carry_out,
    wire::{InterjectionAccepted, InterjectionRequest},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let path = "/api/v1/debates/{debate_id}/interjections";
    vec![Endpoint::post(path, "interject", interject).described(|o| {
        o.description("Sends a message to all participants. Calls that start later contain it.")
            .body::<InterjectionRequest>()
            .response::<InterjectionAccepted>(202, "Interjection accepted")
            .writes()
            .error_response(404, "Debate not found")
            .error_response(409, "The debate is closed, or already has 32 interjections")
    })]
}

async fn interject(
    api: Data<Api>,
    path: DebatePath,
    JsonBody(request): JsonBody<InterjectionRequest>,
) -> Result<HttpResponse, ApiError> {
    let debate = api.debate(&path).await?;
    let InterjectionRequest { text, author } = request;
    let done = carry_out(&debate, Command::Interject { text, author }).await?;
    Ok(HttpResponse::Accepted().json(InterjectionAccepted { seq: done.seq }))
}
