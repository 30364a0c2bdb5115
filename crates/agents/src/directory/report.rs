use synod_domain::{AgentProfile, Timestamp};
use synod_inference::ModelCard;

use crate::{AgentStatistics, Operation};

/// An agent, and how it stands with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentReport {
    /// What it is.
    pub profile: AgentProfile,
    /// When it came.
    pub created_at: Timestamp,
    /// What it does now.
    pub status: AgentStatus,
    /// The model that it would ask now: the one it insists on, or one that would be chosen.
    pub model: Option<ModelCard>,
    /// What it can do besides debating. Without a model: what most models can.
    pub capabilities: Vec<Operation>,
    /// What it has done.
    pub statistics: AgentStatistics,
}

/// What an agent does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentStatus {
    /// Nothing.
    Idle,
    /// It works on a call, a task or a chat, or waits for its turn.
    Busy,
    /// It cannot be asked: no host that answers has its model.
    Unavailable,
}

impl AgentReport {
    pub(super) fn new(
        (profile, created_at): (AgentProfile, Timestamp),
        model: Option<ModelCard>,
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

/// What an agent with this model can do.
pub(crate) fn capabilities(model: Option<&ModelCard>) -> Vec<Operation> {
    let writes = model.is_none_or(|card| card.chats);
    let embeds = model.is_some_and(|card| card.embeds);
    let writing = Operation::WRITING.into_iter().filter(|_| writes);
    writing.chain(embeds.then_some(Operation::Embed)).collect()
}
