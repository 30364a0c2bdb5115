use schemars::JsonSchema;
use serde::Serialize;
use synod_agents::{Task, TaskOutput};
use synod_domain::{AgentId, HostName, ModelName};

use super::{ChatAnswer, ChatUsage, TaskOperation};

/// The output of a task.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum TaskProduct {
    Text(TaskText),
    Embeddings(TaskEmbeddings),
}

/// The text that a model wrote for a task.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct TaskText {
    #[serde(flatten)]
    answer: ChatAnswer,
    /// The operation
    operation: TaskOperation,
}

/// The embedding vectors of the texts of a task.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct TaskEmbeddings {
    /// The model
    model: ModelName,
    /// The host that served it
    host: HostName,
    /// The agent
    agent_id: AgentId,
    /// One vector per text, in order
    embeddings: Vec<Vec<f64>>,
    /// Tokens
    usage: ChatUsage,
    /// The operation
    operation: TaskOperation,
}

impl TaskProduct {
    pub(super) fn of(task: &Task, product: &TaskOutput) -> Self {
        let operation = task.operation.into();
        match product {
            TaskOutput::Text(said) => {
                let answer = ChatAnswer::new(said.clone(), Some(task.agent.clone()));
                Self::Text(TaskText { answer, operation })
            }
            TaskOutput::Vectors { host, model, embeddings } => Self::Embeddings(TaskEmbeddings {
                model: model.clone(),
                host: host.clone(),
                agent_id: task.agent.clone(),
                embeddings: embeddings.vectors.iter().map(|vector| widened(vector)).collect(),
                usage: ChatUsage { prompt_tokens: embeddings.prompt_tokens, output_tokens: None },
                operation,
            }),
        }
    }
}

/// JSON has numbers of double precision.
fn widened(vector: &[f32]) -> Vec<f64> {
    vector.iter().copied().map(f64::from).collect()
}
