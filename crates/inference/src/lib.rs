#![doc = include_str!("../README.md")]

#[cfg(any(feature = "ollama", feature = "openai"))]
mod abilities;
mod access_refusal;
mod chat_model;
#[cfg(any(feature = "ollama", feature = "openai"))]
mod client_error;
mod completion;
mod embeddings;
mod error;
#[cfg(test)]
mod fake_server;
#[cfg(any(feature = "ollama", feature = "openai"))]
mod filtered;
mod gateway;
mod host;
mod host_error;
mod host_limits;
mod limitation;
#[cfg(any(feature = "ollama", feature = "openai"))]
mod listing_limit;
mod message;
mod model_info;
mod model_kind;
mod model_settings;
#[cfg(any(feature = "ollama", feature = "openai"))]
mod most_tokens;
#[cfg(any(feature = "ollama", feature = "openai"))]
mod not_ready;
#[cfg(feature = "ollama")]
mod ollama;
#[cfg(feature = "openai")]
mod openai;
mod parameter_count;
#[cfg(any(feature = "ollama", feature = "openai"))]
mod refusal;
mod reply_form;
mod request;
mod request_factory;
mod sampling;
mod scheduler;
#[cfg(feature = "test-util")]
mod scripted;
mod thinking;
#[cfg(any(feature = "ollama", feature = "openai"))]
mod thought;

pub use access_refusal::{AccessRefusal, MissingAccess};
pub use chat_model::{ChatEvent, ChatModel, ChatStream, Phase};
pub use completion::{Completion, StopReason, Timings, Usage};
pub use embeddings::Embeddings;
pub use error::{ChatError, CrashEvidence, CrashSuspect, ModelRefusal};
pub use gateway::{
    CircuitBreakerSettings, Embedder, ExcludedModels, Gateway, GatewaySettings, HostHealth,
    HostModels, HostState, LoadStatistics, ModelTraffic, ModelTrials, OtherModels, RequestedModel,
    ResolveError, RetrySettings, SeenThinking, TrialReport,
};
pub use host::{HostType, ModelHost};
pub use host_error::{HostError, HostProtocol};
pub use host_limits::HostLimits;
pub use limitation::Limitation;
pub use message::{Message, Role};
pub use model_info::{ModelInfo, Placement};
pub use model_kind::ModelKind;
pub use model_settings::ModelSettings;
#[cfg(feature = "ollama")]
pub use ollama::{LoadProfile, OllamaHost};
#[cfg(feature = "openai")]
pub use openai::OpenAiHost;
pub use parameter_count::parameters_from_text;
pub use reply_form::ReplyForm;
pub use request::ChatRequest;
pub use request_factory::RequestFactory;
pub use sampling::Sampling;
pub use scheduler::{AdmissionClass, Flow};
#[cfg(feature = "test-util")]
pub use scripted::{CallRecord, ScriptedHost, ScriptedModel, ScriptedReply};
pub use synod_domain::{HostName, ModelName, Scale};
pub use thinking::Thinking;
