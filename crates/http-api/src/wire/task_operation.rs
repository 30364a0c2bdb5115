use schemars::JsonSchema;
use serde::Serialize;
use synod_agents::Operation;

/// What an agent can do besides debating.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TaskOperation {
    /// Answers a message.
    Chat,
    /// Takes a text apart.
    Analyze,
    /// Says in short what a text says.
    Summarize,
    /// Says what is weak in a text, and how to mend it.
    Critique,
    /// Turns texts into vectors.
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
