use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use synod_domain::{Initialized, ParticipantProfile};

/// The profiles of recent debates. Debates of the same agents on the same models share theirs.
#[derive(Default)]
pub(crate) struct SharedProfiles(Mutex<VecDeque<Arc<ParticipantProfile>>>);

/// The profiles that are remembered.
const MOST: usize = 128;

impl SharedProfiles {
    /// Lets a debate share its profiles with earlier ones, as far as they are equal.
    pub(crate) fn share(&self, setup: &mut Initialized) {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Initialized { participants, moderator, judge, config, .. } = setup;
        for profile in participants.iter_mut().chain(moderator).chain(judge) {
            if let Some(known) = recent.iter().find(|known| **known == *profile) {
                *profile = Arc::clone(known);
                continue;
            }
            if recent.len() == MOST {
                recent.pop_front();
            }
            recent.push_back(Arc::clone(profile));
        }
        for (id, profile) in config.selected_agents.iter_mut().zip(participants) {
            id.clone_from(&profile.agent_id);
        }
    }
}

#[cfg(test)]
mod tests {
    use synod_debate_protocol::Debate;
    use synod_domain::{AgentId, DebateConfig, HostName, ModelName};

    use super::*;

    fn setup(models: [&str; 2]) -> Initialized {
        let agents = ["ann", "bob"].map(|id| AgentId::new(id).unwrap());
        let config = DebateConfig::structured("Ban cars?", agents.to_vec());
        let host = HostName::new("near").unwrap();
        let profiles = agents.into_iter().zip(models).map(|(agent, model)| {
            ParticipantProfile::new(agent, host.clone(), ModelName::new(model).unwrap())
        });
        let config = config.validate().unwrap();
        Debate::initialize(config, profiles.collect(), None, None).unwrap()
    }

    #[test]
    fn equal_profiles_are_shared_and_others_are_not() {
        let profiles = SharedProfiles::default();
        let mut debates = [["a", "b"], ["a", "c"]].map(setup);
        let expected = debates.clone();
        debates.iter_mut().for_each(|setup| profiles.share(setup));
        assert_eq!(debates, expected);
        let [one, other] = debates.map(|setup| setup.participants);
        assert!(Arc::ptr_eq(&one[0], &other[0]));
        assert!(!Arc::ptr_eq(&one[1], &other[1]));
    }

    #[test]
    fn few_profiles_are_remembered() {
        let profiles = SharedProfiles::default();
        for debate in 0..MOST {
            profiles.share(&mut setup([&format!("a{debate}"), &format!("b{debate}")]));
        }
        assert_eq!(profiles.0.lock().unwrap().len(), MOST);
    }
}
