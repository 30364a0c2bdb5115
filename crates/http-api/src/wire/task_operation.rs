use schemars::JsonSchema;
use serde::Serialize;
use synod_agents::Operation;

/// An operation of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TaskOperation {
    /// Answers a message.
    Chat,
    /// Analyzes a text.
    Analyze,
    /// Summarizes a text.
    Summarize,
    /// Criticizes a text and suggests improvements.
    Critique,
    /// Computes embedding vectors.
    Embed,
}

impl From<Operation> for TaskOperation {
    fn from(operation: Operation) -> Self {
        match operation {
            Operation::Chat => Self::Chat,
            Operation::Analyze => Self::Analyze,
            Operation::Summarize => Self::Summarize,
            Operation::Critique => Self::Critique,
            Operation::Embed => Self::Embed,
        }
    }
}
