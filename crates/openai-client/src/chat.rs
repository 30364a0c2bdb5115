mod chunk;
mod request;
mod text;

use serde_json::Value;
use synod_http_transport::is_filter_reason;

pub use chunk::ChatChunk;
pub(crate) use chunk::{Reading, whole_reply};
pub(crate) use request::Ask;
pub use request::{ChatRequest, JsonSchema, Message, Role};

/// Tokens of one call; 0 where the server does not count, or sends no count (a null, a negative
/// number, a fraction, a text).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: u64,
    /// Tokens of the answer, its reasoning included.
    pub completion_tokens: u64,
}

impl Usage {
    /// Reads what a server counted; none where it counted nothing.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        let count = |names: [&str; 2]| names.into_iter().find_map(|name| value[name].as_u64());
        let usage = Self {
            prompt_tokens: count(["prompt_tokens", "input_tokens"]).unwrap_or_default(),
            completion_tokens: count(["completion_tokens", "output_tokens"]).unwrap_or_default(),
        };
        (usage != Self::default()).then_some(usage)
    }

    /// With the counts of a later piece, as far as that has some.
    #[must_use]
    pub fn updated(self, later: Self) -> Self {
        let newer = |before, after| if after > 0 { after } else { before };
        Self {
            prompt_tokens: newer(self.prompt_tokens, later.prompt_tokens),
            completion_tokens: newer(self.completion_tokens, later.completion_tokens),
        }
    }
}

/// Why an answer ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FinishReason {
    /// The model ended it, or a stop text did.
    Stop,
    /// `max_tokens` or the context's end cut it.
    Length,
    /// A filter of the server took it away.
    ContentFilter,
    /// The model wants a tool called.
    ToolCalls,
    /// A reason this version does not know.
    Other(String),
}

impl FinishReason {
    fn of(text: &str) -> Option<Self> {
        if is_filter_reason(text) {
            return Some(Self::ContentFilter);
        }
        match text {
            // Some servers send one of them with every piece.
            "" | "null" | "None" => None,
            "stop" | "STOP" | "eos" | "eos_token" | "stop_sequence" => Some(Self::Stop),
            "length" | "max_tokens" | "MAX_TOKENS" | "limit" => Some(Self::Length),
            "tool_calls" | "function_call" => Some(Self::ToolCalls),
            _ => Some(Self::Other(text.to_owned())),
        }
    }
}

/// A chat's whole answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChatReply {
    /// The answer.
    pub content: String,
    /// The reasoning before it, where the server tells it apart.
    pub reasoning: String,
    /// What the model says in place of the JSON that was asked for.
    pub refusal: String,
    /// Why it ended.
    pub finish_reason: Option<FinishReason>,
    /// What it cost, if the server says.
    pub usage: Option<Usage>,
}

impl ChatReply {
    /// Adds the next piece of the answer.
    pub fn push(&mut self, chunk: ChatChunk) {
        self.content.push_str(&chunk.content);
        self.reasoning.push_str(&chunk.reasoning);
        self.refusal.push_str(&chunk.refusal);
        self.finish_reason = chunk.finish_reason.or(self.finish_reason.take());
        if let Some(later) = chunk.usage {
            self.usage = Some(self.usage.unwrap_or_default().updated(later));
        }
    }
}
