use super::{Call, Stage};
use crate::gateway::{gated_model::GatedModel, route::Route};

/// A call between hosts.
impl Call {
    /// The call, which has brought no output, at another model, with what is left of its clock.
    pub(in crate::gateway) fn moved_to(self, model: &GatedModel) -> Self {
        let Self { stopwatch, order, route, earlier, .. } = self;
        Self { stopwatch, earlier, ..Self::new(model, order.into_request(), route) }
    }

    /// Where it may go and where it has failed; `None`: it is bound to its host.
    pub(in crate::gateway) fn route_mut(&mut self) -> Option<&mut Route> {
        self.route.as_deref_mut()
    }

    /// Another host would take it.
    pub(in crate::gateway) fn may_move(&self) -> bool {
        let host = &self.model.card().host;
        self.route.as_ref().is_some_and(|route| route.leads_away_from(host))
    }

    /// It waits to be admitted, or for its model.
    pub(in crate::gateway) fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Queued { .. } | Stage::Boarding { .. })
    }
}
