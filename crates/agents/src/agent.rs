mod call;
mod collector;
mod echo;
mod fresh_starts;
mod json_string;
mod opening_object;
mod reply_attempt;
mod sent_options;
mod token_gauge;
mod unserved;
mod unsteady;

use std::sync::Arc;

use futures_util::FutureExt;
use synod_debate_engine::{Participant, Progress, ReplyFuture};
use synod_domain::{Brief, ParticipantProfile};
use synod_inference::Flow;

use crate::{ModelSource, prompt::Wording, statistics::StatisticsStore};
use call::Call;
pub(crate) use sent_options::SentOptions;
pub(crate) use token_gauge::{TokenGauge, TokenGauges};
pub(crate) use unsteady::UnsteadyByDebate;
use unsteady::UnsteadyModels;

/// A participant that asks a model.
#[derive(Clone)]
pub struct Agent {
    context: Arc<AgentContext>,
}

/// Services shared by all agents of a factory.
pub(crate) struct AgentServices {
    pub(crate) models: Arc<dyn ModelSource>,
    pub(crate) wording: Wording,
    pub(crate) statistics: StatisticsStore,
    pub(crate) gauges: TokenGauges,
    pub(crate) sent_options: SentOptions,
    pub(crate) unsteady: UnsteadyByDebate,
}

/// State shared by the calls of one agent.
struct AgentContext {
    profile: Arc<ParticipantProfile>,
    flow: Flow,
    services: Arc<AgentServices>,
    gauge: TokenGauge,
    unsteady: Arc<UnsteadyModels>,
}

impl Agent {
    pub(crate) fn new(
        profile: Arc<ParticipantProfile>,
        flow: Flow,
        services: Arc<AgentServices>,
    ) -> Self {
        let gauge = services.gauges.gauge(&profile.host, &profile.model);
        let unsteady = services.unsteady.of(&flow);
        Self { context: Arc::new(AgentContext { profile, flow, services, gauge, unsteady }) }
    }

    /// Returns the agent's profile.
    #[must_use]
    pub fn profile(&self) -> &ParticipantProfile {
        &self.context.profile
    }

    fn ask(&self, brief: Brief, progress: Progress) -> ReplyFuture {
        let (context, brief) = (Arc::clone(&self.context), Arc::new(brief));
        async move {
            let open = context.services.statistics.open(&context.profile.agent_id);
            let call = Call::new(&context, &brief, &progress);
            let result = call.run().await;
            open.end(&result);
            result
        }
        .boxed()
    }
}

/// The task is part of the brief, so all three kinds of calls are made in the same way.
impl Participant for Agent {
    fn speak(&self, brief: Brief, progress: Progress) -> ReplyFuture {
        self.ask(brief, progress)
    }

    fn ballot(&self, brief: Brief, progress: Progress) -> ReplyFuture {
        self.ask(brief, progress)
    }

    fn moderate(&self, brief: Brief, progress: Progress) -> ReplyFuture {
        self.ask(brief, progress)
    }
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agent").field("profile", &self.context.profile).finish_non_exhaustive()
    }
}
