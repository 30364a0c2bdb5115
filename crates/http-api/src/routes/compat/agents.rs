use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Json, Path},
};
use synod_domain::AgentId;

use crate::{
    Api,
    endpoint::Endpoint,
    extract::{agent_path::agent_id, body::JsonBody, idempotency::KeyHeader},
    operation::ResponseHeader,
    response::{
        cache::{json, serialized},
        error::ApiError,
        stored_answers::Answered,
    },
    routes::{answer_once::answer_once, compat::tasks},
    wire::{AgentStatusResponse, AgentStatuses, TaskRequest, TaskResult},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/agents", "list_agents", list).described(|operation| {
            operation
                .description("Returns all agents with their status.")
                .response::<AgentStatuses>(200, "Agents, sorted by id")
        }),
        Endpoint::get("/agents/{agent_id}/status", "get_agent_status", status).described(
            |operation| {
                operation
                    .description("Returns the status of an agent.")
                    .response::<AgentStatusResponse>(200, "Its status")
                    .error_response(404, "Agent not found")
            },
        ),
        Endpoint::post("/agents/{agent_id}/execute", "execute_task", execute).described(
            |operation| {
                KeyHeader::of_operation(operation)
                    .description(
                        "Runs a task and returns once it has ended. A failed task is a result, not an error. \
                         The operations are the agent's capabilities. The `parameters` of all of them are `text` \
                         (or `message`, `prompt`, `input`), which for `embed` may be a list of texts. The other \
                         operations also read `instructions`, `context`, `question`, `temperature` (0 to 2) and \
                         `max_tokens` (1 to 8192). Disconnecting cancels the task.",
                    )
                    .body::<TaskRequest>()
                    .response::<TaskResult>(200, "The ended task")
                    .with_header(ResponseHeader::IdempotencyReplayed)
                    .writes()
                    .error_response(404, "Agent not found")
                    .error_response(409, "A request with the same key is in progress")
                    .error_response(503, "The queue of the agent's model is full")
            },
        ),
    ]
}

async fn list(api: Data<Api>) -> Result<HttpResponse, ApiError> {
    let edition = api.synod().agents().version().await;
    let body = match api.cache().agents(&edition) {
        Some(body) => body,
        None => {
            let agents = api.synod().agents().reports().await;
            let agents = AgentStatuses { agents: agents.into_iter().map(Into::into).collect() };
            let body = serialized(&agents)?;
            api.cache().keep_agents(edition, body.clone());
            body
        }
    };
    Ok(json(body))
}

async fn status(api: Data<Api>, id: Path<String>) -> Result<Json<AgentStatusResponse>, ApiError> {
    Ok(Json(api.synod().agents().report(&agent_id(&id)?).await?.into()))
}

async fn execute(
    api: Data<Api>,
    id: Path<String>,
    key: KeyHeader,
    JsonBody(request): JsonBody<TaskRequest>,
) -> Result<HttpResponse, ApiError> {
    let id = agent_id(&id)?;
    let key = key.of(&format!("execute {id}"), &request);
    answer_once(&api, key, run(&api, &id, request)).await
}

async fn run(api: &Api, id: &AgentId, request: TaskRequest) -> Result<Answered, ApiError> {
    let agent = api.synod().agents().report(id).await?;
    let order = tasks::order(request, &agent.capabilities)?;
    let task = api.synod().tasks().execute(id, order).await?;
    Answered::json(StatusCode::OK, &TaskResult::from(&*task))
}
