use synod_domain::{ModelChange, PausePolicy, PauseReason, Paused};

use super::{Check, ensure};
use crate::Debate;

impl Debate {
    pub(super) fn check_pause(&self, paused: &Paused) -> Check {
        self.check_running()?;
        ensure(paused.reason != PauseReason::Poison, "no step was lost three times")?;
        let aborts = paused.policy == PausePolicy::Abort;
        let is_for_hosts = paused.reason.is_for_hosts();
        let is_for_models = paused.reason == PauseReason::ModelChanged;
        ensure(aborts || !is_for_hosts, "a pause for hosts voids the open calls")?;
        ensure(is_for_hosts || paused.hosts.is_empty(), "only a pause for hosts names hosts")?;
        ensure(
            is_for_hosts || is_for_models || paused.detail.is_none(),
            "only a pause for hosts or models has a detail",
        )?;
        ensure(
            paused.hosts.is_sorted_by(|a, b| a < b),
            "hosts must be ordered by name and named once",
        )?;
        ensure(
            is_for_models != paused.models.is_empty(),
            "exactly a pause for changed models names models",
        )?;
        ensure(
            !is_for_models || *paused == Paused::for_models(paused.models.clone()),
            "a pause for changed models lets calls end, and tells the changes",
        )?;
        self.check_changes(&paused.models)?;
        ensure(!aborts || self.open_calls().next().is_none(), "calls are still open")
    }

    /// Checks changes of models against the recorded profiles.
    pub(super) fn check_changes(&self, changes: &[ModelChange]) -> Check {
        ensure(
            changes.iter().all(|change| self.fits(change)),
            "a change names another model than the debate has recorded",
        )?;
        let place = |change: &ModelChange| self.place_of(change);
        ensure(
            changes.is_sorted_by(|a, b| place(a) < place(b)),
            "changes must be in the order of the agents, each model once",
        )
    }
}
