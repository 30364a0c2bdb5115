use std::sync::Arc;

use futures_util::{FutureExt, future::BoxFuture};
use synod_debate_engine::{Participant, ParticipantFactory, SystemClock};
use synod_domain::{AgentId, Clock, DebateId, ParticipantProfile};
use synod_inference::Flow;

use crate::{
    Agent, AgentStatistics, ModelSource,
    agent::{AgentServices, SentOptions, TokenGauges, UnsteadyByDebate},
    prompt::Wording,
    statistics::StatisticsStore,
};

/// Creates the agents of debates. Clones share models and statistics.
#[derive(Clone)]
pub struct AgentFactory {
    services: Arc<AgentServices>,
}

impl AgentFactory {
    /// Creates agents that use the models of this source.
    #[must_use]
    pub fn new(models: Arc<dyn ModelSource>) -> Self {
        Self::with_clock(models, Arc::new(SystemClock::new()))
    }

    /// Creates agents that use the models of this source and this clock.
    #[must_use]
    pub fn with_clock(models: Arc<dyn ModelSource>, clock: Arc<dyn Clock>) -> Self {
        let services = AgentServices {
            models,
            wording: Wording::new(),
            statistics: StatisticsStore::new(clock),
            gauges: TokenGauges::default(),
            sent_options: SentOptions::default(),
            unsteady: UnsteadyByDebate::default(),
        };
        Self { services: Arc::new(services) }
    }

    /// Returns the agent of this profile. Its calls belong to this flow.
    #[must_use]
    pub fn agent(&self, profile: &ParticipantProfile, flow: Flow) -> Agent {
        self.agent_of(Arc::new(profile.clone()), flow)
    }

    /// Returns the statistics of the agent of this id.
    #[must_use]
    pub fn statistics(&self, id: &AgentId) -> AgentStatistics {
        self.services.statistics.of(id)
    }

    fn agent_of(&self, profile: Arc<ParticipantProfile>, flow: Flow) -> Agent {
        Agent::new(profile, flow, Arc::clone(&self.services))
    }

    pub(crate) fn services(&self) -> &Arc<AgentServices> {
        &self.services
    }
}

/// All calls of a debate are one flow: a debate of many agents gets no more of a host than one of two. A full
/// queue refuses none of them, because the debate has been accepted.
impl ParticipantFactory for AgentFactory {
    fn participant(
        &self,
        debate: DebateId,
        profile: &Arc<ParticipantProfile>,
    ) -> Arc<dyn Participant> {
        let flow = Flow::of(*debate.as_uuid().as_bytes()).accepted();
        Arc::new(self.agent_of(Arc::clone(profile), flow))
    }

    fn served_digest(&self, profile: &ParticipantProfile) -> BoxFuture<'static, Option<Arc<str>>> {
        let services = Arc::clone(&self.services);
        let (host, model) = (profile.host.clone(), profile.model.clone());
        async move { services.models.served_digest(&host, &model).await.map(Arc::from) }.boxed()
    }

    fn known_digest(&self, profile: &ParticipantProfile) -> Option<Arc<str>> {
        self.services.models.known_digest(&profile.host, &profile.model).map(Arc::from)
    }
}
