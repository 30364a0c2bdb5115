//! The models of a host: which are in memory, as far as is known, and which may be used next.
//!
//! Room is what the scheduler has decided, and being loaded what the host was seen to do:
//!
//! | question about a model | true if |
//! |---|---|
//! | `has_room` (a field) | room is allotted to it |
//! | `has_usable_room` | room is allotted to it, and it is in use, being loaded or believed loaded |
//! | `takes_room` | it is in use or being loaded, or has room and is believed loaded |
//! | `is_believed_loaded` | it was seen in memory, and its keep-alive time has not passed |
//! | `is_known_loaded` | that, and nothing since has put it in doubt: the host need not be asked |
//! | `is_probably_loaded` | it is known to be loaded, or its host listed it as loaded |

mod capacity;
mod eviction;
mod hosted_model;

use std::{num::NonZeroUsize, time::Duration};

use tokio::time::Instant;

#[cfg(test)]
pub(crate) use self::eviction::IDLE_GRACE;
pub(super) use self::eviction::Usable;
pub(super) use self::hosted_model::{AwaitsModel, HostedModel};
use self::{capacity::Capacity, hosted_model::LastSeen};
use super::{
    ids::{CallId, ModelId},
    load_counts::LoadCounts,
    model_queue::ModelQueue,
};
use crate::HostLimits;

/// The memory of one host: the only place that holds what is believed about it.
pub(super) struct Memory {
    pub(super) models: Vec<HostedModel>,
    capacity: Capacity,
    limits: HostLimits,
    /// Events on the host that put in doubt what is in memory.
    disturbances: Disturbances,
    /// How long a load takes on average, as measured.
    load_time: Duration,
    pub(super) counts: LoadCounts,
}

/// Counts events after which a model may no longer be in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Disturbances {
    /// Loads seen: each may have pushed out another model.
    pub(super) loads: u64,
    /// Times that the host could not be reached: it may have restarted.
    absences: u64,
}

/// What a call that may use its model has to do first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BeforeUse {
    /// Ask the host whether the model is in memory, unless that is known.
    Check,
    /// Load it. The load is counted as under way.
    Load,
    /// Share the load that is under way or, if that cannot be shared, begin another.
    Share,
}

/// What a check of one model has shown about the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Surprise {
    /// The host holds more models than it seemed to.
    HoldsMore,
    /// The model was pushed out: the host holds fewer.
    PushedOut,
}

impl Memory {
    pub(super) fn new(limits: HostLimits) -> Self {
        Self {
            models: Vec::new(),
            capacity: Capacity::new(limits.models_at_once),
            limits,
            disturbances: Disturbances::default(),
            load_time: Duration::ZERO,
            counts: LoadCounts::default(),
        }
    }

    pub(super) fn register(&mut self, queue: ModelQueue<CallId>, now: Instant) {
        self.models.push(HostedModel::new(queue, now));
    }

    pub(super) const fn disturbances(&self) -> Disturbances {
        self.disturbances
    }

    /// Something was loaded that may have pushed out any other model.
    pub(super) const fn loaded_something(&mut self) {
        self.disturbances.loads += 1;
    }

    /// The host could not be reached.
    pub(super) const fn host_was_away(&mut self) {
        self.disturbances.absences += 1;
    }

    /// The number of models that the host holds at once, if a limit is known.
    pub(super) fn models_at_once(&self) -> Option<NonZeroUsize> {
        self.capacity.limit()
    }

    fn max_models(&self) -> Option<usize> {
        self.models_at_once().map(NonZeroUsize::get)
    }

    /// Whether the model is in memory without a doubt, so that the host need not be asked.
    pub(super) fn is_known_loaded(&self, model: ModelId, now: Instant) -> bool {
        self.models[model].seen.is_some_and(|seen| {
            !seen.is_doubted && seen.disturbances == self.disturbances && seen.holds(now)
        })
    }

    /// Whether the model need not be loaded first, as far as that is known without asking.
    pub(super) fn is_probably_loaded(&self, model: ModelId, now: Instant) -> bool {
        self.is_known_loaded(model, now) || self.models[model].is_listed_as_loaded
    }

    /// Whether a load of the model is under way.
    pub(super) fn is_loading(&self, model: ModelId) -> bool {
        self.models[model].loading > 0
    }

    pub(super) fn listed(&mut self, model: ModelId, is_loaded: bool) {
        self.models[model].is_listed_as_loaded = is_loaded;
    }

    /// A failure puts in doubt that the model is in memory.
    pub(super) fn doubt(&mut self, model: ModelId) {
        if let Some(seen) = &mut self.models[model].seen {
            seen.is_doubted = true;
        }
    }

    /// A call may use the model: allots room to it, and takes it from `evicted`.
    pub(super) fn begin_use(
        &mut self,
        model: ModelId,
        needs_load: bool,
        evicted: Vec<ModelId>,
        now: Instant,
    ) -> BeforeUse {
        for other in evicted {
            self.models[other].has_room = false;
        }
        let is_limited = self.max_models().is_some();
        let hosted = &mut self.models[model];
        if is_limited && !hosted.has_usable_room(now) {
            (hosted.has_room, hosted.is_unchecked, hosted.tenure_begun) = (true, true, now);
        }
        hosted.in_use += 1;
        match (needs_load, hosted.loading) {
            (false, _) => BeforeUse::Check,
            (true, 0) => {
                hosted.loading = 1;
                BeforeUse::Load
            }
            (true, _) => BeforeUse::Share,
        }
    }

    /// A call has given up the model. It was used if `stays_until` is given: it stays in memory until
    /// then (`None`: for ever).
    pub(super) fn end_use(
        &mut self,
        model: ModelId,
        stays_until: Option<Option<Instant>>,
        now: Instant,
    ) {
        let hosted = &mut self.models[model];
        hosted.in_use = hosted.in_use.saturating_sub(1);
        hosted.idle = now;
        if let Some((seen, until)) = hosted.seen.as_mut().zip(stays_until) {
            seen.until = until;
        }
    }

    /// A load begins beside the one under way.
    pub(super) fn begin_load(&mut self, model: ModelId) {
        self.models[model].loading += 1;
    }

    /// A load that was counted does not begin: its call has left.
    pub(super) fn cancel_load(&mut self, model: ModelId) {
        let hosted = &mut self.models[model];
        hosted.loading = hosted.loading.saturating_sub(1);
    }

    /// A load has ended; `stays_until` is given if it went well.
    pub(super) fn end_load(
        &mut self,
        model: ModelId,
        stays_until: Option<Option<Instant>>,
        took: Duration,
        now: Instant,
    ) {
        self.loaded_something();
        let (room, disturbances) = (self.max_models(), self.disturbances);
        let hosted = &mut self.models[model];
        hosted.loading = hosted.loading.saturating_sub(1);
        hosted.is_unchecked = false;
        let was_seen = hosted.seen.is_some();
        match stays_until {
            Some(until) => {
                hosted.seen = Some(LastSeen { until, disturbances, is_doubted: false });
            }
            None => self.doubt(model),
        }
        // Of two loads side by side one is needed, and is counted.
        if was_seen {
            return;
        }
        let hosted = &mut self.models[model];
        hosted.has_room = stays_until.is_some() || hosted.loading > 0;
        (hosted.tenure_begun, hosted.idle) = (now, now);
        if stays_until.is_none() {
            return;
        }
        let is_unused = !hosted.is_busy() && !hosted.is_wanted();
        self.load_time = if self.load_time.is_zero() { took } else { (self.load_time + took) / 2 };
        self.counts.loaded(model, is_unused, room);
    }

    /// The calls that go before those of this model without a slot of their own: those of the models
    /// that have room, or a more urgent call, if this model has no room.
    pub(super) fn ahead_of_model(&self, model: ModelId, now: Instant) -> usize {
        let own = &self.models[model];
        if own.has_usable_room(now) || !self.is_contended(model, now) {
            return 0;
        }
        let rank = own.rank(now);
        let others = self.models.iter().enumerate().filter(|(other, theirs)| {
            *other != model && (theirs.has_usable_room(now) || theirs.rank(now) > rank)
        });
        others.map(|(_, theirs)| theirs.wanted_by()).sum()
    }

    /// Whether calls of this model may have to wait for other models.
    pub(super) fn is_contended(&self, model: ModelId, now: Instant) -> bool {
        self.max_models().is_some()
            || self.max_calls(now).is_some()
            || self.limits.loads_one_at_a_time && self.models[model].needs_load(now)
    }

    /// Whether calls of this model need not wait for other models.
    pub(super) fn need_not_wait_for_others(&self, model: ModelId, now: Instant) -> bool {
        self.models[model].has_usable_room(now) || !self.is_contended(model, now)
    }

    /// The models with waiting calls, if these may have to wait for other models.
    pub(super) fn models_waiting_for_others(&self) -> impl Iterator<Item = ModelId> {
        let is_shared = self.max_models().is_some()
            || self.limits.calls_at_once.is_some()
            || self.limits.loads_one_at_a_time
            || self.models.iter().any(|hosted| hosted.runs_on_cpu);
        let models = self.models.iter().enumerate().filter(move |_| is_shared);
        models.filter(|(_, hosted)| hosted.is_wanted()).map(|(model, _)| model)
    }

    /// The number of models that take room in memory.
    #[cfg(test)]
    pub(super) fn models_with_room(&self, now: Instant) -> usize {
        self.models.iter().filter(|hosted| hosted.takes_room(now)).count()
    }

    /// For each model the calls in use and waiting, and whether it is being loaded.
    #[cfg(test)]
    pub(super) fn usage(&self) -> Vec<(usize, usize, bool)> {
        let usage = |hosted: &HostedModel| (hosted.in_use, hosted.wanted_by(), hosted.loading > 0);
        self.models.iter().map(usage).collect()
    }
}
