use parking_lot::Mutex;
use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::gateway::{
    Embedder, GatewaySettings, HostModels, HostState, LoadStatistics, ModelTraffic,
    fresh_listing::FreshListing, health::Health, host_probe::HostProbe, host_rank::HostRank,
    model::ModelAtHost, model_state::ModelState,
};
use crate::{
    AdmissionClass, ChatError, Flow, HostError, HostName, ModelHost, ModelInfo, ModelName,
    ModelRefusal, Phase, scheduler::HostScheduler,
};

/// A host and the models that it has listed.
pub(in crate::gateway) struct HostEntry {
    host: Arc<dyn ModelHost>,
    settings: Arc<GatewaySettings>,
    scheduler: Arc<HostScheduler>,
    health: Arc<Health>,
    was_asked: AtomicBool,
    anew: FreshListing,
    probe: Arc<HostProbe>,
    models: Mutex<HashMap<ModelName, ModelAtHost>>,
}

impl HostEntry {
    pub(in crate::gateway) fn new(
        host: Arc<dyn ModelHost>,
        settings: Arc<GatewaySettings>,
    ) -> Self {
        let limits = host.limits();
        let scheduler = HostScheduler::new(limits, settings.listing_limit);
        let settings = match (limits.load_limit, limits.away_limit) {
            (None, None) => settings,
            (load_limit, away_limit) => Arc::new(GatewaySettings {
                load_limit: load_limit.unwrap_or(settings.load_limit),
                away_limit: away_limit.unwrap_or(settings.away_limit),
                ..(*settings).clone()
            }),
        };
        let health = Health::new(settings.circuit_breaker.clone());
        let (was_asked, anew) = (AtomicBool::new(false), FreshListing::default());
        let (probe, models) = (HostProbe::new(Arc::clone(&host)), Mutex::default());
        Self { host, settings, scheduler, health, was_asked, anew, probe, models }
    }

    pub(in crate::gateway) fn name(&self) -> &HostName {
        self.host.name()
    }

    /// The longest wait for it while it loads.
    pub(in crate::gateway) fn load_limit(&self) -> Duration {
        self.settings.load_limit
    }

    pub(in crate::gateway) fn health(&self) -> &Arc<Health> {
        &self.health
    }

    /// Whether it was asked for its models before, whatever it answered.
    pub(in crate::gateway) fn was_asked(&self) -> bool {
        self.was_asked.load(Ordering::Relaxed)
    }

    /// The calls that each of its models serves at a time.
    fn concurrency(&self) -> usize {
        self.host.limits().concurrent_calls.map_or(self.settings.concurrent_calls, usize::from)
    }

    pub(in crate::gateway) fn install_hint(&self, model: Option<&ModelName>) -> Option<String> {
        self.host.install_hint(model)
    }

    /// A model that the host may serve although it does not list it.
    pub(in crate::gateway) fn unlisted_model(&self, model: &ModelName) -> Option<ModelInfo> {
        self.host.unlisted_model(model)
    }

    pub(in crate::gateway) async fn list(&self) -> HostModels {
        let models = self.host.models_within(self.settings.listing_limit).await;
        self.was_asked.store(true, Ordering::Relaxed);
        match &models {
            Ok(infos) => self.take_in(infos),
            Err(error) => self.health.did_not_list(error),
        }
        HostModels { host: self.name().clone(), models }
    }

    /// Asks for its models, or waits for an answer to a request that begins from now on.
    ///
    /// # Errors
    /// The error of that request.
    pub(in crate::gateway) async fn list_anew(&self) -> Result<(), HostError> {
        self.anew.after_now(async || self.list().await.models.map(drop)).await
    }

    /// A model by name that can chat and is here.
    pub(in crate::gateway) fn holding(&self, model: &ModelName) -> Option<ModelAtHost> {
        let models = self.models.lock();
        models.get(model).filter(|model| model.info().chats && model.is_there()).cloned()
    }

    /// Why it does not serve a model, if a call has shown that. It may list the model all the same.
    pub(in crate::gateway) fn refusal(&self, model: &ModelName) -> Option<ModelRefusal> {
        self.models.lock().get(model)?.state().ability.refusal()
    }

    /// Why calls to a model fail for now, if they do.
    pub(in crate::gateway) fn failure(&self, model: &ModelName) -> Option<ChatError> {
        self.models.lock().get(model)?.state().failure()
    }

    /// Waits until a call to embed may be made to this model.
    pub(in crate::gateway) async fn embedder(
        &self,
        info: ModelInfo,
        class: AdmissionClass,
        flow: &Flow,
        report: impl FnMut(Phase),
    ) -> Result<Embedder, ChatError> {
        let model = self.model(info.clone());
        Embedder::admitted(Arc::clone(&self.host), &model, (class, flow), report).await
    }

    /// The model that is described here. A description that has changed (the model was pulled again, its
    /// window is known now) replaces the earlier one and keeps its queue.
    pub(in crate::gateway) fn model(&self, info: ModelInfo) -> ModelAtHost {
        let mut models = self.models.lock();
        let earlier = models.get(&info.model);
        if let Some(same) = earlier.filter(|model| same_but_for_loading(model.info(), &info)) {
            return same.clone();
        }
        let state = earlier.map_or_else(|| self.new_state(), |model| Arc::clone(model.state()));
        let name = info.model.clone();
        let (health, probe) = (Arc::clone(&self.health), Arc::clone(&self.probe));
        let model = ModelAtHost::new(self.host.chat_model(info), state, health, probe);
        models.insert(name, model.clone());
        model
    }

    /// Whether one more model than these fits into its memory, as far as the number of models is known that
    /// it holds. Other models that calls use or wait for take room, too.
    pub(in crate::gateway) fn has_room_beside(
        &self,
        held: &[&ModelName],
        model: &ModelName,
    ) -> bool {
        let Some(most) = self.scheduler.models_at_once() else { return true };
        let models = self.models.lock();
        let takes_room = |(name, known): &(&ModelName, &ModelAtHost)| {
            let (in_service, waiting) = known.state().scheduler.traffic();
            *name != model && (held.contains(name) || in_service + waiting > 0)
        };
        models.iter().filter(takes_room).count() < most.get()
    }

    /// The model of this name, if it was ever listed or asked for.
    pub(in crate::gateway) fn known_model(&self, name: &ModelName) -> Option<ModelAtHost> {
        self.models.lock().get(name).cloned()
    }

    pub(in crate::gateway) fn traffic(&self) -> Vec<ModelTraffic> {
        self.models.lock().values().map(|model| model.traffic()).collect()
    }

    pub(in crate::gateway) fn loads(&self) -> LoadStatistics {
        let (made, avoided) = self.scheduler.loads();
        let models_at_once = self.scheduler.models_at_once();
        LoadStatistics { host: self.name().clone(), models_at_once, made, avoided }
    }

    /// What it is doing now.
    pub(in crate::gateway) fn state(&self) -> HostState {
        let models = self.models.lock();
        let (mut in_service, mut waiting) = (0, 0);
        let (mut loaded, mut loading, mut outage) = (Vec::new(), Vec::new(), None);
        for (name, model) in &*models {
            let scheduler = &model.state().scheduler;
            let (served, queued) = scheduler.traffic();
            (in_service, waiting) = (in_service + served, waiting + queued);
            if scheduler.is_loading() {
                loading.push(name.clone());
            } else if scheduler.workload().is_probably_loaded {
                loaded.push(name.clone());
            }
            outage = outage.or_else(|| model.state().outage.error());
        }
        drop(models);
        loaded.sort();
        loading.sort();
        HostState {
            host: self.name().clone(),
            kind: self.host.kind(),
            in_service,
            waiting,
            slots: self
                .host
                .limits()
                .calls_at_once
                .or_else(|| NonZeroUsize::new(self.concurrency())),
            loaded,
            loading,
            loads: self.scheduler.loads().0,
            rests_for: self.health.rests_for(),
            outage: self.health.outage().error().or(outage),
            access_refusal: self.health.access_refusal(),
        }
    }

    /// How well it would serve a call to this model now.
    pub(in crate::gateway) fn rank(&self, model: &ModelAtHost) -> HostRank {
        let workload = model.state().scheduler.workload();
        HostRank::of(workload, self.concurrency(), self.health.is_avoided())
    }

    #[cfg(test)]
    pub(in crate::gateway) const fn scheduler(&self) -> &Arc<HostScheduler> {
        &self.scheduler
    }

    fn new_state(&self) -> Arc<ModelState> {
        ModelState::new(self.concurrency(), Arc::clone(&self.settings), &self.scheduler)
    }

    /// These are its models now, and no others.
    fn take_in(&self, infos: &[ModelInfo]) {
        self.health.listed();
        for info in infos.iter().filter(|info| info.chats) {
            self.model(info.clone());
        }
        let infos: HashMap<_, _> = infos.iter().rev().map(|info| (&info.model, info)).collect();
        for (name, model) in &*self.models.lock() {
            let listed = infos.get(name).copied();
            if listed.is_some() || !model.info().unlisted {
                model.listed(listed);
            }
        }
    }
}

fn same_but_for_loading(one: &ModelInfo, other: &ModelInfo) -> bool {
    *one == ModelInfo { loaded: one.loaded, placement: one.placement, ..other.clone() }
}
