mod chunk;
mod image;
mod logprob;
mod message;
mod reply;
mod tool_call;

use serde::Serialize;
use serde_json::{Map, Value};

pub use chunk::ChatChunk;
pub use image::Image;
pub use logprob::{Logprob, TokenLogprob};
pub use message::{Message, Role};
pub use reply::{ChatReply, LeakedThinking};
pub use tool_call::ToolCall;

use crate::{Format, KeepAlive, Options, RawJson, ReplyStream, Result, Think};

/// A chat's answer in pieces.
pub type ChatStream = ReplyStream<ChatChunk>;

/// A request for the next message of a chat. Only what is set is sent.
///
/// Without messages it loads the model, or unloads it with [`KeepAlive::Unload`].
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ChatRequest {
    /// The model's name, such as `qwen3:4b`.
    pub model: String,
    /// The chat so far.
    pub messages: Vec<Message>,
    /// What the answer's text must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// The model's parameters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Options>,
    /// Thinking. Set it: left out, it depends on the server's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub think: Option<Think>,
    /// How long the model stays loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_alive: Option<KeepAlive>,
    /// Tools the model may call, each `{"type":"function","function":{…}}`, sent as they are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<RawJson>,
    /// Whether old messages are dropped, silently, when the prompt does not fit (since 0.12.6).
    /// With `false` that is [`crate::ErrorKind::ContextOverflow`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncate: Option<bool>,
    /// Whether the oldest half is dropped, silently, when the answer outgrows the context (since
    /// 0.12.6). A value unlike the loaded one reloads the model since 0.30.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shift: Option<bool>,
    /// Ask for each token's log probability (since 0.12.11).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logprobs: Option<bool>,
    /// How many likeliest tokens to report for each, 0 to 20.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_logprobs: Option<u8>,
    /// Only render the prompt, into [`ChatReply::rendered_prompt`] (since 0.11.5).
    #[serde(rename = "_debug_render_only", skip_serializing_if = "Option::is_none")]
    pub debug_render_only: Option<bool>,
    /// Fields this type does not name. The server ignores those it does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ChatRequest {
    /// A request with a model and messages, all else left to the server.
    #[must_use]
    pub fn new(model: impl Into<String>, messages: impl Into<Vec<Message>>) -> Self {
        Self { model: model.into(), messages: messages.into(), ..Self::default() }
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
