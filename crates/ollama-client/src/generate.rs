use serde::Serialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use synod_http_transport::ReplyStream;

use crate::answer_line::AnswerLine;
use crate::format::Format;
use crate::image::Image;
use crate::keep_alive::KeepAlive;
use crate::line_reader::{LineReader, Misread, Record};
use crate::logprob::Logprob;
use crate::metrics::{DoneReason, End, ReplyMetrics};
use crate::options::Options;
use crate::think::Think;
use crate::tool_call::ToolCall;

/// The continuation of a prompt, in pieces.
pub type GenerateStream = ReplyStream<LineReader<GenerateChunk>>;

/// A request to continue a prompt. Only fields that are set are sent.
///
/// Prefer a chat, except to fill a gap in a text. An empty prompt only loads the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct GenerateRequest {
    /// The model's name.
    pub model: String,
    /// The text to continue.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub prompt: String,
    /// The text after the gap to fill.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
    /// Instructions in place of those of the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// A template in place of that of the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Whether to use no template; excludes `system`, `template` and `context`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<bool>,
    /// Images, for models with vision.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// [`GenerateReply::context`] of the previous call; deprecated by Ollama.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<u32>,
    /// The format of the text, from the first token on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// The model's parameters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Options>,
    /// Whether the model thinks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub think: Option<Think>,
    /// How long the model stays loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_alive: Option<KeepAlive>,
    /// Whether a prompt that does not fit is silently cut (since 0.12.6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncate: Option<bool>,
    /// Whether the oldest half is dropped when the text outgrows the context (since 0.12.6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shift: Option<bool>,
    /// Whether to return the log probability of each token (since 0.12.11).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logprobs: Option<bool>,
    /// How many of the likeliest tokens to return for each, 0 to 20.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_logprobs: Option<u8>,
    /// Other fields.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A piece of a continuation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GenerateChunk {
    /// The model that replies.
    pub model: String,
    /// When the server wrote the piece.
    pub created_at: Option<OffsetDateTime>,
    /// Text.
    pub response: String,
    /// Thinking.
    pub thinking: String,
    /// Complete tool calls.
    pub tool_calls: Vec<ToolCall>,
    /// Log probabilities, if requested.
    pub logprobs: Vec<Logprob>,
    /// On the last piece: the tokens of the whole exchange, unless it was raw.
    pub context: Vec<u32>,
    /// The end of the reply, set on the last piece, which may have text as well.
    pub end: Option<Box<End>>,
}

/// A whole continuation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GenerateReply {
    /// The model that replied.
    pub model: String,
    /// When the server wrote the last piece.
    pub created_at: Option<OffsetDateTime>,
    /// The continuation.
    pub response: String,
    /// The thinking before the text.
    pub thinking: String,
    /// The tool calls, in order.
    pub tool_calls: Vec<ToolCall>,
    /// Log probabilities, if requested.
    pub logprobs: Vec<Logprob>,
    /// The tokens of the whole exchange, unless it was raw.
    pub context: Vec<u32>,
    /// Why the reply ended; very old servers do not report it.
    pub done_reason: Option<DoneReason>,
    /// Tokens and times.
    pub metrics: ReplyMetrics,
}

impl GenerateRequest {
    /// Creates a request with a model and a prompt and the defaults of the server.
    #[must_use]
    pub fn new(model: impl Into<String>, prompt: impl Into<String>) -> Self {
        Self { model: model.into(), prompt: prompt.into(), ..Self::default() }
    }
}

impl GenerateReply {
    /// Adds the next piece.
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

impl Record for GenerateChunk {
    type Reply = GenerateReply;

    fn read(line: &[u8]) -> Result<Self, Misread> {
        let mut line = AnswerLine::parse(line)?;
        line.check()?;
        let end = line.take_end();
        let response = line.response.take().unwrap_or_default();
        Ok(Self {
            model: line.take_model(),
            created_at: line.created_at,
            response: response.content,
            thinking: std::mem::take(&mut line.thinking) + &response.thinking,
            tool_calls: line.tool_calls.unwrap_or_default(),
            logprobs: line.logprobs.unwrap_or_default(),
            context: line.context.unwrap_or_default(),
            end: end.map(Box::new),
        })
    }

    fn is_last(&self) -> bool {
        self.end.is_some()
    }

    fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        [&mut self.response, &mut self.thinking].into_iter()
    }

    fn is_output(&self) -> bool {
        !(self.response.is_empty() && self.thinking.is_empty() && self.tool_calls.is_empty())
    }

    fn gather(self, reply: &mut GenerateReply) {
        reply.push(self);
    }

    fn text(reply: GenerateReply) -> String {
        reply.response
    }
}
