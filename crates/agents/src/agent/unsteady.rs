use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use synod_domain::ParticipantProfile;
use synod_inference::{Flow, HostName, ModelName};

/// The models of one debate whose last call lost every reply.
#[derive(Debug, Default)]
pub(super) struct UnsteadyModels(Mutex<HashSet<(HostName, ModelName)>>);

/// The unsteady models of all debates.
#[derive(Debug, Default)]
pub(crate) struct UnsteadyByDebate(Mutex<HashMap<Flow, Weak<UnsteadyModels>>>);

impl UnsteadyByDebate {
    /// Returns the unsteady models of the debate whose calls belong to this flow.
    pub(super) fn of(&self, flow: &Flow) -> Arc<UnsteadyModels> {
        let mut debates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(models) = debates.get(flow).and_then(Weak::upgrade) {
            return models;
        }
        debates.retain(|_, models| models.strong_count() > 0);
        let models = Arc::default();
        debates.insert(flow.clone(), Arc::downgrade(&models));
        models
    }
}

impl UnsteadyModels {
    pub(super) fn has(&self, profile: &ParticipantProfile) -> bool {
        self.models().contains(&key(profile))
    }

    pub(super) fn set(&self, profile: &ParticipantProfile, is_unsteady: bool) {
        if is_unsteady {
            self.models().insert(key(profile));
        } else {
            self.models().remove(&key(profile));
        }
    }

    fn models(&self) -> std::sync::MutexGuard<'_, HashSet<(HostName, ModelName)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(profile: &ParticipantProfile) -> (HostName, ModelName) {
    (profile.host.clone(), profile.model.clone())
}
