use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::error::ServerReport;
use crate::reply_stream::{Fault, Misread, Reading, Record};
use crate::{DoneReason, Error, ReplyStream, Result, Role};

/// A chat's answer in pieces, as server-sent events. It is complete with `[DONE]` only.
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

/// Tokens of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
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
    usage: Option<Usage>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Choice {
    #[serde(alias = "delta")]
    message: Text,
    finish_reason: Option<DoneReason>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Text {
    content: Option<String>,
    #[serde(alias = "reasoning_content")]
    reasoning: Option<String>,
}

impl Choice {
    fn into_chunk(self, usage: Option<Usage>) -> ChatChunk {
        ChatChunk {
            content: self.message.content.unwrap_or_default(),
            thinking: self.message.reasoning.unwrap_or_default(),
            finish_reason: self.finish_reason,
            usage,
        }
    }
}

impl TryFrom<Completion> for ChatReply {
    type Error = Error;

    fn try_from(completion: Completion) -> Result<Self> {
        let choice = completion.choices.into_iter().next();
        let choice = choice.ok_or_else(|| Error::protocol("an answer of no choice", b""))?;
        let mut reply = Self::default();
        reply.push(choice.into_chunk(completion.usage));
        Ok(reply)
    }
}

/// What follows `data:`.
#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    /// Empty on the piece that tells the usage.
    choices: Option<Vec<Choice>>,
    usage: Option<Usage>,
}

impl Record for ChatChunk {
    fn read(line: &[u8]) -> std::result::Result<Reading<Self>, Misread> {
        let data = match line.strip_prefix(b"data:") {
            Some(data) => data.trim_ascii(),
            None if is_other_field(line) => return Ok(Reading::Nothing),
            None => line,
        };
        if data == b"[DONE]" {
            return Ok(Reading::End);
        }
        let event: Event<'_> = serde_json::from_slice(data)?;
        if let Some(error) = event.error {
            return Err(Fault::Reported(ServerReport::of_error(error)).into());
        }
        let choices = event.choices.ok_or(Fault::Unknown)?;
        let choice = choices.into_iter().next().unwrap_or_default();
        Ok(Reading::Next(choice.into_chunk(event.usage)))
    }

    fn is_output(&self) -> bool {
        !(self.content.is_empty() && self.thinking.is_empty())
    }
}

/// Comments and the fields of an event that carry no data.
fn is_other_field(line: &[u8]) -> bool {
    [&b":"[..], b"event:", b"id:", b"retry:"].iter().any(|field| line.starts_with(field))
}
