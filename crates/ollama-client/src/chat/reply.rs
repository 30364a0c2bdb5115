use serde::de::DeserializeOwned;
use time::OffsetDateTime;

use super::{ChatChunk, Logprob, Message, ToolCall};
use crate::{DoneReason, Metrics, Result, structured};

/// A chat's whole answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChatReply {
    /// The model that answered.
    pub model: String,
    /// When the server wrote its last piece.
    pub created_at: Option<OffsetDateTime>,
    /// The answer.
    pub content: String,
    /// The thinking before it.
    pub thinking: String,
    /// The tools it called, in order.
    pub tool_calls: Vec<ToolCall>,
    /// Log probabilities, if asked for.
    pub logprobs: Vec<Logprob>,
    /// The model behind a cloud stub.
    pub remote_model: Option<String>,
    /// The host behind a cloud stub.
    pub remote_host: Option<String>,
    /// The prompt, if only that was asked for.
    pub rendered_prompt: Option<String>,
    /// Why it ended; very old servers do not say.
    pub done_reason: Option<DoneReason>,
    /// What it cost.
    pub metrics: Metrics,
}

/// Thinking that a model wrote into its answer, as some templates let happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeakedThinking<'a> {
    /// The thinking, without tags.
    pub thinking: &'a str,
    /// The answer after it.
    pub content: &'a str,
}

impl ChatReply {
    /// Adds the next piece of the answer.
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

    /// Whether the answer was cut, by `num_predict` or the context's end.
    #[must_use]
    pub fn was_cut(&self) -> bool {
        self.done_reason == Some(DoneReason::Length)
    }

    /// Reads the answer as the JSON that was asked for with [`crate::Format`]. One code fence
    /// around it is allowed, for a model that the format did not reach.
    ///
    /// # Errors
    /// [`crate::ErrorKind::StructuredTruncated`] if the answer was cut,
    /// [`crate::ErrorKind::StructuredInvalid`] if it is no JSON or not of the shape of `T`.
    pub fn structured<T: DeserializeOwned>(&self) -> Result<T> {
        structured::read(&self.content, self.done_reason.as_ref())
    }

    /// Finds thinking in the answer: a text that ends with `</think>`, whether `<think>` opened it
    /// or not. The answer itself is left as it came.
    #[must_use]
    pub fn leaked_thinking(&self) -> Option<LeakedThinking<'_>> {
        let (opened, rest) = match self.content.trim_start().strip_prefix("<think>") {
            Some(rest) => (true, rest),
            None => (false, self.content.as_str()),
        };
        let (thinking, content) = match rest.split_once("</think>") {
            Some(parts) => parts,
            None if opened => (rest, ""),
            None => return None,
        };
        Some(LeakedThinking { thinking: thinking.trim(), content: content.trim_start() })
    }

    /// The answer as a message for the next request.
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
    fn thinking_in_the_answer_is_found_with_and_without_its_opening() {
        let leak = |content: &str| {
            let reply = ChatReply { content: content.to_owned(), ..ChatReply::default() };
            reply.leaked_thinking().map(|l| (l.thinking.to_owned(), l.content.to_owned()))
        };
        let split = |thinking: &str, content: &str| Some((thinking.to_owned(), content.to_owned()));
        assert_eq!(leak("hm\n</think>\n\nHello"), split("hm", "Hello"));
        assert_eq!(leak("<think>\nhm\n</think>Hello"), split("hm", "Hello"));
        assert_eq!(leak("<think>hm, and cut"), split("hm, and cut", ""));
        assert_eq!(leak("Hello <think>"), None);
        assert_eq!(leak(""), None);
    }

    #[test]
    fn an_answer_becomes_a_message_with_all_it_has() {
        let reply = ChatReply { content: "a".into(), thinking: "t".into(), ..ChatReply::default() };
        let json = serde_json::to_string(&reply.into_message()).unwrap();
        assert_eq!(json, r#"{"role":"assistant","content":"a","thinking":"t"}"#);
    }
}
