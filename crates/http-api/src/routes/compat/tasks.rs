mod parameters;

use std::time::Duration;

use actix_web::web::{Data, Json, Path};
use serde_json::json;
use synod_agents::{AgentOperation, TaskInput, TaskOrder};
use synod_inference::AdmissionClass;
use synod_request_validation::FieldProblem;

use crate::{
    Api,
    endpoint::Endpoint,
    extract::query::Query,
    response::error::{ApiError, Noun},
    wire::{Priority, TaskRequest, TaskResult, TaskResults, TasksQuery},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/tasks", "list_tasks", list).described(|operation| {
            operation
                .description("Returns the tasks under way and the newest 1,000 ended ones.")
                .query::<TasksQuery>()
                .response::<TaskResults>(200, "Tasks, newest first")
        }),
        Endpoint::get("/tasks/{task_id}", "get_task_status", status).described(|operation| {
            operation
                .description("Returns a task.")
                .response::<TaskResult>(200, "The task")
                .error_response(404, "Task not found, or ended too long ago")
        }),
    ]
}

async fn list(api: Data<Api>, Query(query): Query<TasksQuery>) -> Json<TaskResults> {
    let tasks = api.synod().tasks().list(query.status.map(Into::into), query.limit);
    Json(TaskResults { tasks: tasks.iter().map(|task| (&**task).into()).collect() })
}

async fn status(api: Data<Api>, id: Path<String>) -> Result<Json<TaskResult>, ApiError> {
    let task = id.parse().ok().and_then(|id| api.synod().tasks().get(id));
    task.map(|task| Json((&*task).into())).ok_or(ApiError::NotFound(Noun::Task))
}

/// Returns the task that a request orders from an agent with these capabilities.
pub(super) fn order(
    request: TaskRequest,
    capabilities: &[AgentOperation],
) -> Result<TaskOrder, ApiError> {
    let TaskRequest { operation, parameters, priority, timeout_seconds } = request;
    let known = operation.parse().ok().filter(|operation| capabilities.contains(operation));
    let Some(operation) = known else {
        return Err(ApiError::Invalid(vec![no_capability(&operation, capabilities)]));
    };
    let input = match operation {
        AgentOperation::Chat => TaskInput::Chat(parameters::text_input(parameters)?),
        AgentOperation::Analyze => TaskInput::Analyze(parameters::text_input(parameters)?),
        AgentOperation::Summarize => TaskInput::Summarize(parameters::text_input(parameters)?),
        AgentOperation::Critique => TaskInput::Critique(parameters::text_input(parameters)?),
        AgentOperation::Embed => TaskInput::Embed(parameters::texts(parameters)?),
    };
    Ok(TaskOrder {
        input,
        class: priority.unwrap_or_default().into(),
        time_limit: timeout_seconds.map(|seconds| Duration::from_secs(seconds.into())),
    })
}

fn no_capability(operation: &str, capabilities: &[AgentOperation]) -> FieldProblem {
    FieldProblem::not_among(
        vec!["body".into(), "operation".into()],
        capabilities.iter().map(|capability| capability.word()),
        json!(operation),
    )
}

impl From<Priority> for AdmissionClass {
    fn from(priority: Priority) -> Self {
        match priority {
            Priority::Low => Self::Low,
            Priority::Normal => Self::Normal,
            Priority::High => Self::High,
            Priority::Urgent => Self::Urgent,
        }
    }
}
