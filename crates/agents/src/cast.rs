use std::sync::Arc;

use synod_debate_engine::{Cast, Participant};
use synod_domain::{AgentId, ParticipantProfile};

use crate::{
    Agent, AgentStatistics, ModelSource, agent::Workplace, prompt::Wording, statistics::Ledger,
};

/// Agents for the seats of debates. Clones share models and statistics.
#[derive(Clone)]
pub struct AgentCast {
    workplace: Arc<Workplace>,
}

impl AgentCast {
    /// Agents that ask the models of this source.
    #[must_use]
    pub fn new(models: Arc<dyn ModelSource>) -> Self {
        let workplace = Workplace { models, wording: Wording::new(), ledger: Ledger::default() };
        Self { workplace: Arc::new(workplace) }
    }

    /// The agent of this profile.
    #[must_use]
    pub fn agent(&self, profile: &ParticipantProfile) -> Agent {
        Agent::new(profile.clone(), Arc::clone(&self.workplace))
    }

    /// What the agent of this id has done in all debates so far.
    #[must_use]
    pub fn statistics(&self, id: &AgentId) -> AgentStatistics {
        self.workplace.ledger.of(id)
    }
}

impl Cast for AgentCast {
    fn seat(&self, profile: &ParticipantProfile) -> Arc<dyn Participant> {
        Arc::new(self.agent(profile))
    }
}
