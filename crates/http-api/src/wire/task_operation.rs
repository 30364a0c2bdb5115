use schemars::JsonSchema;
use serde::Serialize;
use synod_agents::AgentOperation;

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

impl From<AgentOperation> for TaskOperation {
    fn from(operation: AgentOperation) -> Self {
        match operation {
            AgentOperation::Chat => Self::Chat,
            AgentOperation::Analyze => Self::Analyze,
            AgentOperation::Summarize => Self::Summarize,
            AgentOperation::Critique => Self::Critique,
            AgentOperation::Embed => Self::Embed,
        }
    }
}
