use actix_web::web::{Data, Json};
use schemars::JsonSchema;
use serde::Serialize;
use synod_debate_protocol::Command;
use synod_domain::DebateId;

use crate::{
    Api,
    endpoint::Endpoint,
    extract::debate_path::DebatePath,
    response::error::ApiError,
    routes::debate_command::carry_out,
    wire::{DebateStage, DebateStatus},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::post("/api/v1/debates/{debate_id}/vote", "call_vote", vote).described(|o| {
        o.description(
            "Ends the discussion of this round: after the open calls, all participants vote.",
        )
        .response::<VoteCalled>(200, "The vote was called; no effect outside a discussion")
        .writes()
        .error_response(404, "Debate not found")
        .error_response(409, "The debate has not started, or is closed")
    })]
}

/// The vote is called.
#[derive(Debug, Serialize, JsonSchema)]
struct VoteCalled {
    /// The debate.
    debate_id: DebateId,
    /// Its status.
    status: DebateStatus,
    /// The current stage.
    stage: Option<DebateStage>,
}

async fn vote(api: Data<Api>, path: DebatePath) -> Result<Json<VoteCalled>, ApiError> {
    let debate = api.debate(&path).await?;
    carry_out(&debate, Command::CallVote).await?;
    let state = debate.snapshot().await?;
    let (debate_id, status) = (debate.id(), DebateStatus::from(&state));
    Ok(Json(VoteCalled { debate_id, status, stage: state.stage().map(DebateStage::from) }))
}
