use parking_lot::{Mutex, MutexGuard};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::timeout;

use super::{
    Embedder, GatewaySettings, Loads, Traffic,
    berths::{Berths, Capacity},
    gated_model::GatedModel,
    health::Health,
    lane::Lane,
};
use crate::{
    AdmissionClass, ChatError, ChatModel, Flow, HostError, HostName, ModelHost, ModelInfo,
    ModelName, Phase,
};

/// What one host told of its models.
#[derive(Clone, Debug)]
pub struct HostModels {
    /// The host.
    pub host: HostName,
    /// Its models in its own order, or why it did not tell them.
    pub models: Result<Vec<ModelInfo>, HostError>,
}

impl HostModels {
    /// Whether the host says that it is loading.
    #[must_use]
    pub const fn is_loading(&self) -> bool {
        matches!(self.models, Err(HostError::Loading { .. }))
    }
}

/// A host and the models it has told of.
pub(super) struct ListedHost {
    host: Arc<dyn ModelHost>,
    settings: Arc<GatewaySettings>,
    berths: Arc<Berths>,
    health: Arc<Health>,
    was_asked: AtomicBool,
    models: Mutex<HashMap<ModelName, GatedModel>>,
}

impl ListedHost {
    pub(super) fn new(host: Arc<dyn ModelHost>, settings: Arc<GatewaySettings>) -> Self {
        let capacity = Capacity {
            models_at_once: host.models_at_once(),
            calls_at_once: host.calls_at_once(),
            loads_singly: host.loads_one_at_a_time(),
        };
        let berths = Arc::new(Berths::new(capacity));
        let settings = match (host.load_limit(), host.away_limit()) {
            (None, None) => settings,
            (load_limit, away_limit) => Arc::new(GatewaySettings {
                load_limit: load_limit.unwrap_or(settings.load_limit),
                away_limit: away_limit.unwrap_or(settings.away_limit),
                ..(*settings).clone()
            }),
        };
        let health = Health::new(settings.circuit_breaker.clone());
        let was_asked = AtomicBool::new(false);
        Self { host, settings, berths, health, was_asked, models: Mutex::default() }
    }

    pub(super) fn name(&self) -> &HostName {
        self.host.name()
    }

    /// The longest wait for it while it loads.
    pub(super) fn load_limit(&self) -> Duration {
        self.settings.load_limit
    }

    pub(super) fn health(&self) -> &Arc<Health> {
        &self.health
    }

    /// It was asked for its models before, whatever it answered.
    pub(super) fn was_asked(&self) -> bool {
        self.was_asked.load(Ordering::Relaxed)
    }

    /// Calls that each of its models serves at a time.
    pub(super) fn places(&self) -> usize {
        self.host.concurrent_calls().map_or(self.settings.concurrent_calls, usize::from)
    }

    pub(super) fn install_hint(&self, model: Option<&ModelName>) -> Option<String> {
        self.host.install_hint(model)
    }

    pub(super) async fn list(&self) -> HostModels {
        let limit = self.settings.listing_limit;
        let models = match timeout(limit, self.host.models()).await {
            Ok(models) => models,
            Err(_) => Err(HostError::TimedOut { limit }),
        };
        self.was_asked.store(true, Ordering::Relaxed);
        match &models {
            Ok(infos) => self.take_in(infos),
            Err(error) => self.health.did_not_tell(error),
        }
        HostModels { host: self.name().clone(), models }
    }

    /// A model that can chat and is here, by the name on its model info.
    pub(super) fn holding(&self, model: &ModelName) -> Option<GatedModel> {
        let models = self.models();
        models.get(model).filter(|model| model.info().chats && model.is_there()).cloned()
    }

    /// Waits for a place in service of the model of this model info.
    pub(super) async fn embedder(
        &self,
        info: ModelInfo,
        class: AdmissionClass,
        flow: &Flow,
        told: impl FnMut(Phase),
    ) -> Result<Embedder, ChatError> {
        let model = self.gated(info.clone());
        Embedder::admitted(Arc::clone(&self.host), &model, (class, flow), told).await
    }

    /// The model of this model info. A model info that has changed (the model was pulled anew, its window is
    /// known now) replaces the earlier one and keeps its queue.
    pub(super) fn gated(&self, info: ModelInfo) -> GatedModel {
        let mut models = self.models();
        let earlier = models.get(&info.model);
        if let Some(same) = earlier.filter(|model| same_but_for_loading(model.info(), &info)) {
            return same.clone();
        }
        let lane = earlier.map_or_else(|| self.lane(), |model| Arc::clone(model.lane()));
        let name = info.model.clone();
        let model = GatedModel::new(self.host.chat_model(info), lane, Arc::clone(&self.health));
        models.insert(name, model.clone());
        model
    }

    pub(super) fn traffic(&self) -> Vec<Traffic> {
        self.models().values().map(|model| model.traffic()).collect()
    }

    pub(super) fn loads(&self) -> Loads {
        self.berths.loads(self.name().clone())
    }

    #[cfg(test)]
    pub(super) fn berths(&self) -> &Berths {
        &self.berths
    }

    fn lane(&self) -> Arc<Lane> {
        Lane::new(self.places(), Arc::clone(&self.settings), Arc::clone(&self.berths))
    }

    /// These are its models now, and no others.
    fn take_in(&self, infos: &[ModelInfo]) {
        self.health.told();
        for info in infos.iter().filter(|info| info.chats) {
            self.gated(info.clone());
        }
        for (name, model) in &*self.models() {
            model.listed(infos.iter().find(|info| info.model == *name));
        }
    }

    fn models(&self) -> MutexGuard<'_, HashMap<ModelName, GatedModel>> {
        self.models.lock()
    }
}

fn same_but_for_loading(one: &ModelInfo, other: &ModelInfo) -> bool {
    *one == ModelInfo { loaded: one.loaded, placement: one.placement, ..other.clone() }
}
