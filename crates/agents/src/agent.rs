mod attempt;
mod call;
mod collector;
mod echo;
mod fresh_starts;
mod json_string;
mod opening_object;
mod token_gauge;
mod unserved;

use std::sync::Arc;

use futures_util::FutureExt;
use synod_debate_engine::{Answer, Participant, Progress};
use synod_domain::{Brief, ParticipantProfile};
use synod_inference::Flow;

use crate::{ModelSource, prompt::Wording, statistics::Ledger};
use call::Call;
pub(crate) use token_gauge::{TokenGauge, TokenGauges};

/// A participant that asks a model.
#[derive(Clone)]
pub struct Agent {
    desk: Arc<Desk>,
}

/// What all agents of a cast share.
pub(crate) struct Workplace {
    pub(crate) models: Arc<dyn ModelSource>,
    pub(crate) wording: Wording,
    pub(crate) ledger: Ledger,
    pub(crate) gauges: TokenGauges,
}

/// What the calls of one agent share.
struct Desk {
    profile: Arc<ParticipantProfile>,
    flow: Flow,
    workplace: Arc<Workplace>,
    gauge: TokenGauge,
}

impl Agent {
    pub(crate) fn new(
        profile: Arc<ParticipantProfile>,
        flow: Flow,
        workplace: Arc<Workplace>,
    ) -> Self {
        let gauge = workplace.gauges.gauge(&profile.host, &profile.model);
        Self { desk: Arc::new(Desk { profile, flow, workplace, gauge }) }
    }

    /// The profile it was made from.
    #[must_use]
    pub fn profile(&self) -> &ParticipantProfile {
        &self.desk.profile
    }

    fn ask(&self, brief: Brief, progress: Progress) -> Answer {
        let (desk, brief) = (Arc::clone(&self.desk), Arc::new(brief));
        async move {
            let open = desk.workplace.ledger.open(&desk.profile.agent_id);
            let mut call = Call::new(&desk, &brief, &progress);
            let result = call.run().await;
            open.end(&result);
            result
        }
        .boxed()
    }
}

/// The brief says what is to be done, so that all three are the same to a model.
impl Participant for Agent {
    fn speak(&self, brief: Brief, progress: Progress) -> Answer {
        self.ask(brief, progress)
    }

    fn ballot(&self, brief: Brief, progress: Progress) -> Answer {
        self.ask(brief, progress)
    }

    fn moderate(&self, brief: Brief, progress: Progress) -> Answer {
        self.ask(brief, progress)
    }
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agent").field("profile", &self.desk.profile).finish_non_exhaustive()
    }
}
