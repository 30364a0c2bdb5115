#![doc = include_str!("../README.md")]

mod answer;
mod base_url;
mod chat;
mod client;
mod embed;
mod error;
mod model;
mod props;
mod reply_stream;
mod sse;

pub use base_url::BaseUrl;
pub use chat::{ChatChunk, ChatReply, ChatRequest, FinishReason, JsonSchema, Message, Role, Usage};
pub use client::{Client, ClientBuilder};
pub use embed::{EmbedReply, EmbedRequest};
pub use error::{ContextOverflow, Error, ErrorKind, Result, Retryable};
pub use model::Model;
pub use reply_stream::ChatStream;
pub use synod_http_transport::{BuildError, Limits, TimeLimit};
