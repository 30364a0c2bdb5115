//! The bodies of requests and answers.

mod chat;
mod debate;
mod debate_done;
mod debate_status;
mod debate_view;
mod system;
mod task;

pub(crate) use chat::OllamaChatRequest;
pub(crate) use debate::{Action, DebateConfigurationRequest, DebateControlRequest};
pub(crate) use debate_done::{DebateControlled, DebateOpened};
pub(crate) use debate_status::DebateStatus;
pub(crate) use debate_view::DebateView;
pub(crate) use system::Health;
pub(crate) use task::{Priority, TaskRequest};
