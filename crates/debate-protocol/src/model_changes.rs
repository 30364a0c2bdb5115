//! Models that hosts serve with other content than the debate has recorded.

use std::sync::Arc;

use synod_domain::{AgentId, ModelChange, ParticipantProfile};

use crate::Debate;

impl Debate {
    /// The models that have changed, in the order of the agents. `served` returns the content digest that
    /// the host of a profile reports now, if it is known. Models without a recorded digest are not
    /// compared.
    #[must_use]
    pub fn model_changes(
        &self,
        served: impl Fn(&ParticipantProfile) -> Option<Arc<str>>,
    ) -> Box<[ModelChange]> {
        let mut changes = Vec::<ModelChange>::new();
        for profile in self.setup.profiles() {
            let Some(recorded) = &profile.digest else { continue };
            if changes.iter().any(|change| is_of(change, profile)) {
                continue;
            }
            let changed = served(profile).filter(|served| served != recorded);
            changes.extend(changed.map(|served| ModelChange {
                agents: Box::default(),
                host: profile.host.clone(),
                model: profile.model.clone(),
                recorded_digest: Arc::clone(recorded),
                served_digest: served,
            }));
        }
        for change in &mut changes {
            change.agents = self.agents_of(change);
        }
        changes.into()
    }

    /// Whether a change is one of the models as this debate has recorded them.
    pub(crate) fn fits(&self, change: &ModelChange) -> bool {
        let agents = self.agents_of(change);
        !agents.is_empty()
            && agents == change.agents
            && change.served_digest != change.recorded_digest
    }

    /// The place of the first agent of a change among all.
    pub(crate) fn place_of(&self, change: &ModelChange) -> Option<usize> {
        self.setup.profiles().position(|profile| is_of(change, profile))
    }

    /// Continues with a changed model.
    pub(crate) fn accept(&mut self, change: &ModelChange) {
        let setup = Arc::make_mut(&mut self.setup);
        let profiles = setup.participants.iter_mut().chain(&mut setup.moderator);
        for profile in profiles.chain(&mut setup.judge) {
            if is_of(change, profile) {
                Arc::make_mut(profile).digest = Some(Arc::clone(&change.served_digest));
            }
        }
    }

    /// The agents that use the recorded model of a change, each once.
    fn agents_of(&self, change: &ModelChange) -> Box<[AgentId]> {
        let mut agents = Vec::<AgentId>::new();
        for profile in self.setup.profiles().filter(|profile| is_of(change, profile)) {
            if !agents.contains(&profile.agent_id) {
                agents.push(profile.agent_id.clone());
            }
        }
        agents.into()
    }
}

fn is_of(change: &ModelChange, profile: &ParticipantProfile) -> bool {
    (&change.host, &change.model, Some(&change.recorded_digest))
        == (&profile.host, &profile.model, profile.digest.as_ref())
}
