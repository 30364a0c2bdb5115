use std::sync::{Arc, atomic::AtomicU64};

use super::{GatewaySettings, pace::Pace, residency::Residency};
use crate::{HostName, ModelName, admission::Gate};

/// What all calls for one model on one host share.
pub(super) struct Lane {
    pub(super) gate: Arc<Gate>,
    pub(super) residency: Arc<Residency>,
    pub(super) pace: Pace,
    pub(super) settings: Arc<GatewaySettings>,
}

/// How busy a model is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// The host.
    pub host: HostName,
    /// The model.
    pub model: ModelName,
    /// Calls in service.
    pub in_service: usize,
    /// Calls that wait.
    pub waiting: usize,
}

impl Lane {
    pub(super) fn new(
        concurrent_calls: usize,
        settings: Arc<GatewaySettings>,
        loads_on_host: Arc<AtomicU64>,
    ) -> Arc<Self> {
        let gate = Gate::new(concurrent_calls, settings.waiting_calls);
        let residency = Residency::new(loads_on_host);
        Arc::new(Self { gate, residency, pace: Pace::default(), settings })
    }
}
