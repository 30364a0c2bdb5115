use parking_lot::{Mutex, MutexGuard};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use tokio::{
    task::JoinError,
    time::{Instant, timeout},
};

use super::berths::{Berths, until};
use crate::{ChatError, ChatModel};

/// A call for a resident model is told to have loaded for a few hundred milliseconds at most, unless
/// the host is very busy.
const LONG_LOAD_MS: u64 = 1_000;

/// A load that goes on whoever waits for it.
pub(super) type Load = Shared<BoxFuture<'static, Result<(), ChatError>>>;

/// What the gateway knows of a model being resident, without asking for every call.
///
/// A model counts as resident for four fifths of the time that it stays, from its last use; a
/// load of another model on the same host, which may have pushed it out, casts doubt on it.
pub(super) struct Residency {
    host: Arc<HostChanges>,
    /// How long the host may take to say whether the model is resident.
    patience: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: Option<Known>,
    loading: Option<Load>,
}

/// What happened on a host that may have cost a model its residency.
#[derive(Default)]
pub(super) struct HostChanges {
    /// Loads seen: each may have pushed out another model.
    loads: AtomicU64,
    /// Times that it could not be reached: it may have been started anew, with nothing in memory.
    absences: AtomicU64,
}

impl HostChanges {
    /// Loads seen.
    pub(super) fn loads(&self) -> u64 {
        self.loads.load(Ordering::Acquire)
    }
}

/// The model was seen resident.
struct Known {
    /// Loads on the host before that.
    loads: u64,
    /// Absences of the host before that.
    absences: u64,
    /// `None`: for ever.
    until: Option<Instant>,
}

impl Residency {
    pub(super) fn new(host: &Arc<HostChanges>, patience: Duration) -> Arc<Self> {
        Arc::new(Self { host: Arc::clone(host), patience, state: Mutex::default() })
    }

    /// Something was loaded on the host; the loads seen since.
    pub(super) fn loaded_something(&self) -> u64 {
        self.host.loads.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// The host could not be reached: none of its models is known to be resident any more.
    pub(super) fn host_was_away(&self) {
        self.host.absences.fetch_add(1, Ordering::AcqRel);
    }

    /// Loads seen on the host.
    pub(super) fn loads_seen(&self) -> u64 {
        self.host.loads()
    }

    fn absences(&self) -> u64 {
        self.host.absences.load(Ordering::Acquire)
    }

    /// The model is known to be resident.
    pub(super) fn is_known(&self) -> bool {
        let (loads, absences) = (self.loads_seen(), self.absences());
        let known = |known: &Known| {
            let is_same = known.loads == loads && known.absences == absences;
            is_same && known.until.is_none_or(|until| Instant::now() < until)
        };
        self.state().known.as_ref().is_some_and(known)
    }

    /// Asks the host whether the model is resident, which is about to be used.
    pub(super) async fn check(&self, model: &dyn ChatModel) -> bool {
        let (loads, absences) = (self.loads_seen(), self.absences());
        let resident = self.ask(model).await;
        if resident {
            let until = until(model.keep_alive());
            self.state().known = Some(Known { loads, absences, until });
        }
        resident
    }

    /// Asks the host whether the model is resident still.
    pub(super) async fn check_again(&self, model: &dyn ChatModel) -> bool {
        let loads = self.loads_seen();
        let resident = self.ask(model).await;
        if let Some(known) = &mut self.state().known
            && resident
        {
            known.loads = loads;
        }
        resident
    }

    async fn ask(&self, model: &dyn ChatModel) -> bool {
        matches!(timeout(self.patience, model.is_resident()).await, Ok(true))
    }

    /// A call has used the model to its end.
    pub(super) fn used(&self, model: &dyn ChatModel) {
        if let Some(known) = &mut self.state().known {
            known.until = until(model.keep_alive());
        }
    }

    /// The host said how long it loaded for a call. It may have been waiting instead, so that only
    /// what it holds is in doubt.
    pub(super) fn told(&self, load_ms: Option<u64>) {
        if load_ms.is_some_and(|load| load >= LONG_LOAD_MS) {
            self.loaded_something();
        }
    }

    /// Something happened after which the model may be gone.
    pub(super) fn doubt(&self) {
        self.state().known = None;
    }

    /// The load under way, or a new one, of whose end `berths` are told.
    pub(super) fn load(
        self: &Arc<Self>,
        model: &Arc<dyn ChatModel>,
        beside: bool,
        berths: &Arc<Berths>,
        guest: usize,
    ) -> Load {
        let mut state = self.state();
        if let Some(load) = &state.loading {
            return load.clone();
        }
        if beside {
            berths.begin_load(guest);
        }
        let begun = Instant::now();
        let loading = Arc::clone(model);
        let task = tokio::spawn(async move { loading.warm_up().await });
        let (residency, berths) = (Arc::clone(self), Arc::clone(berths));
        let noticed = Arc::clone(model);
        // A task too: what follows from the load follows whoever waits for it.
        let task = tokio::spawn(async move {
            let loaded = task.await.unwrap_or_else(|panicked| Err(broke_off(&*noticed, panicked)));
            residency.loaded(&*noticed, loaded.is_ok());
            berths.loaded(guest, &*noticed, loaded.is_ok(), begun.elapsed());
            loaded
        });
        let model = Arc::clone(model);
        let load =
            async move { task.await.unwrap_or_else(|panicked| Err(broke_off(&*model, panicked))) };
        let load = load.boxed().shared();
        state.loading = Some(load.clone());
        load
    }

    /// A load of the model has ended.
    pub(super) fn loaded(&self, model: &dyn ChatModel, well: bool) {
        let (loads, absences) = (self.loaded_something(), self.absences());
        let mut state = self.state();
        state.loading = None;
        let until = until(model.keep_alive());
        state.known = well.then_some(Known { loads, absences, until });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

fn broke_off(model: &dyn ChatModel, panicked: JoinError) -> ChatError {
    ChatError::Failed {
        host: model.info().host.clone(),
        detail: "loading the model broke off".to_owned(),
        retry_after: None,
        source: Some(Arc::new(panicked)),
    }
}
