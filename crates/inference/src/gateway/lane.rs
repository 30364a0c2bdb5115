use std::sync::Arc;

use super::{
    GatewaySettings,
    ability::Ability,
    berths::Berths,
    learnt_window::LearntWindow,
    pace::Pace,
    residency::{Load, Residency},
};
use crate::{ChatModel, HostName, ModelName, admission::Gate};

/// What all calls for one model on one host share.
pub(super) struct Lane {
    pub(super) gate: Arc<Gate>,
    pub(super) residency: Arc<Residency>,
    /// Those of the host.
    pub(super) berths: Arc<Berths>,
    /// The number of the model among the guests of its host.
    pub(super) guest: usize,
    pub(super) pace: Pace,
    pub(super) ability: Ability,
    pub(super) window: LearntWindow,
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
        berths: Arc<Berths>,
    ) -> Arc<Self> {
        let gate = Gate::new(concurrent_calls, settings.waiting_calls);
        let loads_on_host = Arc::clone(berths.loads_seen());
        let residency = Residency::new(loads_on_host, settings.listing_limit);
        let guest = berths.enroll(Arc::clone(&residency));
        Arc::new(Self {
            gate,
            residency,
            berths,
            guest,
            pace: Pace::default(),
            ability: Ability::default(),
            window: LearntWindow::default(),
            settings,
        })
    }

    /// The load of the model that is under way, or a new one, if need be `beside` another.
    pub(super) fn load(&self, model: &Arc<dyn ChatModel>, beside: bool) -> Load {
        self.residency.load(model, beside, &self.berths, self.guest)
    }
}
