use serde::Serialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::answer_line::AnswerLine;
use crate::reply_stream::{Misread, Reading, Record};
use crate::{
    DoneReason, End, Format, Image, KeepAlive, Logprob, Metrics, Options, ReplyStream, Result,
    Think, ToolCall,
};

/// A prompt's continuation in pieces.
pub type GenerateStream = ReplyStream<GenerateChunk>;

/// A request to continue a prompt. Only what is set is sent.
///
/// Prefer a chat, except to fill in the middle of a text. An empty prompt only loads the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct GenerateRequest {
    /// The model's name.
    pub model: String,
    /// The text to continue.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub prompt: String,
    /// The text after the gap, to fill in what lies between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
    /// Instructions in place of the model's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// A template in place of the model's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Use no template at all; excludes `system`, `template` and `context`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<bool>,
    /// Pictures, for models that see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// [`GenerateReply::context`] of the call before; deprecated by Ollama.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<u32>,
    /// What the text must be, from its first token on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// The model's parameters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Options>,
    /// Thinking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub think: Option<Think>,
    /// How long the model stays loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_alive: Option<KeepAlive>,
    /// Whether a prompt that does not fit is cut, silently (since 0.12.6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncate: Option<bool>,
    /// Whether the oldest half is dropped when the text outgrows the context (since 0.12.6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shift: Option<bool>,
    /// Ask for each token's log probability (since 0.12.11).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logprobs: Option<bool>,
    /// How many likeliest tokens to report for each, 0 to 20.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_logprobs: Option<u8>,
    /// Fields this type does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One piece of a continuation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GenerateChunk {
    /// The model that answers.
    pub model: String,
    /// When the server wrote it.
    pub created_at: Option<OffsetDateTime>,
    /// Text of the continuation.
    pub response: String,
    /// Text of the thinking.
    pub thinking: String,
    /// Whole calls of tools.
    pub tool_calls: Vec<ToolCall>,
    /// Log probabilities, if asked for.
    pub logprobs: Vec<Logprob>,
    /// On the last piece: the tokens of the whole exchange, unless it was raw.
    pub context: Vec<u32>,
    /// Set on the last piece, which may carry text as well.
    pub end: Option<End>,
}

/// A whole continuation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GenerateReply {
    /// The model that answered.
    pub model: String,
    /// When the server wrote its last piece.
    pub created_at: Option<OffsetDateTime>,
    /// The continuation.
    pub response: String,
    /// The thinking before it.
    pub thinking: String,
    /// The tools it called, in order.
    pub tool_calls: Vec<ToolCall>,
    /// Log probabilities, if asked for.
    pub logprobs: Vec<Logprob>,
    /// The tokens of the whole exchange, unless it was raw.
    pub context: Vec<u32>,
    /// Why it ended; very old servers do not say.
    pub done_reason: Option<DoneReason>,
    /// What it cost.
    pub metrics: Metrics,
}

impl GenerateRequest {
    /// A request with a model and a prompt, all else left to the server.
    #[must_use]
    pub fn new(model: impl Into<String>, prompt: impl Into<String>) -> Self {
        Self { model: model.into(), prompt: prompt.into(), ..Self::default() }
    }
}

impl GenerateReply {
    /// Adds the next piece of the continuation.
    pub fn push(&mut self, chunk: GenerateChunk) {
        self.model = chunk.model;
        self.created_at = chunk.created_at.or(self.created_at);
        self.response.push_str(&chunk.response);
        self.thinking.push_str(&chunk.thinking);
        self.tool_calls.extend(chunk.tool_calls);
        self.logprobs.extend(chunk.logprobs);
        if let Some(end) = chunk.end {
            self.context = chunk.context;
            self.done_reason = end.done_reason;
            self.metrics = end.metrics;
        }
    }
}

impl GenerateStream {
    /// Gathers the pieces into the whole continuation.
    ///
    /// # Errors
    /// The first error of the stream, with what was gathered as its
    /// [`crate::Error::partial_content`].
    pub async fn collect(mut self) -> Result<GenerateReply> {
        let mut reply = GenerateReply::default();
        while let Some(chunk) = self.next().await {
            match chunk {
                Ok(chunk) => reply.push(chunk),
                Err(error) => return Err(error.with_partial_content(reply.response)),
            }
        }
        Ok(reply)
    }
}

impl Record for GenerateChunk {
    fn read(line: &[u8]) -> std::result::Result<Reading<Self>, Misread> {
        let Some(mut line) = AnswerLine::read(line)? else { return Ok(Reading::Nothing) };
        let end = line.take_end();
        let is_last = end.is_some();
        let chunk = Self {
            model: line.take_model(),
            created_at: line.created_at(),
            response: line.response.unwrap_or_default(),
            thinking: line.thinking.unwrap_or_default(),
            tool_calls: line.tool_calls.unwrap_or_default(),
            logprobs: line.logprobs.unwrap_or_default(),
            context: line.context.unwrap_or_default(),
            end,
        };
        Ok(if is_last { Reading::Last(chunk) } else { Reading::Next(chunk) })
    }

    fn is_output(&self) -> bool {
        !(self.response.is_empty() && self.thinking.is_empty() && self.tool_calls.is_empty())
    }
}
