use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Json},
};
use synod_agents::{AgentChat, TaskError};
use synod_domain::AgentId;
use synod_inference::{Message, RequestedModel, ResolveError};
use synod_request_validation::FieldProblem;

use crate::{
    Api,
    endpoint::Endpoint,
    extract::{body::JsonBody, idempotency::KeyHeader},
    operation::ResponseHeader,
    response::{
        error::{ApiError, Noun},
        stored_answers::Answered,
    },
    routes::answer_once::answer_once,
    wire::{ChatAnswer, Models, OllamaChatRequest},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/ollama/chat", "chat_with_ollama", chat).described(|operation| {
            KeyHeader::of_operation(operation)
                .description(
                    "Sends a message to a model and returns the reply. An agent lends its persona as the system \
                     message, unless the history (of `role` and `content`) has one. Closing the connection ends the call.",
                )
                .body::<OllamaChatRequest>()
                .response::<ChatAnswer>(200, "The reply")
                .with_header(ResponseHeader::IdempotencyReplayed)
                .error_response(404, "Model or agent not found")
                .error_response(409, "A request with the same key is in progress")
                .error_response(502, "The host of the model failed")
                .error_response(503, "The host cannot be reached, or the queue of the model is full")
                .error_response(504, "The model took too long")
                .error_response(507, "The store is full; the reply to a request with a key was not stored")
        }),
        Endpoint::get("/ollama/models", "get_ollama_models", models).described(|operation| {
            operation
                .description("Returns the models of all hosts that respond.")
                .response::<Models>(200, "The models")
                .error_response(503, "No host responds")
        }),
    ]
}

async fn chat(
    api: Data<Api>,
    key: KeyHeader,
    JsonBody(request): JsonBody<OllamaChatRequest>,
) -> Result<HttpResponse, ApiError> {
    let key = key.of("chat", &request);
    answer_once(&api, key, reply(&api, request)).await
}

async fn reply(api: &Api, request: OllamaChatRequest) -> Result<Answered, ApiError> {
    let OllamaChatRequest {
        model,
        message,
        agent_id,
        conversation_history,
        temperature,
        max_tokens,
    } = request;
    let history = conversation_history.unwrap_or_default().into_iter().map(Message::from);
    let messages = history.chain([Message::user(message)]).collect();
    let agent = agent_id.map(AgentId::new).transpose();
    let agent = agent.map_err(|_| ApiError::NotFound(Noun::Agent))?;
    #[expect(clippy::cast_possible_truncation, reason = "a temperature needs few digits")]
    let temperature = temperature.map(|number| number as f32);
    let model = requested_model(api, model).await?;
    let chat = AgentChat { model, agent: agent.clone(), messages, temperature, max_tokens };
    match api.synod().tasks().chat(chat).await {
        Ok(said) => Answered::json(StatusCode::OK, &ChatAnswer::new(said, agent)),
        Err(TaskError::UnknownAgent(unknown)) => Err(ApiError::AgentNotFound(unknown.id)),
        Err(error) => Err(error.into()),
    }
}

async fn requested_model(api: &Api, name: String) -> Result<RequestedModel, ApiError> {
    api.synod().agents().requested_model(&name).await.map_err(|error| {
        let loc = vec!["body".into(), "model".into()];
        ApiError::Invalid(vec![FieldProblem::value_error(loc, error.to_string(), name)])
    })
}

async fn models(api: Data<Api>) -> Result<Json<Models>, ApiError> {
    let (mut models, mut unanswered, mut answered) = (Vec::new(), Vec::new(), false);
    for reported in api.synod().models().models().await {
        match reported.models {
            Ok(infos) => {
                answered = true;
                models.extend(infos.into_iter().map(Into::into));
            }
            Err(error) => unanswered.push((reported.host, error)),
        }
    }
    if !answered {
        let asked = Vec::new();
        return Err(ResolveError::NoModel {
            asked,
            unanswered,
            remote: None,
            left_out: Box::default(),
            install_hint: None,
        }
        .into());
    }
    Ok(Json(Models { models }))
}
