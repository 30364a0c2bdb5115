use synod_domain::AgentId;
use synod_inference::{Message, ModelName};

/// A chat with a model, which an agent may lend its character.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentChat {
    /// The model, on any host.
    pub model: ModelName,
    /// The agent: its persona is the system message unless `messages` have one, and the chat
    /// counts as its work.
    pub agent: Option<AgentId>,
    /// What was said so far; the last is the message to answer.
    pub messages: Vec<Message>,
    /// Softmax temperature; `None`: the model's own.
    pub temperature: Option<f32>,
    /// Most tokens of the reply; `None`: 2,048.
    pub max_tokens: Option<u32>,
}
