mod chunk;
mod request;

use serde_json::Value;
use synod_http_transport::is_filter_reason;

pub use chunk::ChatChunk;
pub(crate) use chunk::{EventContent, whole_reply};
pub(crate) use request::Ask;
pub use request::{ChatRequest, JsonSchema, Message, Role};

/// The tokens of one call; 0 if the server sends no count, or an invalid one (null, a negative number,
/// a fraction, a text).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: u64,
    /// Tokens of the reply, including its reasoning.
    pub completion_tokens: u64,
    /// Tokens of the reasoning, which some servers count apart.
    pub reasoning_tokens: u64,
}

impl Usage {
    /// Reads the counts of a server; `None` if there are none.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        let count = |names: [&str; 2]| names.into_iter().find_map(|name| value[name].as_u64());
        let details = ["completion_tokens_details", "output_tokens_details"].into_iter();
        let details = details.map(|name| &value[name]).chain([value]);
        let mut reasoning = details.filter_map(|details| details["reasoning_tokens"].as_u64());
        let mut usage = Self {
            prompt_tokens: count(["prompt_tokens", "input_tokens"]).unwrap_or_default(),
            completion_tokens: count(["completion_tokens", "output_tokens"]).unwrap_or_default(),
            reasoning_tokens: reasoning.find(|count| *count > 0).unwrap_or_default(),
        };
        let Self { prompt_tokens, completion_tokens, reasoning_tokens } = usage;
        let written = completion_tokens.saturating_add(reasoning_tokens);
        let all = prompt_tokens.saturating_add(written);
        // xAI counts reasoning beside the reply, as its total shows.
        if value["total_tokens"].as_u64() == Some(all) {
            usage.completion_tokens = written;
        }
        (usage != Self::default()).then_some(usage)
    }

    /// Returns the counts of a later piece, and these where it has none.
    #[must_use]
    pub fn updated(self, later: Self) -> Self {
        let newer = |before, after| if after > 0 { after } else { before };
        Self {
            prompt_tokens: newer(self.prompt_tokens, later.prompt_tokens),
            completion_tokens: newer(self.completion_tokens, later.completion_tokens),
            reasoning_tokens: newer(self.reasoning_tokens, later.reasoning_tokens),
        }
    }
}

/// Why a reply ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FinishReason {
    /// The model ended the reply, or a stop text did.
    Stop,
    /// The reply was cut at `max_tokens` or at the end of the context.
    Length,
    /// A content filter of the service ended or removed the reply.
    ContentFilter,
    /// The model calls a tool.
    ToolCalls,
    /// An unknown reason.
    Other(String),
}

impl FinishReason {
    fn of(text: &str) -> Option<Self> {
        if is_filter_reason(text) {
            return Some(Self::ContentFilter);
        }
        match text {
            // Some servers send one of these with every piece.
            "" | "null" | "None" => None,
            "stop" | "STOP" | "eos" | "eos_token" | "stop_sequence" => Some(Self::Stop),
            "length" | "max_tokens" | "MAX_TOKENS" | "limit" => Some(Self::Length),
            "tool_calls" | "function_call" => Some(Self::ToolCalls),
            _ => Some(Self::Other(text.to_owned())),
        }
    }
}

/// The whole reply to a chat.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChatReply {
    /// The text.
    pub content: String,
    /// The reasoning before the text, if the server separates it.
    pub reasoning: String,
    /// The refusal that the model gave in place of the requested JSON.
    pub refusal: String,
    /// Why the reply ended.
    pub finish_reason: Option<FinishReason>,
    /// The tokens of the call, if the server reports them.
    pub usage: Option<Usage>,
}

impl ChatReply {
    /// Adds the next piece.
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

impl From<ChatReply> for ChatChunk {
    fn from(reply: ChatReply) -> Self {
        let ChatReply { content, reasoning, refusal, finish_reason, usage } = reply;
        Self { content, reasoning, refusal, finish_reason, usage }
    }
}
