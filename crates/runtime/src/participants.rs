use std::{collections::HashMap, sync::Arc};

use synod_agents::{AgentFactory, AssignedProfiles};
use synod_debate_engine::{DigestFuture, Participant, ParticipantFactory};
use synod_domain::{AgentId, DebateConfig, DebateId, HostName, ModelName, ParticipantProfile};

/// The participants that are not agents on models, by id.
#[derive(Clone, Default)]
pub(crate) struct CustomParticipants(HashMap<String, Arc<dyn Participant>>);

/// Creates the participants of debates: custom ones by their id, all others as agents.
pub(crate) struct CustomFirst {
    pub(crate) custom: Arc<CustomParticipants>,
    pub(crate) agents: AgentFactory,
}

impl CustomParticipants {
    pub(crate) fn insert(&mut self, id: String, participant: Arc<dyn Participant>) {
        self.0.insert(id, participant);
    }

    /// Returns the configuration of a debate without its custom participants.
    pub(crate) fn without(&self, config: &DebateConfig) -> DebateConfig {
        let mut config = config.clone();
        config.selected_agents.retain(|id| !self.has(id));
        let rules = &mut config.debate_rules;
        rules.moderator.take_if(|id| self.has(id));
        rules.judge.take_if(|id| self.has(id));
        config
    }

    /// Adds the custom participants of a debate to its agents, in the order of the configuration.
    pub(crate) fn among(
        &self,
        config: &DebateConfig,
        agents: AssignedProfiles,
    ) -> AssignedProfiles {
        let AssignedProfiles { participants, moderator, judge } = agents;
        let mut participants = participants.into_iter();
        let rules = &config.debate_rules;
        AssignedProfiles {
            participants: config
                .selected_agents
                .iter()
                .filter_map(|id| self.profile(id).or_else(|| participants.next()))
                .collect(),
            moderator: moderator.or_else(|| self.profile(rules.moderator.as_ref()?)),
            judge: judge.or_else(|| self.profile(rules.judge.as_ref()?)),
        }
    }

    fn has(&self, id: &AgentId) -> bool {
        self.0.contains_key(id.as_str())
    }

    /// Events name a host and a model of every participant.
    fn profile(&self, id: &AgentId) -> Option<ParticipantProfile> {
        let host = HostName::new("program").expect("a word is a valid name");
        let model = ModelName::new("none").expect("a word is a valid name");
        self.has(id).then(|| ParticipantProfile::new(id.clone(), host, model))
    }
}

impl ParticipantFactory for CustomFirst {
    fn participant(
        &self,
        debate: DebateId,
        profile: &Arc<ParticipantProfile>,
    ) -> Arc<dyn Participant> {
        match self.custom.0.get(profile.agent_id.as_str()) {
            Some(participant) => Arc::clone(participant),
            None => self.agents.participant(debate, profile),
        }
    }

    // Profiles of custom participants have no digest, and are not compared.
    fn served_digest(&self, profile: &ParticipantProfile) -> DigestFuture {
        self.agents.served_digest(profile)
    }

    fn known_digest(&self, profile: &ParticipantProfile) -> Option<Arc<str>> {
        self.agents.known_digest(profile)
    }
}
