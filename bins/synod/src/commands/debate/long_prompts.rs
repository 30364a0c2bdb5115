use std::sync::Arc;

use synod_domain::{AgentId, Event, FailureCause, Initialized};

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
    /// Counts the call of an event that failed for this cause, if its prompt did not fit.
    pub(super) fn note(&mut self, event: &Event, cause: Option<FailureCause>) {
        if let Event::DebateInitialized(setup) = event {
            self.setup = Some(Arc::clone(setup));
        }
        if cause != Some(FailureCause::Context) {
            return;
        }
        self.calls += 1;
        if self.agent.is_none() {
            self.agent = self.caller(event);
        }
    }

    /// The agent whose call this event ends.
    fn caller(&self, event: &Event) -> Option<AgentId> {
        match event {
            Event::TurnEnded(turn) => Some(turn.agent_id.clone()),
            Event::BallotRecorded(ballot) => Some(ballot.agent_id.clone()),
            Event::JudgeRuled(_) => Some(self.setup.as_ref()?.judge.as_ref()?.agent_id.clone()),
            Event::DebateInitialized(_)
            | Event::DebateStarted
            | Event::DebatePaused(_)
            | Event::DebateResumed(_)
            | Event::DebateRecovered
            | Event::DebateClosed(_)
            | Event::CallStarted(_)
            | Event::CallVoided(_)
            | Event::Interjected(_)
            | Event::VoteCalled
            | Event::MoveChosen(_)
            | Event::OptionsSet(_)
            | Event::RoundClosed(_)
            | Event::Unknown { .. } => None,
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
