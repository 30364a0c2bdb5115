use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::FutureExt;
use synod_domain::DebateLimits;
use tokio::time::timeout;

use super::{
    ModelTraffic,
    health::Health,
    host_probe::HostProbe,
    model_state::ModelState,
    outage::{Closed, Outage, Trials},
};
use crate::{
    AdmissionClass, ChatError, ChatModel, HostName, ModelInfo, ReplyForm,
    scheduler::{Grant, Load, ResidencyCheck},
};

/// A model on one host, as the gateway knows it. Clones are the same.
#[derive(Clone)]
pub(super) struct ModelAtHost(Arc<Inner>);

struct Inner {
    inner: Arc<dyn ChatModel>,
    state: Arc<ModelState>,
    health: Arc<Health>,
    probe: Arc<HostProbe>,
    /// The host has it, as it last listed its models.
    is_there: AtomicBool,
}

impl ModelAtHost {
    pub(super) fn new(
        inner: Arc<dyn ChatModel>,
        state: Arc<ModelState>,
        health: Arc<Health>,
        probe: Arc<HostProbe>,
    ) -> Self {
        state.scheduler.listed(inner.info().loaded);
        Self(Arc::new(Inner { inner, state, health, probe, is_there: AtomicBool::new(true) }))
    }

    /// The model of its host.
    pub(super) fn inner(&self) -> &Arc<dyn ChatModel> {
        &self.0.inner
    }

    pub(super) fn state(&self) -> &Arc<ModelState> {
        &self.0.state
    }

    pub(super) fn health(&self) -> &Arc<Health> {
        &self.0.health
    }

    pub(super) fn probe(&self) -> &HostProbe {
        &self.0.probe
    }

    pub(super) fn info(&self) -> &ModelInfo {
        self.0.inner.info()
    }

    pub(super) fn host(&self) -> &HostName {
        &self.info().host
    }

    /// The longest that a call waits for the host while it is away.
    pub(super) fn away_limit(&self) -> Duration {
        self.state().settings.away_limit
    }

    /// The times in which its host takes no calls: none at all, and none for this model.
    pub(super) fn outages(&self) -> [&Arc<Outage>; 2] {
        [self.health().outage(), &self.state().outage]
    }

    /// Whether a call may be made now, perhaps as the one that tries, this `delay` after a try is due.
    /// A call that is not patient waits for hosts that load, and for no others.
    pub(super) fn access(&self, is_patient: bool, delay: Duration) -> Result<Trials, Closed> {
        let outages = self.outages();
        let mut closed = outages.iter().filter_map(|outage| outage.closed(delay));
        match closed.find(|closed| is_patient || closed.is_loading()) {
            Some(closed) => Err(closed),
            None => Ok(Trials::new(outages.map(Outage::trial))),
        }
    }

    /// Waits until calls have to wait for its host.
    pub(super) async fn outage_begins(&self) {
        let [host, model] = self.outages();
        tokio::select! { biased;
            () = host.begins() => {}
            () = model.begins() => {}
        }
    }

    /// Whether the host has it, as it last listed its models.
    pub(super) fn is_there(&self) -> bool {
        self.0.is_there.load(Ordering::Relaxed)
    }

    /// The host has listed the model, or has listed others.
    pub(super) fn listed(&self, info: Option<&ModelInfo>) {
        self.0.is_there.store(info.is_some(), Ordering::Relaxed);
        self.state().scheduler.listed(info.is_some_and(|info| info.loaded));
    }

    /// The host has reported that it does not have the model.
    pub(super) fn forget(&self) {
        self.listed(None);
    }

    pub(super) fn traffic(&self) -> ModelTraffic {
        let ModelInfo { host, model, .. } = self.info().clone();
        let (in_service, waiting) = self.state().scheduler.traffic();
        ModelTraffic { host, model, in_service, waiting }
    }

    /// Loads the model unless it is in memory. May be cancelled: the load continues.
    pub(super) async fn warm_up(self) -> Result<(), ChatError> {
        let settings = &self.state().settings;
        let scheduler = &self.state().scheduler;
        if scheduler.is_known_loaded() {
            return Ok(());
        }
        let mut ticket = scheduler.acquire_to_load(AdmissionClass::Normal);
        loop {
            let mut grant = timeout(settings.queue_limit, ticket.granted())
                .await
                .map_err(|_| busy(self.info(), scheduler.traffic().1))?;
            match grant.check(self.inner()).await {
                ResidencyCheck::Known | ResidencyCheck::Resident => return Ok(()),
                ResidencyCheck::Wait { needs_load } => ticket = grant.wait_again(needs_load),
                ResidencyCheck::Load => {
                    let limit = settings.load_limit;
                    let loaded = timeout(limit, self.load(&grant)).await;
                    loaded.map_err(|_| not_loaded(self.info(), limit))??;
                    grant.loaded();
                    return Ok(());
                }
            }
        }
    }

    /// The load of the model that is under way, or a new one. Its end shows how the host is doing, and
    /// whether it can load the model, whether or not a call waits for it.
    pub(super) fn load(&self, grant: &Grant) -> Load {
        grant.load(self.inner(), || {
            let (model, loaded) = (self.clone(), self.inner().warm_up());
            async move {
                let loaded = match loaded.await {
                    Err(error) => Err(model.examined(error).await),
                    loaded => loaded,
                };
                model.load_ended(&loaded);
                loaded
            }
            .boxed()
        })
    }

    fn load_ended(&self, loaded: &Result<(), ChatError>) {
        let ability = &self.state().ability;
        match loaded.as_ref().map_err(|error| (error, error.model_refusal())) {
            // It shows that the host is there, and no more: the call may fail yet.
            Ok(()) => {
                ability.forget_failed_load();
                self.health().answers();
            }
            Err((_, Some(refusal))) => {
                let ModelInfo { host, model, .. } = self.info();
                tracing::warn!(%host, %model, why = refusal.why, "the host does not serve the model");
                ability.is_unable(refusal);
                // The host itself is in order.
                self.health().answers();
            }
            Err((error, None)) => self.health().failed(error),
        }
    }

    pub(super) fn tokens_within(&self, prompt_bytes: usize, time: Duration) -> Option<u32> {
        let state = self.state();
        let written = state.throughput.tokens_within(prompt_bytes, time)?;
        let (form, presumed) = (ReplyForm::Text, self.inner().usual_thinking(&ReplyForm::Text));
        let room = written.min(DebateLimits::THINKING_TOKENS);
        let plan = state.thought.plan(&form, presumed, room);
        Some(written.saturating_sub(plan.map_or(0, |plan| plan.expected)))
    }

    pub(super) fn usual_thinking(&self, form: &ReplyForm) -> Option<u32> {
        let presumed = self.inner().usual_thinking(form);
        let plan = self.state().thought.plan(form, presumed, DebateLimits::THINKING_TOKENS);
        plan.map(|plan| plan.expected)
    }

    /// The window as the host reports it, but at most what a refusal of a prompt has shown.
    pub(super) fn window(&self) -> Option<u32> {
        self.state().window.known(self.inner().window())
    }
}

/// Too many calls wait for the model, or one waited too long.
pub(super) fn busy(info: &ModelInfo, waiting: usize) -> ChatError {
    ChatError::Busy { host: info.host.clone(), model: info.model.clone(), waiting }
}

/// The wait for a load was too long.
pub(super) fn not_loaded(info: &ModelInfo, limit: Duration) -> ChatError {
    ChatError::Failed {
        host: info.host.clone(),
        detail: format!("{} was not loaded within {} s", info.model, limit.as_secs()),
        retry_after: None,
        source: None,
    }
}
