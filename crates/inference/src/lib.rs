#![doc = include_str!("../README.md")]

mod admission;
mod chat_model;
mod completion;
mod error;
mod host;
mod message;
mod request;

pub use admission::AdmissionClass;
pub use chat_model::{ChatEvent, ChatModel, ChatStream, Phase};
pub use completion::{Completion, StopReason, Timings, Usage};
pub use error::{ChatError, HostError};
pub use host::{ModelCard, ModelHost};
pub use message::{Message, Role};
pub use request::{ChatRequest, ReplyForm, Sampling};
pub use synod_domain::{HostName, ModelName, Scale};
