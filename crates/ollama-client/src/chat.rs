mod chunk;
mod message;
mod reply;

use serde::Serialize;
use serde_json::{Map, Value};

pub use chunk::ChatChunk;
pub use message::{Message, Role};
pub use reply::ChatReply;

use synod_http_transport::ReplyStream;

use crate::format::Format;
use crate::keep_alive::KeepAlive;
use crate::line_reader::LineReader;
use crate::options::Options;
use crate::raw_json::RawJson;
use crate::think::Think;

/// The reply to a chat, in pieces.
pub type ChatStream = ReplyStream<LineReader<ChatChunk>>;

/// A request for the next message of a chat. Only fields that are set are sent.
///
/// Without messages the request loads the model, or unloads it with [`KeepAlive::Unload`].
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ChatRequest {
    /// The model's name, such as `qwen3:4b`.
    pub model: String,
    /// The chat so far.
    pub messages: Vec<Message>,
    /// The format of the reply's text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// The model's parameters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Options>,
    /// Whether the model thinks. Set this: the default depends on the version of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub think: Option<Think>,
    /// How long the model stays loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_alive: Option<KeepAlive>,
    /// Tools that the model may call, each `{"type":"function","function":{…}}`, sent unchanged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<RawJson>,
    /// Whether old messages are silently dropped when the prompt does not fit (since 0.12.6).
    /// With `false` that is [`crate::ErrorKind::ContextOverflow`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncate: Option<bool>,
    /// Whether the oldest half is silently dropped when the reply outgrows the context (since 0.12.6).
    /// Since 0.30 a value unlike the loaded one reloads the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shift: Option<bool>,
    /// Whether to return the log probability of each token (since 0.12.11).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logprobs: Option<bool>,
    /// How many of the likeliest tokens to return for each, 0 to 20.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_logprobs: Option<u8>,
    /// Whether to only render the prompt, into [`ChatReply::rendered_prompt`] (since 0.11.5).
    #[serde(rename = "_debug_render_only", skip_serializing_if = "Option::is_none")]
    pub debug_render_only: Option<bool>,
    /// Other fields. The server ignores unknown ones.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ChatRequest {
    /// Creates a request with a model and messages and the defaults of the server.
    #[must_use]
    pub fn new(model: impl Into<String>, messages: impl Into<Vec<Message>>) -> Self {
        Self { model: model.into(), messages: messages.into(), ..Self::default() }
    }
}
