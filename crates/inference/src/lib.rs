#![doc = include_str!("../README.md")]

mod admission;
mod chat_model;
mod completion;
mod embeddings;
mod error;
#[cfg(test)]
mod fake_server;
mod gateway;
mod host;
mod host_error;
mod limitation;
mod message;
#[cfg(feature = "ollama")]
mod ollama;
#[cfg(feature = "openai")]
mod openai;
mod recipe;
#[cfg(any(feature = "ollama", feature = "openai"))]
mod refusal;
mod request;
#[cfg(feature = "test-util")]
mod scripted;
mod thinking;
#[cfg(any(feature = "ollama", feature = "openai"))]
mod thought;

pub use admission::{AdmissionClass, Flow};
pub use chat_model::{ChatEvent, ChatModel, ChatStream, Phase};
pub use completion::{Completion, StopReason, Timings, Usage};
pub use embeddings::Embeddings;
pub use error::ChatError;
pub use gateway::{
    Embedder, Gateway, GatewaySettings, HostModels, HostStanding, Loads, OtherModels, ResolveError,
    RestSettings, RetrySettings, Traffic, Wanted,
};
pub use host::{ModelCard, ModelHost, Placement};
pub use host_error::{HostError, HostProtocol};
pub use limitation::Limitation;
pub use message::{Message, Role};
#[cfg(feature = "ollama")]
pub use ollama::{LoadProfile, OllamaHost};
#[cfg(feature = "openai")]
pub use openai::OpenAiHost;
pub use recipe::Recipe;
pub use request::{ChatRequest, ReplyForm, Sampling};
#[cfg(feature = "test-util")]
pub use scripted::{ScriptedHost, ScriptedModel, ScriptedReply, Seen};
pub use synod_domain::{HostName, ModelName, Scale};
pub use thinking::Thinking;
