mod chunk;
mod request;

use serde::Deserialize;

pub use chunk::ChatChunk;
pub(crate) use chunk::{Completion, Reading};
pub(crate) use request::Ask;
pub use request::{ChatRequest, JsonSchema, Message, Role};

/// Tokens of one call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt.
    #[serde(default)]
    pub prompt_tokens: u64,
    /// Tokens of the answer, its reasoning included.
    #[serde(default)]
    pub completion_tokens: u64,
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
    fn of(text: String) -> Option<Self> {
        match text.as_str() {
            // Some servers send it with every piece.
            "" => None,
            "stop" | "eos" | "stop_sequence" => Some(Self::Stop),
            "length" | "max_tokens" | "limit" => Some(Self::Length),
            "content_filter" => Some(Self::ContentFilter),
            "tool_calls" | "function_call" => Some(Self::ToolCalls),
            _ => Some(Self::Other(text)),
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
        self.usage = chunk.usage.or(self.usage);
    }
}
