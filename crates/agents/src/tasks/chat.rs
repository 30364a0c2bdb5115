use synod_domain::AgentId;
use synod_inference::{Message, RequestedModel};

/// A chat with a model, optionally in the role of an agent.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentChat {
    /// The model, and its host if it is to be no other.
    pub model: RequestedModel,
    /// The agent. Its persona is the system message unless `messages` have one, and the chat counts in
    /// its statistics.
    pub agent: Option<AgentId>,
    /// The conversation so far; the last message is the one to answer.
    pub messages: Vec<Message>,
    /// Sampling temperature; `None`: the model's default.
    pub temperature: Option<f32>,
    /// Maximum tokens of the reply; `None`: 2,048.
    pub max_tokens: Option<u32>,
}
