#![doc = include_str!("../README.md")]

mod base_url;
mod chat;
mod chat_reader;
mod client;
mod embed;
mod error;
mod model;
mod props;
mod protocol;
mod sse;

pub use base_url::BaseUrl;
pub use chat::{ChatChunk, ChatReply, ChatRequest, FinishReason, JsonSchema, Message, Role, Usage};
pub use chat_reader::ChatStream;
pub use client::{Client, ClientBuilder};
pub use embed::{EmbedReply, EmbedRequest};
pub use error::{Error, Result};
pub use model::Model;
pub use protocol::OpenAi;
pub use synod_http_transport::{
    BuildError, ContextOverflow, ErrorKind, Retryable, TimeLimit, TimeLimits,
};
