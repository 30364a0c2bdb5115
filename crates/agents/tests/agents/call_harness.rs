//! An agent on a scripted model, with its reports to watchers.

use std::sync::{Arc, Mutex};

use synod_agents::{AgentFactory, ModelSource};
use synod_debate_engine::{CallFailure, Participant, Progress, Reply, Report};
use synod_domain::{AgentId, Brief, ParticipantProfile, Persona, Scale};
use synod_inference::{
    ChatModel, ChatRequest, Flow, HostName, ModelName, ResolveError, ScriptedModel,
};

/// Words that must not come into any prompt.
pub(crate) const SECRETS: [&str; 4] = ["Zenobia", "xerxes-agent", "quuxhost", "frobmodel"];

pub(crate) struct CallHarness {
    pub(crate) factory: AgentFactory,
    pub(crate) profile: ParticipantProfile,
    pub(crate) model: ScriptedModel,
    reports: Arc<Mutex<Vec<Report>>>,
}

impl CallHarness {
    pub(crate) fn new(model: ScriptedModel, scale: Scale) -> Self {
        let serving: Arc<dyn ChatModel> = Arc::new(model.clone());
        let source = move |_: &HostName, _: &ModelName| Ok::<_, ResolveError>(Arc::clone(&serving));
        Self::on(Arc::new(source), model, scale)
    }

    pub(crate) fn on(source: Arc<dyn ModelSource>, model: ScriptedModel, scale: Scale) -> Self {
        let [name, agent_id, host, name_of_model] = SECRETS;
        let profile = ParticipantProfile::new(
            AgentId::new(agent_id).unwrap(),
            HostName::new(host).unwrap(),
            ModelName::new(name_of_model).unwrap(),
        )
        .named(name)
        .with_digest("sha256:begun")
        .with_scale(scale)
        .with_persona(Persona::new("a critic"));
        Self { factory: AgentFactory::new(source), profile, model, reports: Arc::default() }
    }

    pub(crate) fn progress(&self) -> Progress {
        let reports = Arc::clone(&self.reports);
        Progress::to(move |report| reports.lock().unwrap().push(report))
    }

    /// Sends the brief to the agent. The debate has no smaller model than the agent's and the brief's.
    pub(crate) async fn ask(&self, brief: Brief) -> Result<Reply, CallFailure> {
        let smallest = brief.smallest.min(self.profile.scale);
        let brief = Brief { smallest, ..brief };
        self.factory.agent(&self.profile, Flow::default()).speak(brief, self.progress()).await
    }

    /// Returns the request for a brief.
    pub(crate) async fn request(&self, brief: Brief) -> ChatRequest {
        self.ask(brief).await.unwrap();
        self.model.record().requests.pop().unwrap()
    }

    pub(crate) fn reports(&self) -> Vec<Report> {
        self.reports.lock().unwrap().clone()
    }

    /// Returns the text of the reply that was reported to watchers.
    pub(crate) fn watched(&self) -> String {
        let deltas = self.reports().into_iter().filter_map(|report| match report {
            Report::Delta(text) => Some(text),
            Report::Whole(_) | Report::Thought(_) | Report::Phase(_) => None,
        });
        deltas.collect()
    }
}

/// Returns the user message of a request.
pub(crate) fn user(request: &ChatRequest) -> &str {
    &request.messages[1].content
}
