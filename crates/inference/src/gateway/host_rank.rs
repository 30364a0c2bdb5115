use crate::{ModelInfo, scheduler::ModelWorkload};

/// The cost of loading the model first, in calls before this one per slot.
const LOADING: u64 = 4;

/// How well a model on a host serves a call now, as a snapshot; the least is best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HostRank {
    /// The circuit breaker of the host is open.
    pub(super) is_avoided: bool,
    /// Thousandths of a call per slot, in service and waiting.
    calls_per_slot: u64,
    must_load: bool,
}

impl HostRank {
    /// Of a model that was not used yet.
    pub(super) fn idle(info: &ModelInfo) -> Self {
        Self {
            is_avoided: false,
            calls_per_slot: calls_per_slot(0, 1, info.loaded),
            must_load: !info.loaded,
        }
    }

    /// Of a model of which the host serves `concurrency` calls at a time.
    pub(super) fn of(model: ModelWorkload, concurrency: usize, is_avoided: bool) -> Self {
        let ModelWorkload { in_service, waiting, is_probably_loaded } = model;
        let calls_per_slot = calls_per_slot(in_service + waiting, concurrency, is_probably_loaded);
        Self { is_avoided, calls_per_slot, must_load: !is_probably_loaded }
    }
}

/// Thousandths of a call per slot, with the cost of loading added.
fn calls_per_slot(calls: usize, slots: usize, is_loaded: bool) -> u64 {
    let [calls, slots] = [calls, slots.max(1)].map(|n| u64::try_from(n).unwrap_or(u64::MAX));
    let loading = if is_loaded { 0 } else { LOADING * 1_000 };
    (calls.saturating_mul(1_000) / slots).saturating_add(loading)
}
