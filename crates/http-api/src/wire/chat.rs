use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Ollama chat request model.
#[derive(Clone, Debug, Deserialize, JsonSchema, garde::Validate)]
pub(crate) struct OllamaChatRequest {
    /// Ollama model name
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
    pub(crate) conversation_history: Option<Vec<Map<String, Value>>>,
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
