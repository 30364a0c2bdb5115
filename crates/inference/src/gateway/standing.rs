use super::{gated_model::GatedModel, listed_host::ListedHost};
use crate::ModelInfo;

/// What a model that must be loaded first counts as: so many calls before it, per place.
const LOADING: u64 = 4;

/// How well a model on a host serves a call now; the least is best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Standing {
    pub(super) is_resting: bool,
    /// Thousandths of a call per place, in service and waiting.
    load: u64,
    must_load: bool,
}

impl Standing {
    /// Of a model that nobody has asked for anything yet.
    pub(super) fn idle(info: &ModelInfo) -> Self {
        Self { is_resting: false, load: load(0, 1, info.loaded), must_load: !info.loaded }
    }

    pub(super) fn of(host: &ListedHost, model: &GatedModel) -> Self {
        let (in_service, waiting) = model.lane().gate.traffic();
        let is_loaded = model.is_likely_resident();
        let load = load(in_service + waiting, host.places(), is_loaded);
        Self { is_resting: host.health().is_resting(), load, must_load: !is_loaded }
    }
}

/// Thousandths of a call per place.
fn load(calls: usize, places: usize, is_loaded: bool) -> u64 {
    let [calls, places] = [calls, places.max(1)].map(|n| u64::try_from(n).unwrap_or(u64::MAX));
    let loading = if is_loaded { 0 } else { LOADING * 1_000 };
    (calls.saturating_mul(1_000) / places).saturating_add(loading)
}
