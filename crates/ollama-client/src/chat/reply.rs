use time::OffsetDateTime;

use super::{ChatChunk, Message};
use crate::logprob::Logprob;
use crate::metrics::{DoneReason, ReplyMetrics};
use crate::tool_call::ToolCall;

/// The whole reply to a chat.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChatReply {
    /// The model that replied.
    pub model: String,
    /// When the server wrote the last piece.
    pub created_at: Option<OffsetDateTime>,
    /// The text.
    pub content: String,
    /// The thinking before the text.
    pub thinking: String,
    /// The tool calls, in order.
    pub tool_calls: Vec<ToolCall>,
    /// Log probabilities, if requested.
    pub logprobs: Vec<Logprob>,
    /// The model behind a cloud stub.
    pub remote_model: Option<String>,
    /// The host behind a cloud stub.
    pub remote_host: Option<String>,
    /// The rendered prompt, if only that was requested.
    pub rendered_prompt: Option<String>,
    /// Why the reply ended; very old servers do not report it.
    pub done_reason: Option<DoneReason>,
    /// Tokens and times.
    pub metrics: ReplyMetrics,
}

impl ChatReply {
    /// Adds the next piece.
    pub fn push(&mut self, chunk: ChatChunk) {
        if self.content.is_empty() {
            self.content = chunk.content;
        } else {
            self.content.push_str(&chunk.content);
        }
        self.model = chunk.model;
        self.created_at = chunk.created_at.or(self.created_at);
        self.thinking.push_str(&chunk.thinking);
        self.tool_calls.extend(chunk.tool_calls);
        self.logprobs.extend(chunk.logprobs);
        self.remote_model = chunk.remote_model.or(self.remote_model.take());
        self.remote_host = chunk.remote_host.or(self.remote_host.take());
        self.rendered_prompt = chunk.rendered_prompt.or(self.rendered_prompt.take());
        if let Some(end) = chunk.end {
            self.done_reason = end.done_reason;
            self.metrics = end.metrics;
        }
    }

    /// Returns whether the reply was cut at `num_predict` or at the end of the context.
    #[must_use]
    pub fn was_cut(&self) -> bool {
        self.done_reason == Some(DoneReason::Length)
    }

    /// Returns the reply as a message for the next request.
    #[must_use]
    pub fn into_message(self) -> Message {
        Message {
            thinking: (!self.thinking.is_empty()).then_some(self.thinking),
            tool_calls: self.tool_calls,
            ..Message::assistant(self.content)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_becomes_a_message_with_its_thinking() {
        let reply = ChatReply { content: "a".into(), thinking: "t".into(), ..ChatReply::default() };
        let json = serde_json::to_string(&reply.into_message()).unwrap();
        assert_eq!(json, r#"{"role":"assistant","content":"a","thinking":"t"}"#);
    }
}
