use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use synod_agents::{AgentReport, AgentStatus};
use synod_domain::Timestamp;

use super::TaskOperation;

/// Agent status response model.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct AgentStatusResponse {
    /// Its id
    pub(crate) agent_id: String,
    /// Always `llm`: a model with a persona
    pub(crate) agent_type: AgentType,
    /// The name shown to people
    pub(crate) name: String,
    /// The current status
    pub(crate) status: AgentWord,
    /// The supported task operations
    pub(crate) capabilities: Vec<TaskOperation>,
    /// The host of the model that a call would use now; null if unavailable
    pub(crate) host: Option<String>,
    /// The model that a call would use now; null if unavailable
    pub(crate) model: Option<String>,
    /// Calls in debates, tasks and chats
    pub(crate) task_count: u64,
    /// Successful calls
    pub(crate) success_count: u64,
    /// Calls that failed or timed out, without cancelled ones
    pub(crate) error_count: u64,
    /// Share of calls that succeeded, 0 to 1; 0 before the first
    pub(crate) success_rate: f64,
    /// Mean duration of successful calls, in seconds
    pub(crate) avg_task_duration: Option<f64>,
    /// Time of registration, RFC 3339, UTC
    #[schemars(with = "Timestamp")]
    pub(crate) created_at: String,
    /// Time of the last start or end of a call, RFC 3339, UTC
    #[schemars(with = "Option<Timestamp>")]
    pub(crate) last_active_at: Option<String>,
}

/// The kind of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AgentType {
    /// A model with a persona.
    Llm,
}

/// The status of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "AgentState")]
pub(crate) enum AgentWord {
    /// The agent is idle.
    Idle,
    /// A call to its model is in progress.
    Busy,
    /// No host has a model for it.
    Unavailable,
}

/// All agents.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct AgentStatuses {
    /// By id
    pub(crate) agents: Vec<AgentStatusResponse>,
}

impl From<AgentReport> for AgentStatusResponse {
    fn from(report: AgentReport) -> Self {
        let AgentReport { profile, created_at, status, model, capabilities, statistics } = report;
        let errors = statistics.failed + statistics.timed_out;
        Self {
            agent_id: profile.id.into(),
            agent_type: AgentType::Llm,
            name: profile.name.to_string(),
            status: status.into(),
            capabilities: capabilities.into_iter().map(TaskOperation::from).collect(),
            host: model.as_ref().map(|info| info.host.to_string()),
            model: model.map(|info| info.model.into()),
            task_count: statistics.calls,
            success_count: statistics.succeeded,
            error_count: errors,
            success_rate: share(statistics.succeeded, errors),
            avg_task_duration: statistics.mean_duration().as_ref().map(Duration::as_secs_f64),
            created_at: created_at.to_string(),
            last_active_at: statistics.last_active_at.map(|at| at.to_string()),
        }
    }
}

impl From<AgentStatus> for AgentWord {
    fn from(status: AgentStatus) -> Self {
        match status {
            AgentStatus::Idle => Self::Idle,
            AgentStatus::Busy => Self::Busy,
            AgentStatus::Unavailable => Self::Unavailable,
        }
    }
}

fn share(successes: u64, errors: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a share of that many needs no more")]
    let share = successes as f64 / (successes + errors).max(1) as f64;
    share
}
