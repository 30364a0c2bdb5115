//! Decides which call is made when, on one host.
//!
//! A host has one [`HostScheduler`]. A call asks the [`ModelScheduler`] of its model for a [`Ticket`],
//! waits on it, learns its [`TicketPosition`] and in the end has a [`Grant`]: the right to make the call.
//! Everything is decided by [`core`], a pure state machine without IO and clock; this module has its
//! lock, wakes the calls that wait, and asks the host what is in memory (a *survey*). The way of a call is
//! described step by step in `docs/architecture.md`.
//!
//! Invariants, which `core/tests.rs` checks over random inputs:
//! * A call waits, or has a grant, until its ticket or grant is dropped. Then all that it had is free.
//! * A model has at most as many granted calls as slots, a host at most as many as it serves in all.
//! * Models that have room are at most as many as the host holds.
//! * No call waits while its model is usable and has a free slot. A waiting call rises one class per
//!   [`AGEING_INTERVAL`](priority::AGEING_INTERVAL), and a model that others wait for keeps its room for
//!   one turn at most; so no call waits for ever.

mod core;
mod estimates;
mod fair_share;
mod flow;
mod ids;
mod load_counts;
mod loading;
mod memory;
mod model_queue;
mod priority;
mod ticket;

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use futures_util::future::{BoxFuture, join_all};
use parking_lot::Mutex;
use tokio::{
    sync::{Notify, futures::Notified},
    time::{Instant, timeout},
};

use self::{
    core::{Core, Effects, Found, Input, SlotNeed, View},
    ids::{CallId, ModelId},
    memory::Disturbances,
};
pub(crate) use self::{
    estimates::{Cost, ThroughputEstimate, WrittenText, max_prompt_tokens},
    loading::{Load, LoadByUse},
    ticket::{Grant, QueueUpdate, ResidencyCheck, Ticket},
};
pub use self::{flow::Flow, priority::AdmissionClass};
use crate::{ChatError, ChatModel, HostLimits};

#[cfg(test)]
pub(crate) use self::memory::IDLE_GRACE;

/// The calls of all models of one host.
pub(crate) struct HostScheduler {
    core: Mutex<Core>,
    models: Mutex<Vec<Registered>>,
    /// How long the host may take to say whether a model is in memory.
    patience: Duration,
}

/// A model of the host, by its [`ModelId`].
#[derive(Clone, Default)]
struct Registered {
    /// Woken when its waiting calls may have been granted or have changed position.
    changed: Arc<Notify>,
    /// As it was used last, to ask whether it is in memory.
    model: Option<Arc<dyn ChatModel>>,
}

/// The calls of one model.
pub(crate) struct ModelScheduler {
    host: Arc<HostScheduler>,
    id: ModelId,
    changed: Arc<Notify>,
    load: Mutex<Option<Load>>,
}

/// How busy a model is, for choosing a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ModelWorkload {
    pub(crate) in_service: usize,
    pub(crate) waiting: usize,
    /// The model need not be loaded first, as far as that is known without asking.
    pub(crate) is_probably_loaded: bool,
}

/// As many calls wait as may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full {
    pub(crate) waiting: usize,
}

impl HostScheduler {
    /// `patience`: how long the host may take to say whether a model is in memory.
    pub(crate) fn new(limits: HostLimits, patience: Duration) -> Arc<Self> {
        let (core, models) = (Mutex::new(Core::new(limits)), Mutex::default());
        Arc::new(Self { core, models, patience })
    }

    /// Adds a model that serves `concurrency` calls at a time and lets `max_waiting` wait.
    pub(crate) fn register(
        self: &Arc<Self>,
        concurrency: usize,
        max_waiting: usize,
    ) -> Arc<ModelScheduler> {
        let registered = Registered::default();
        let changed = Arc::clone(&registered.changed);
        let mut models = self.models.lock();
        let id = self.core.lock().register(concurrency, max_waiting, Instant::now());
        models.push(registered);
        drop(models);
        let (host, load) = (Arc::clone(self), Mutex::default());
        Arc::new(ModelScheduler { host, id, changed, load })
    }

    /// The models that the host holds at once, if a limit is known.
    pub(crate) fn models_at_once(&self) -> Option<NonZeroUsize> {
        self.core.lock().memory().models_at_once()
    }

    /// Loads made, and loads avoided by grouping calls by model.
    pub(crate) fn loads(&self) -> (u64, u64) {
        self.core.lock().memory().counts.totals()
    }

    /// For each model the calls in use and waiting, and whether it is being loaded.
    #[cfg(test)]
    pub(crate) fn usage(&self) -> Vec<(usize, usize, bool)> {
        self.core.lock().memory().usage()
    }

    fn step(&self, input: Input) -> Effects {
        let mut effects = self.core.lock().step(input, Instant::now());
        self.wake(&mut effects);
        effects
    }

    fn wake(&self, effects: &mut Effects) {
        if effects.wake.is_empty() {
            return;
        }
        effects.wake.sort_unstable();
        effects.wake.dedup();
        let models = self.models.lock();
        for model in effects.wake.drain(..) {
            models[model].changed.notify_waiters();
        }
    }

    async fn is_loaded(&self, model: &dyn ChatModel) -> bool {
        matches!(timeout(self.patience, model.is_resident()).await, Ok(true))
    }

    /// Asks which of the other models are in memory, and learns how many the host holds.
    async fn survey(&self, except: ModelId, was_pushed_out: bool) {
        let (before, asked) = {
            let core = self.core.lock();
            (core.memory().disturbances(), core.memory().to_survey(except, Instant::now()))
        };
        let models: Vec<_> = {
            let models = self.models.lock();
            asked.into_iter().map(|id| (id, models[id].model.clone())).collect()
        };
        let ask = |(id, model): (ModelId, Option<Arc<dyn ChatModel>>)| async move {
            Some((id, self.is_loaded(&*model?).await))
        };
        let models = join_all(models.into_iter().map(ask)).await.into_iter().flatten().collect();
        self.step(Input::Surveyed { before, models, was_pushed_out });
    }
}

impl ModelScheduler {
    /// A call arrives, of which the model serves `limit` at a time from now on.
    pub(crate) fn acquire(
        self: &Arc<Self>,
        class: AdmissionClass,
        flow: Flow,
        limit: usize,
    ) -> Result<Ticket, Full> {
        let (now, model) = (Instant::now(), self.id);
        if self.host.core.lock().limit(model) != limit.max(1) {
            self.set_limit(limit);
        }
        let mut core = self.host.core.lock();
        if !flow.is_accepted() && core.is_full(model) {
            let (_, waiting) = core.traffic(model);
            return Err(Full { waiting });
        }
        let call = core.next_call();
        let slot = SlotNeed::Of(flow);
        let mut effects = core.step(Input::Arrive { call, model, class, slot }, now);
        drop(core);
        self.host.wake(&mut effects);
        Ok(Ticket::new(Arc::clone(self), call))
    }

    /// A call arrives that only loads the model, and needs no slot.
    pub(crate) fn acquire_to_load(self: &Arc<Self>, class: AdmissionClass) -> Ticket {
        let call = self.host.core.lock().next_call();
        self.step(Input::Arrive { call, model: self.id, class, slot: SlotNeed::None });
        Ticket::new(Arc::clone(self), call)
    }

    /// Serves this many calls at a time from now on, at least one. Calls in service stay.
    pub(crate) fn set_limit(&self, limit: usize) {
        self.step(Input::Limit { model: self.id, limit });
    }

    /// Calls in service, and waiting calls.
    pub(crate) fn traffic(&self) -> (usize, usize) {
        self.host.core.lock().traffic(self.id)
    }

    /// How busy the model is.
    pub(crate) fn workload(&self) -> ModelWorkload {
        let core = self.host.core.lock();
        let (in_service, waiting) = core.traffic(self.id);
        let is_probably_loaded = core.memory().is_probably_loaded(self.id, Instant::now());
        ModelWorkload { in_service, waiting, is_probably_loaded }
    }

    /// Whether the model is in memory without a doubt; then a granted call uses it.
    fn use_if_known(&self, call: CallId) -> bool {
        let now = Instant::now();
        let mut core = self.host.core.lock();
        let is_known = core.memory().is_known_loaded(self.id, now);
        if is_known {
            core.used(call);
        }
        is_known
    }

    /// Whether the host is loading the model, as far as calls of this process show.
    pub(crate) fn is_loading(&self) -> bool {
        self.host.core.lock().memory().is_loading(self.id)
    }

    /// How long calls take on average, without waiting and loading. `None` until one has ended.
    pub(crate) fn usual_time(&self) -> Option<Duration> {
        self.host.core.lock().usual_time(self.id)
    }

    /// Whether the model is in memory without a doubt.
    pub(crate) fn is_known_loaded(&self) -> bool {
        self.host.core.lock().memory().is_known_loaded(self.id, Instant::now())
    }

    /// A failure puts in doubt that the model is in memory.
    pub(crate) fn doubt(&self) {
        self.step(Input::Doubt { model: self.id });
    }

    /// The host could not be reached: none of its models is known to be in memory any more.
    pub(crate) fn host_was_away(&self) {
        self.step(Input::HostAway);
    }

    /// A call took so long to load that the host may have loaded its model, and pushed out others.
    pub(crate) fn loaded_silently(&self) {
        self.step(Input::SilentLoad);
    }

    /// The host has listed its models, this one as loaded or not.
    pub(crate) fn listed(&self, is_loaded: bool) {
        self.step(Input::Listed { model: self.id, is_loaded });
    }

    /// The load under way, or else a new one for this call.
    fn load(
        self: &Arc<Self>,
        model: &Arc<dyn ChatModel>,
        call: CallId,
        warm_up: impl FnOnce() -> BoxFuture<'static, Result<(), ChatError>>,
    ) -> Load {
        let mut load = self.load.lock();
        self.step(Input::LoadBegun { call, is_shared: load.is_some() });
        if let Some(load) = &*load {
            return load.clone();
        }
        let begun = loading::begin(self, model, warm_up());
        *load = Some(begun.clone());
        begun
    }

    fn load_ended(self: &Arc<Self>, model: &dyn ChatModel, is_done: bool, took: Duration) {
        *self.load.lock() = None;
        self.report_load(is_done.then(|| Found::of(model)), took);
    }

    fn report_load(self: &Arc<Self>, found: Option<Found>, took: Duration) {
        let effects = self.step(Input::LoadEnded { model: self.id, took, found });
        if let Some(was_pushed_out) = effects.survey {
            let scheduler = Arc::clone(self);
            // The calls that wait for the model need not wait for what is learnt.
            tokio::spawn(async move { scheduler.survey(was_pushed_out).await });
        }
    }

    async fn survey(&self, was_pushed_out: bool) {
        self.host.survey(self.id, was_pushed_out).await;
    }

    async fn ask(&self, model: &dyn ChatModel) -> bool {
        self.host.is_loaded(model).await
    }

    /// Remembers the model as it is used, to ask about it later.
    fn remember(&self, model: &Arc<dyn ChatModel>) {
        self.host.models.lock()[self.id].model = Some(Arc::clone(model));
    }

    fn view(&self, call: CallId) -> Option<View> {
        self.host.core.lock().view(call, Instant::now())
    }

    fn disturbances(&self) -> Disturbances {
        self.host.core.lock().memory().disturbances()
    }

    fn is_overcrowded(&self) -> bool {
        self.host.core.lock().memory().is_overcrowded(Instant::now())
    }

    fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    fn step(&self, input: Input) -> Effects {
        self.host.step(input)
    }
}

/// Until when a model counts as loaded that was used just now: for four fifths of the time that it
/// stays in memory. `None`: for ever.
fn stays_until(keep_alive: Duration) -> Option<Instant> {
    Instant::now().checked_add(keep_alive.mul_f64(0.8))
}
