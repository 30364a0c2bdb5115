use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use synod_inference::{Message, Role};

/// Ollama chat request model.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, garde::Validate)]
#[schemars(extend("examples" = [{ "model": "llama3.2:3b", "message": "What is a synod?" }]))]
pub(crate) struct OllamaChatRequest {
    /// Model name, or `HOST/MODEL` for the model of one host
    #[garde(skip)]
    pub(crate) model: String,
    /// User message
    #[garde(skip)]
    pub(crate) message: String,
    /// Associated agent ID
    #[garde(skip)]
    pub(crate) agent_id: Option<String>,
    /// Recent conversation history
    #[garde(skip)]
    pub(crate) conversation_history: Option<Vec<SaidBefore>>,
    /// Response temperature
    #[serde(default = "default_temperature")]
    #[garde(range(min = 0.0, max = 2.0))]
    pub(crate) temperature: Option<f64>,
    /// Maximum response tokens
    #[serde(default = "default_max_tokens")]
    #[garde(range(min = 1, max = 8_192))]
    pub(crate) max_tokens: Option<u32>,
}

#[expect(clippy::unnecessary_wraps, reason = "null is a value of this field")]
const fn default_temperature() -> Option<f64> {
    Some(0.7)
}

#[expect(clippy::unnecessary_wraps, reason = "null is a value of this field")]
const fn default_max_tokens() -> Option<u32> {
    Some(2_048)
}

/// A message of a conversation so far.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ChatMessage")]
pub(crate) struct SaidBefore {
    /// The author
    role: ChatRole,
    /// The text
    content: String,
}

/// The author of a message.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ChatRole {
    System,
    User,
    Assistant,
}

impl From<SaidBefore> for Message {
    fn from(said: SaidBefore) -> Self {
        let role = match said.role {
            ChatRole::System => Role::System,
            ChatRole::User => Role::User,
            ChatRole::Assistant => Role::Assistant,
        };
        Self { role, content: said.content.into() }
    }
}
