use crate::{ModelInfo, scheduler::ModelLoad};

/// The cost of loading the model first, in calls before this one per slot.
const LOADING: u64 = 4;

/// How well a model on a host serves a call now, as a snapshot; the least is best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HostLoad {
    /// The circuit breaker of the host is open.
    pub(super) is_avoided: bool,
    /// Thousandths of a call per slot, in service and waiting.
    load: u64,
    must_load: bool,
}

impl HostLoad {
    /// Of a model that was not used yet.
    pub(super) fn idle(info: &ModelInfo) -> Self {
        Self { is_avoided: false, load: load(0, 1, info.loaded), must_load: !info.loaded }
    }

    /// Of a model of which the host serves `concurrency` calls at a time.
    pub(super) fn of(model: ModelLoad, concurrency: usize, is_avoided: bool) -> Self {
        let ModelLoad { in_service, waiting, is_probably_loaded } = model;
        let load = load(in_service + waiting, concurrency, is_probably_loaded);
        Self { is_avoided, load, must_load: !is_probably_loaded }
    }
}

/// Thousandths of a call per slot.
fn load(calls: usize, slots: usize, is_loaded: bool) -> u64 {
    let [calls, slots] = [calls, slots.max(1)].map(|n| u64::try_from(n).unwrap_or(u64::MAX));
    let loading = if is_loaded { 0 } else { LOADING * 1_000 };
    (calls.saturating_mul(1_000) / slots).saturating_add(loading)
}
