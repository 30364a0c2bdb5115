#![doc = include_str!("../README.md")]

mod answer_line;
mod base_url;
mod chat;
mod client;
mod embed;
mod error;
mod format;
mod generate;
mod go_time;
mod image;
mod keep_alive;
mod line_reader;
mod logprob;
mod metrics;
mod model;
mod ndjson;
mod optional;
mod options;
mod protocol;
mod pull;
mod raw_json;
mod think;
mod tool_call;
mod version;

pub use base_url::BaseUrl;
pub use chat::{ChatChunk, ChatReply, ChatRequest, ChatStream, Message, Role};
pub use client::{Client, ClientBuilder};
pub use embed::{EmbedReply, EmbedRequest, Input};
pub use error::{Error, Result};
pub use format::Format;
pub use generate::{GenerateChunk, GenerateReply, GenerateRequest, GenerateStream};
pub use image::Image;
pub use keep_alive::{InvalidKeepAlive, KeepAlive};
pub use logprob::{Logprob, TokenLogprob};
pub use metrics::{DoneReason, End, ReplyMetrics};
pub use model::{InstalledModel, LoadedModel, ModelDetails, ShowReply};
pub use options::Options;
pub use protocol::Ollama;
pub use pull::{PullProgress, PullRequest, PullStream};
pub use raw_json::RawJson;
pub use synod_http_transport::{
    BuildError, ContextOverflow, ErrorKind, Retryable, TimeLimit, TimeLimits,
};
pub use think::Think;
pub use tool_call::ToolCall;
pub use version::ServerVersion;
