use std::sync::Arc;

use synod_domain::{AgentId, Event, Initialized};

use super::access::Access;

/// The calls whose prompts did not fit the window of their model.
#[derive(Debug, Default)]
pub(super) struct LongPrompts {
    setup: Option<Arc<Initialized>>,
    calls: u64,
    /// The agent of the first of them.
    agent: Option<AgentId>,
    explanation: Option<String>,
}

impl LongPrompts {
    /// Notes the setup of the debate.
    pub(super) fn note(&mut self, event: &Event) {
        if let Event::DebateInitialized(setup) = event {
            self.setup = Some(Arc::clone(setup));
        }
    }

    /// Counts a call whose prompt did not fit. Without an agent, it is one of the judge.
    pub(super) fn count(&mut self, agent: Option<&AgentId>) {
        self.calls += 1;
        if self.agent.is_none() {
            let judge = || Some(&self.setup.as_ref()?.judge.as_ref()?.agent_id);
            self.agent = agent.or_else(judge).cloned();
        }
    }

    /// The number of calls.
    pub(super) const fn calls(&self) -> u64 {
        self.calls
    }

    /// Finds out how long the context is, how large the window, and which setting to change.
    pub(super) async fn find_explanation(&mut self, access: &Access) {
        let (Some(setup), Some(agent)) = (&self.setup, &self.agent) else { return };
        if let Some(profile) = setup.profiles().find(|profile| profile.agent_id == *agent) {
            let text = access.explain_refused_prompts(&setup.config, &profile.host, &profile.model);
            self.explanation = Some(text.await);
        }
    }

    /// What was found out.
    pub(super) fn explanation(&self) -> Option<&str> {
        self.explanation.as_deref()
    }
}
