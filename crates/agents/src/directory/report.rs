use synod_domain::{AgentProfile, Timestamp};
use synod_inference::ModelInfo;

use crate::{AgentOperation, AgentStatistics};

/// An agent with its current status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentReport {
    /// The profile.
    pub profile: AgentProfile,
    /// Time at which the agent was added.
    pub created_at: Timestamp,
    /// The current status.
    pub status: AgentStatus,
    /// The model that a call would use now: the required one, or the one that would be chosen.
    pub model: Option<ModelInfo>,
    /// The operations the agent supports besides debating. Without a model: those of most models.
    pub capabilities: Vec<AgentOperation>,
    /// The statistics of its calls.
    pub statistics: AgentStatistics,
}

/// The status of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentStatus {
    /// No call is under way.
    Idle,
    /// A call, a task or a chat is under way or queued.
    Busy,
    /// No reachable host has its model.
    Unavailable,
}

impl AgentReport {
    pub(super) fn new(
        (profile, created_at): (AgentProfile, Timestamp),
        model: Option<ModelInfo>,
        statistics: AgentStatistics,
    ) -> Self {
        let status = match (&model, statistics.open) {
            (_, 1..) => AgentStatus::Busy,
            (Some(_), 0) => AgentStatus::Idle,
            (None, 0) => AgentStatus::Unavailable,
        };
        let capabilities = capabilities(model.as_ref());
        Self { profile, created_at, status, model, capabilities, statistics }
    }
}

/// Returns the operations of an agent with this model.
pub(crate) fn capabilities(model: Option<&ModelInfo>) -> Vec<AgentOperation> {
    let writes = model.is_none_or(|info| info.chats);
    let embeds = model.is_some_and(|info| info.embeds);
    let writing = AgentOperation::WRITING.into_iter().filter(|_| writes);
    writing.chain(embeds.then_some(AgentOperation::Embed)).collect()
}
