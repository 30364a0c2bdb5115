use std::time::Duration;

use super::{Call, Stage};
use crate::{
    ChatError,
    gateway::{candidates::Candidates, model::ModelAtHost},
};

/// A call between hosts.
impl Call {
    /// The call, which has brought no output, at another model, with the rest of its time.
    pub(in crate::gateway) fn moved_to(self, model: &ModelAtHost) -> Self {
        let Self { stopwatch, request, candidates, earlier, crashes, .. } = self;
        let call = Self::new(model, request.into_request(), candidates);
        Self { stopwatch, earlier, crashes, ..call }
    }

    /// Where it may go and where it has failed; `None`: it is pinned to its host.
    pub(in crate::gateway) fn candidates_mut(&mut self) -> Option<&mut Candidates> {
        self.candidates.as_deref_mut()
    }

    /// Another host would take it.
    pub(in crate::gateway) fn may_move(&self) -> bool {
        let host = &self.model.info().host;
        self.candidates.as_ref().is_some_and(|candidates| candidates.lead_away_from(host))
    }

    /// It waits to be admitted, or for its model.
    pub(in crate::gateway) fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Queued { .. } | Stage::Granted)
    }

    /// Leaves the host to wait for one that takes calls. The queueing time so far is booked first.
    pub(in crate::gateway) fn park(&mut self) {
        self.end();
        self.stopwatch.queued();
    }

    /// The models that may serve it, the best first. `at` is where it is or was.
    pub(in crate::gateway) fn ranked_models(&self, at: &ModelAtHost) -> Vec<ModelAtHost> {
        let Some(candidates) = &self.candidates else { return vec![at.clone()] };
        let ranked = candidates.ranked();
        if ranked.is_empty() && candidates.is_untried() { vec![at.clone()] } else { ranked }
    }

    /// It waits for hosts that are away.
    pub(in crate::gateway) const fn is_patient(&self) -> bool {
        self.is_patient
    }

    /// It waits until a host is ready again that has failed like this.
    pub(in crate::gateway) const fn waits_after(&self, error: &ChatError) -> bool {
        let is_loading = matches!(error, ChatError::Loading { .. });
        is_loading || self.is_patient && error.is_host_not_ready()
    }

    /// A wait for hosts, or a part of it, is over. Returns how long the call has waited in all for
    /// hosts that are away, and for hosts that load.
    pub(in crate::gateway) fn waited_for_host(&mut self, is_loading: bool) -> (Duration, Duration) {
        self.stopwatch.waited_for_host(is_loading)
    }

    /// The longest that it waits for hosts that load.
    pub(in crate::gateway) fn load_limit(&self) -> Duration {
        self.state.settings.load_limit
    }
}
