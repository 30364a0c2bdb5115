//! The bodies of requests and responses, and the messages of sockets.

mod agent;
mod agent_status;
mod agent_update;
mod chat;
mod chat_answer;
mod debate;
mod debate_done;
mod debate_event;
mod debate_pause;
mod debate_socket_message;
mod debate_stage;
mod debate_status;
mod debate_summary;
mod debate_update;
mod debate_view;
mod interjection;
mod json_schema_document;
mod model;
mod new_debate;
mod plain;
mod readiness;
mod system;
mod task;
mod task_operation;
mod task_product;
mod task_result;

pub(crate) use agent::{AgentPatch, AgentRegistration, RegisteredAgent, RegisteredAgents};
pub(crate) use agent_status::{AgentStatusResponse, AgentStatuses};
pub(crate) use agent_update::AgentUpdate;
pub(crate) use chat::OllamaChatRequest;
pub(crate) use chat_answer::{ChatAnswer, ChatUsage};
pub(crate) use debate::{Action, DebateConfigurationRequest, DebateControlRequest};
pub(crate) use debate_done::{DebateControlled, DebateOpened};
pub(crate) use debate_event::DebateEvent;
pub(crate) use debate_pause::DebatePause;
pub(crate) use debate_socket_message::{ClientMessage, ServerMessage};
pub(crate) use debate_stage::DebateStage;
pub(crate) use debate_status::DebateStatus;
pub(crate) use debate_summary::{DebateSummary, DebatesPage};
pub(crate) use debate_update::DebateUpdate;
pub(crate) use debate_view::DebateView;
pub(crate) use interjection::{InterjectionAccepted, InterjectionRequest};
pub(crate) use json_schema_document::JsonSchemaDocument;
pub(crate) use model::Models;
pub(crate) use new_debate::NewDebateRequest;
pub(crate) use readiness::{
    CheckState, HostCheck, Liveness, LivenessState, Readiness, ReadinessState, StoreCheck,
};
pub(crate) use system::{ApiMetrics, Health, HealthWord, SystemStatusResponse};
pub(crate) use task::{Priority, TaskRequest};
pub(crate) use task_operation::TaskOperation;
pub(crate) use task_product::TaskProduct;
pub(crate) use task_result::{TaskResult, TaskResults, TasksQuery};
