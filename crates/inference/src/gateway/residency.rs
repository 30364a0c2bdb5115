use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use tokio::time::{Instant, timeout};

use super::GatewaySettings;
use crate::{ChatError, ChatModel};

/// A load that goes on whoever waits for it.
pub(super) type Load = Shared<BoxFuture<'static, Result<(), ChatError>>>;

/// What the gateway knows of a model being resident, without asking for every call.
///
/// A model counts as resident for four fifths of the time that it stays, from its last use; a
/// load of another model on the same host, which may have pushed it out, casts doubt on it.
pub(super) struct Residency {
    loads_on_host: Arc<AtomicU64>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: Option<Known>,
    loading: Option<Load>,
}

/// The model was seen resident.
struct Known {
    /// Loads on the host before that.
    loads: u64,
    /// `None`: for ever.
    until: Option<Instant>,
}

impl Residency {
    pub(super) fn new(loads_on_host: Arc<AtomicU64>) -> Arc<Self> {
        Arc::new(Self { loads_on_host, state: Mutex::default() })
    }

    /// The model is known to be resident.
    pub(super) fn is_known(&self) -> bool {
        let loads = self.loads_on_host.load(Ordering::Acquire);
        let known = |known: &Known| {
            known.loads == loads && known.until.is_none_or(|until| Instant::now() < until)
        };
        self.state().known.as_ref().is_some_and(known)
    }

    /// Asks the host whether the model is resident.
    pub(super) async fn check(&self, model: &dyn ChatModel, settings: &GatewaySettings) -> bool {
        let loads = self.loads_on_host.load(Ordering::Acquire);
        let resident = model.is_resident();
        let resident = matches!(timeout(settings.listing_limit, resident).await, Ok(true));
        if resident {
            self.state().known = Some(Known { loads, until: until(model) });
        }
        resident
    }

    /// A call has used the model to its end.
    pub(super) fn used(&self, model: &dyn ChatModel) {
        if let Some(known) = &mut self.state().known {
            known.until = until(model);
        }
    }

    /// Something happened after which the model may be gone.
    pub(super) fn doubt(&self) {
        self.state().known = None;
    }

    /// The load under way, or a new one.
    pub(super) fn load(self: &Arc<Self>, model: &Arc<dyn ChatModel>) -> Load {
        let mut state = self.state();
        if let Some(load) = &state.loading {
            return load.clone();
        }
        let (residency, loading) = (Arc::clone(self), Arc::clone(model));
        let task = tokio::spawn(async move {
            let loaded = loading.warm_up().await;
            residency.loaded(&*loading, loaded.is_ok());
            loaded
        });
        let (residency, model) = (Arc::clone(self), Arc::clone(model));
        let load = async move {
            task.await.unwrap_or_else(|panicked| {
                residency.loaded(&*model, false);
                Err(ChatError::Failed {
                    host: model.card().host.clone(),
                    detail: "loading the model broke off".to_owned(),
                    retry_after: None,
                    source: Some(Arc::new(panicked)),
                })
            })
        };
        let load = load.boxed().shared();
        state.loading = Some(load.clone());
        load
    }

    fn loaded(&self, model: &dyn ChatModel, well: bool) {
        let loads = self.loads_on_host.fetch_add(1, Ordering::AcqRel) + 1;
        let mut state = self.state();
        state.loading = None;
        state.known = well.then(|| Known { loads, until: until(model) });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn until(model: &dyn ChatModel) -> Option<Instant> {
    Instant::now().checked_add(model.stays_resident().mul_f64(0.8))
}
