use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use synod_domain::DebateLimits;
use tokio::time::timeout;

use super::{
    Traffic,
    berths::{Claim, Found},
    health::Health,
    host_wait::Trials,
    journey::Journey,
    lane::Lane,
    outage::{Closed, Outage},
    watched_model::WatchedModel,
};
use crate::{
    AdmissionClass, ChatError, ChatModel, ChatRequest, ChatStream, HostName, Limitation, ModelInfo,
    ReplyForm,
};

/// A model behind the gateway. Clones are the same.
#[derive(Clone)]
pub(super) struct GatedModel(Arc<Gated>);

struct Gated {
    inner: Arc<dyn ChatModel>,
    lane: Arc<Lane>,
    health: Arc<Health>,
    /// What the host last told of the model.
    is_there: AtomicBool,
    is_loaded: AtomicBool,
}

impl GatedModel {
    pub(super) fn new(inner: Arc<dyn ChatModel>, lane: Arc<Lane>, health: Arc<Health>) -> Self {
        let (is_there, is_loaded) = (AtomicBool::new(true), AtomicBool::new(inner.info().loaded));
        let inner = Arc::new(WatchedModel::new(inner, Arc::clone(&health)));
        Self(Arc::new(Gated { inner, lane, health, is_there, is_loaded }))
    }

    pub(super) fn inner(&self) -> &Arc<dyn ChatModel> {
        &self.0.inner
    }

    pub(super) fn lane(&self) -> &Arc<Lane> {
        &self.0.lane
    }

    pub(super) fn health(&self) -> &Arc<Health> {
        &self.0.health
    }

    /// The longest that a call waits for the host while it is away.
    pub(super) fn away_limit(&self) -> Duration {
        self.lane().settings.away_limit
    }

    pub(super) fn host(&self) -> &HostName {
        &self.info().host
    }

    /// The times in which its host takes no calls: none at all, and none for this model.
    pub(super) fn outages(&self) -> [&Arc<Outage>; 2] {
        [self.health().outage(), &self.lane().outage]
    }

    /// Whether a call may be made now, perhaps as the one that tries. A call that is not patient waits
    /// for hosts that load, and for no others.
    pub(super) fn access(&self, is_patient: bool) -> Result<Trials, Closed> {
        let outages = self.outages();
        let mut closed = outages.iter().filter_map(|outage| outage.closed());
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

    /// The host has it, as far as it has told.
    pub(super) fn is_there(&self) -> bool {
        self.0.is_there.load(Ordering::Relaxed)
    }

    /// It need not be loaded first, as far as that can be told without asking.
    pub(super) fn is_likely_resident(&self) -> bool {
        self.0.lane.residency.is_known() || self.0.is_loaded.load(Ordering::Relaxed)
    }

    /// The host has listed it, or has listed others.
    pub(super) fn listed(&self, info: Option<&ModelInfo>) {
        self.0.is_there.store(info.is_some(), Ordering::Relaxed);
        self.0.is_loaded.store(info.is_some_and(|info| info.loaded), Ordering::Relaxed);
    }

    /// The host has said that it does not have it.
    pub(super) fn forget(&self) {
        self.listed(None);
    }

    pub(super) fn traffic(&self) -> Traffic {
        let ModelInfo { host, model, .. } = self.info().clone();
        let (in_service, waiting) = self.0.lane.gate.traffic();
        Traffic { host, model, in_service, waiting }
    }
}

impl ChatModel for GatedModel {
    fn info(&self) -> &ModelInfo {
        self.0.inner.info()
    }

    fn chat(&self, request: ChatRequest) -> ChatStream {
        Journey::to(self.clone(), request).into_stream()
    }

    /// Loads the model unless it is resident. May be cancelled: the load goes on.
    fn warm_up(&self) -> BoxFuture<'static, Result<(), ChatError>> {
        let (model, lane) = (Arc::clone(&self.0.inner), Arc::clone(&self.0.lane));
        async move {
            let info = model.info();
            if lane.residency.is_known() {
                return Ok(());
            }
            let mut claim = Claim::new(&lane, AdmissionClass::Normal);
            claim.enter();
            loop {
                timeout(lane.settings.queue_limit, claim.turn())
                    .await
                    .map_err(|_| busy(info, lane.gate.traffic().1))?;
                match claim.look(&model, &lane).await {
                    Found::Known | Found::Resident => return Ok(()),
                    Found::Gone => {}
                    Found::Loading { beside } => {
                        let limit = lane.settings.load_limit;
                        let loaded = timeout(limit, lane.load(&model, beside)).await;
                        loaded.map_err(|_| not_loaded(info, limit))??;
                        claim.loaded();
                        return Ok(());
                    }
                }
            }
        }
        .boxed()
    }

    fn tokens_within(&self, prompt_bytes: usize, time: Duration) -> Option<u32> {
        let written = self.0.lane.pace.tokens_within(prompt_bytes, time)?;
        let (form, presumed) = (ReplyForm::Text, self.0.inner.usual_thinking(&ReplyForm::Text));
        let room = written.min(DebateLimits::THINKING_TOKENS);
        let plan = self.0.lane.thought.plan(&form, presumed, room);
        Some(written.saturating_sub(plan.map_or(0, |plan| plan.expected)))
    }

    fn usual_thinking(&self, form: &ReplyForm) -> Option<u32> {
        let presumed = self.0.inner.usual_thinking(form);
        let plan = self.0.lane.thought.plan(form, presumed, DebateLimits::THINKING_TOKENS);
        plan.map(|plan| plan.expected)
    }

    /// What the host tells, and at most what a refusal of a prompt has told.
    fn window(&self) -> Option<u32> {
        self.0.lane.window.known(self.0.inner.window())
    }

    fn is_resident(&self) -> BoxFuture<'static, bool> {
        self.0.inner.is_resident()
    }

    fn runs_on_cpu(&self) -> bool {
        self.0.inner.runs_on_cpu()
    }

    fn reports_residency(&self) -> bool {
        self.0.inner.reports_residency()
    }

    fn keep_alive(&self) -> Duration {
        self.0.inner.keep_alive()
    }

    fn limitations(&self) -> Vec<Limitation> {
        self.0.inner.limitations()
    }
}

/// Too many wait for the model, or one waited too long.
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
