//! The bodies of requests and answers.

mod chat;
mod debate;
mod system;
mod task;

pub(crate) use chat::OllamaChatRequest;
pub(crate) use debate::{Action, DebateConfigurationRequest, DebateControlRequest};
pub(crate) use system::Health;
pub(crate) use task::{Priority, TaskRequest};
