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
mod keep_alive;
mod metrics;
mod model;
mod ndjson;
mod optional;
mod options;
mod pull;
mod raw_json;
mod reply_stream;
mod structured;
mod think;
mod transport;
pub mod v1;
mod version;

pub use base_url::BaseUrl;
pub use chat::{
    ChatChunk, ChatReply, ChatRequest, ChatStream, Image, LeakedThinking, Logprob, Message, Role,
    TokenLogprob, ToolCall,
};
pub use client::{Client, ClientBuilder};
pub use embed::{EmbedReply, EmbedRequest, Input};
pub use error::{ContextOverflow, Error, ErrorKind, Result, Retryable};
pub use format::Format;
pub use generate::{GenerateChunk, GenerateReply, GenerateRequest, GenerateStream};
pub use keep_alive::{InvalidKeepAlive, KeepAlive};
pub use metrics::{DoneReason, End, Metrics};
pub use model::{InstalledModel, LoadedModel, ModelDetails, ModelInfo};
pub use options::Options;
pub use pull::{PullProgress, PullRequest, PullStream};
pub use raw_json::RawJson;
pub use reply_stream::ReplyStream;
pub use synod_http_transport::{BuildError, Limits, TimeLimit};
pub use think::Think;
pub use version::ServerVersion;
