#![doc = include_str!("../README.md")]

mod asked_wait;
mod base_url;
mod body;
mod client_builder;
mod connection;
mod error;
mod error_kind;
mod failure;
mod filter_word;
mod limits;
mod mended_json;
mod message_text;
mod model_list;
mod near;
mod protocol;
mod reply_stream;
mod response;
mod sentence;
#[cfg(feature = "test-util")]
pub mod test_util;
mod tls;
mod tls_fault;
mod transport;
mod transport_builder;

pub use asked_wait::asked_wait;
pub use base_url::BaseUrl;
pub use body::Body;
pub use client_builder::ClientBuilder;
pub use connection::{Connection, Content, KeyPolicy, WithClient, read_to_end};
pub use error::{ContextOverflow, Error, is_page};
pub use error_kind::{ErrorKind, Retryable};
pub use failure::Failure;
pub use filter_word::is_filter_reason;
pub use limits::{TimeLimit, TimeLimits};
pub use mended_json::{HalfJoiner, lossy_json, mended_json};
pub use message_text::MessageText;
pub use model_list::ModelList;
pub use near::is_near;
pub use protocol::Protocol;
pub use reply_stream::{Completeness, ReadStep, ReplyReader, ReplyStream};
pub use response::Response;
pub use sentence::{sentence, title};
pub use tls_fault::TlsFault;
pub use transport::Transport;
pub use transport_builder::{BuildError, TransportBuilder};
