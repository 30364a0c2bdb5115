use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode},
    web::{Data, Json, Path},
};
use synod_agents::AgentChange;
use synod_debate_engine::EngineError;
use synod_domain::{AgentId, HostName, ModelName};
use synod_request_validation::FieldProblem;

use crate::{
    Api,
    endpoint::Endpoint,
    extract::{agent_path::agent_id, body::JsonBody, idempotency::KeyHeader},
    operation::ResponseHeader,
    path_prefix::Published,
    response::{
        error::ApiError,
        stored_answers::{Answered, REPLAYED},
    },
    routes::answer_once::answer_once,
    wire::{AgentPatch, AgentRegistration, RegisteredAgent, RegisteredAgents},
};

const AGENTS: &str = "/api/v1/agents";
const AGENT: &str = "/api/v1/agents/{agent_id}";

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(AGENTS, "list_registered_agents", list).described(|operation| {
            operation
                .description("Returns all agents.")
                .response::<RegisteredAgents>(200, "Agents, sorted by id")
        }),
        Endpoint::post(AGENTS, "register_agent", register).described(|operation| {
            KeyHeader::of_operation(operation)
                .description(
                    "Registers an agent, which is kept when the server restarts. Its host and model need not exist yet; until they do, the agent is unavailable.",
                )
                .body::<AgentRegistration>()
                .response::<RegisteredAgent>(201, "The agent; `Location` is its URL")
                .with_header(ResponseHeader::Location)
                .with_header(ResponseHeader::IdempotencyReplayed)
                .writes()
                .error_response(
                    409,
                    "The id is taken, there are 1,000 agents already, or a request with the same key is in progress",
                )
        }),
        Endpoint::get(AGENT, "read_agent", read).described(|operation| {
            operation
                .description("Returns an agent.")
                .response::<RegisteredAgent>(200, "The agent")
                .error_response(404, "Agent not found")
        }),
        Endpoint::new(Method::PATCH, AGENT, "change_agent", change).described(|operation| {
            operation
                .description(
                    "Changes an agent. Absent fields keep their values. Running debates \
                     keep the agent as it was when they began. A configured agent keeps the changes when the server restarts; \
                     its other fields follow the configuration.",
                )
                .body::<AgentPatch>()
                .response::<RegisteredAgent>(200, "The changed agent")
                .writes()
                .error_response(404, "Agent not found")
        }),
        Endpoint::new(Method::DELETE, AGENT, "remove_agent", remove).described(|operation| {
            operation
                .description(
                    "Removes an agent and its statistics. Its running debates and tasks continue. \
                     A configured agent stays removed until an agent of its id is registered.",
                )
                .writes()
                .error_response(204, "The agent is removed")
                .error_response(404, "Agent not found")
        }),
    ]
}

async fn list(api: Data<Api>) -> Json<RegisteredAgents> {
    let agents = api.synod().agents().reports().await;
    Json(RegisteredAgents { agents: agents.into_iter().map(Into::into).collect() })
}

async fn register(
    api: Data<Api>,
    key: KeyHeader,
    JsonBody(agent): JsonBody<AgentRegistration>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (key, id) = (key.of("register", &agent), agent.agent_id.clone());
    let response = answer_once(&api, key, add(&api, agent, &request)).await?;
    if !response.headers().contains_key(REPLAYED) {
        return Ok(response);
    }
    // A repeated request does not bring back an agent that was removed since. Another process may have
    // answered the first one.
    let id = valid("agent_id", &id, AgentId::new(&id))?;
    let is_there = api.synod().agents().has(&id).await.map_err(EngineError::from)?;
    if is_there { Ok(response) } else { Err(ApiError::KeyOfDeleted) }
}

async fn add(
    api: &Api,
    agent: AgentRegistration,
    request: &HttpRequest,
) -> Result<Answered, ApiError> {
    let id = valid("agent_id", &agent.agent_id, AgentId::new(&agent.agent_id))?;
    let host = agent.host.map(|host| valid("host", &host, HostName::new(&host))).transpose()?;
    let model = agent.model.map(|model| valid("model", &model, ModelName::new(&model)));
    let model = model.transpose()?;
    let change = AgentChange {
        name: agent.name,
        expertise: Some(agent.expertise),
        voice: agent.voice,
        host: host.map(Some),
        model: model.map(Some),
    };
    let id = api.synod().agents().add(id, change).await?.id;
    let agent: RegisteredAgent = api.synod().agents().report(&id).await?.into();
    let location = Published::of(request).path(&format!("{AGENTS}/{id}"));
    Ok(Answered::json(StatusCode::CREATED, &agent)?.at(location))
}

async fn read(api: Data<Api>, id: Path<String>) -> Result<Json<RegisteredAgent>, ApiError> {
    Ok(Json(api.synod().agents().report(&agent_id(&id)?).await?.into()))
}

async fn change(
    api: Data<Api>,
    id: Path<String>,
    JsonBody(patch): JsonBody<AgentPatch>,
) -> Result<Json<RegisteredAgent>, ApiError> {
    let id = agent_id(&id)?;
    let AgentPatch { name, expertise, voice, host, model } = patch;
    let host = host.map(|host| host.map(|host| valid("host", &host, HostName::new(&host))));
    let host = host.map(Option::transpose).transpose()?;
    let model =
        model.map(|model| model.map(|model| valid("model", &model, ModelName::new(&model))));
    let model = model.map(Option::transpose).transpose()?;
    let change = AgentChange { name, expertise, voice, host, model };
    api.synod().agents().change(&id, change).await?;
    Ok(Json(api.synod().agents().report(&id).await?.into()))
}

async fn remove(api: Data<Api>, id: Path<String>) -> Result<HttpResponse, ApiError> {
    api.synod().agents().remove(&agent_id(&id)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Returns a value whose form was validated with the body.
fn valid<T>(key: &str, sent: &str, read: Result<T, impl ToString>) -> Result<T, ApiError> {
    read.map_err(|error| {
        let loc = vec!["body".into(), key.into()];
        ApiError::Invalid(vec![FieldProblem::value_error(loc, error.to_string(), sent)])
    })
}
