use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::error::ServerReport;
use crate::model::null_is_default;
use crate::optional::{report, text};
use crate::reply_stream::{Fault, Misread, Reading, Record};
use crate::{DoneReason, Error, ReplyStream, Result, Role};

/// A chat's answer in pieces, as server-sent events. It is complete with `[DONE]`, or with the reason
/// of its end.
pub type ChatStream = ReplyStream<ChatChunk>;

/// A request for the next message of a chat.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ChatRequest {
    /// The model's name.
    pub model: String,
    /// The chat so far.
    pub messages: Vec<Message>,
    /// All other fields, such as `max_tokens`, `temperature` or `response_format`, as they are.
    /// With `stream_options` `{"include_usage":true}` a stream tells its usage at its end.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One message of a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

/// Tokens of one call; 0 where the server sends no count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: u64,
    /// Tokens of the answer.
    pub completion_tokens: u64,
}

/// One piece of a chat's answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChatChunk {
    /// Text of the answer.
    pub content: String,
    /// Text of the thinking.
    pub thinking: String,
    /// Why the answer ends, on its last piece of text or after it.
    pub finish_reason: Option<DoneReason>,
    /// What it cost, on a piece of its own.
    pub usage: Option<Usage>,
}

/// A chat's whole answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChatReply {
    /// The answer.
    pub content: String,
    /// The thinking before it.
    pub thinking: String,
    /// Why it ended.
    pub finish_reason: Option<DoneReason>,
    /// What it cost, if the server says.
    pub usage: Option<Usage>,
}

impl ChatReply {
    /// Adds the next piece of the answer.
    pub fn push(&mut self, chunk: ChatChunk) {
        self.content.push_str(&chunk.content);
        self.thinking.push_str(&chunk.thinking);
        self.finish_reason = chunk.finish_reason.or(self.finish_reason.take());
        self.usage = chunk.usage.or(self.usage);
    }
}

impl ChatStream {
    /// Gathers the pieces into the whole answer.
    ///
    /// # Errors
    /// The first error of the stream, with what was gathered as its
    /// [`crate::Error::partial_content`].
    pub async fn collect(mut self) -> Result<ChatReply> {
        let mut reply = ChatReply::default();
        while let Some(chunk) = self.next().await {
            match chunk {
                Ok(chunk) => reply.push(chunk),
                Err(error) => return Err(error.with_partial_content(reply.content)),
            }
        }
        Ok(reply)
    }
}

/// An answer in one piece.
#[derive(Deserialize)]
pub(super) struct Completion {
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Value,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Choice {
    #[serde(alias = "delta", deserialize_with = "null_is_default")]
    message: Text,
    finish_reason: Value,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Text {
    #[serde(deserialize_with = "text")]
    content: Option<String>,
    #[serde(alias = "reasoning_content", deserialize_with = "text")]
    reasoning: Option<String>,
}

impl Usage {
    fn of(value: &Value) -> Option<Self> {
        let count = |name: &str| value[name].as_u64();
        let (prompt, answer) = (count("prompt_tokens"), count("completion_tokens"));
        prompt.or(answer).map(|_| Self {
            prompt_tokens: prompt.unwrap_or_default(),
            completion_tokens: answer.unwrap_or_default(),
        })
    }
}

impl Choice {
    fn into_chunk(self, usage: &Value) -> ChatChunk {
        let reason = self.finish_reason.as_str().filter(|reason| !reason.is_empty());
        ChatChunk {
            content: self.message.content.unwrap_or_default(),
            thinking: self.message.reasoning.unwrap_or_default(),
            finish_reason: reason.map(|reason| DoneReason::from(reason.to_owned())),
            usage: Usage::of(usage),
        }
    }
}

impl TryFrom<Completion> for ChatReply {
    type Error = Error;

    fn try_from(completion: Completion) -> Result<Self> {
        let choice = completion.choices.into_iter().next();
        let choice = choice.ok_or_else(|| Error::protocol("an answer of no choice", b""))?;
        let mut reply = Self::default();
        reply.push(choice.into_chunk(&completion.usage));
        Ok(reply)
    }
}

/// What follows `data:`.
#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    /// Empty on the piece that tells the usage.
    #[serde(default)]
    choices: Option<Vec<Choice>>,
    #[serde(default)]
    usage: Value,
}

impl Record for ChatChunk {
    fn read(line: &[u8]) -> std::result::Result<Reading<Self>, Misread> {
        let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        let data = match line.strip_prefix(b"data:") {
            Some(data) => data.trim_ascii(),
            None if is_other_field(line) => return Ok(Reading::Nothing),
            None => line,
        };
        if data == b"[DONE]" {
            return Ok(Reading::End);
        }
        if data.is_empty() {
            return Ok(Reading::Nothing);
        }
        let event: Event<'_> = match serde_json::from_slice(data) {
            Ok(event) => event,
            // JSON of another shape holds nothing of an answer.
            Err(_) if serde_json::from_slice::<IgnoredAny>(data).is_ok() => {
                return Ok(Reading::Nothing);
            }
            Err(error) => return Err(error.into()),
        };
        if let Some(error) = report(event.error) {
            return Err(Fault::Reported(ServerReport::of_error(error)).into());
        }
        let Some(choices) = event.choices else { return Ok(Reading::Nothing) };
        let choice = choices.into_iter().next().unwrap_or_default();
        Ok(Reading::Next(choice.into_chunk(&event.usage)))
    }

    fn is_output(&self) -> bool {
        !(self.content.is_empty() && self.thinking.is_empty())
    }

    fn finishes(&self) -> bool {
        self.finish_reason.is_some()
    }
}

/// Comments and the fields of an event that carry no data.
fn is_other_field(line: &[u8]) -> bool {
    [&b":"[..], b"event:", b"id:", b"retry:"].iter().any(|field| line.starts_with(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Reading<ChatChunk> {
        ChatChunk::read(line.as_bytes()).unwrap()
    }

    #[test]
    fn odd_frames_are_skipped_and_odd_counts_are_none() {
        for nothing in ["data: {}", "data: null", "data: []", "data:", ": ping", "event: x"] {
            assert!(matches!(read(nothing), Reading::Nothing), "{nothing}");
        }
        let odd = r#"data: {"choices":[{"delta":{"content":["a ",{"text":"b"}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":null}}"#;
        let Reading::Next(chunk) = read(odd) else { panic!("no piece") };
        let usage = Some(Usage { prompt_tokens: 3, completion_tokens: 0 });
        assert_eq!((chunk.content.as_str(), chunk.usage), ("a b", usage));
        assert!(chunk.finishes());
        let none = r#"data: {"choices":[{"delta":null,"finish_reason":null}],"usage":"x"}"#;
        let Reading::Next(chunk) = read(none) else { panic!("no piece") };
        assert_eq!(chunk, ChatChunk::default());
        assert!(ChatChunk::read(b"data: hello").is_err());
    }
}
