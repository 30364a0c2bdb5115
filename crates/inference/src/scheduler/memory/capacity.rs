//! How many models a host holds, as it says or as checks have shown.

use std::num::NonZeroUsize;

use tokio::time::Instant;

use super::{Disturbances, LastSeen, Memory, ModelId, Surprise};

/// How many models a host holds at once.
#[derive(Clone, Copy)]
pub(super) enum Capacity {
    Stated(NonZeroUsize),
    /// `None`: no model was pushed out yet.
    Learnt(Option<NonZeroUsize>),
}

impl Capacity {
    pub(super) fn new(stated: Option<NonZeroUsize>) -> Self {
        stated.map_or(Self::Learnt(None), Self::Stated)
    }

    pub(super) const fn limit(self) -> Option<NonZeroUsize> {
        match self {
            Self::Stated(models) => Some(models),
            Self::Learnt(models) => models,
        }
    }

    const fn is_learnt(self) -> bool {
        matches!(self, Self::Learnt(_))
    }
}

impl Memory {
    /// The host was asked about a model that a call is about to use. `before`: the disturbances when it
    /// was asked; `stays_until` is given if the model is in memory.
    pub(in super::super) fn checked(
        &mut self,
        model: ModelId,
        stays_until: Option<Option<Instant>>,
        before: Disturbances,
        now: Instant,
    ) -> Option<Surprise> {
        let room = self.max_models();
        let hosted = &mut self.models[model];
        let was_unchecked = std::mem::take(&mut hosted.is_unchecked);
        let Some(until) = stays_until else {
            return self.missed(model, was_unchecked, now);
        };
        let seen = LastSeen { until, disturbances: before, is_doubted: false };
        (hosted.seen, hosted.has_room) = (Some(seen), true);
        self.counts.found(model, room);
        let has_learnt = self.capacity.is_learnt() && room.is_some();
        (was_unchecked && has_learnt).then_some(Surprise::HoldsMore)
    }

    /// The host was asked about a model that no call is about to use. Returns whether it was pushed out.
    pub(in super::super) fn surveyed(
        &mut self,
        model: ModelId,
        is_loaded: bool,
        before: Disturbances,
        now: Instant,
    ) -> bool {
        let hosted = &mut self.models[model];
        if !is_loaded {
            let was_unchecked = hosted.is_unchecked;
            return self.missed(model, was_unchecked, now).is_some();
        }
        if let Some(seen) = &mut hosted.seen {
            (seen.disturbances.loads, hosted.has_room) = (before.loads, true);
        }
        false
    }

    /// The model was not in memory.
    fn missed(&mut self, model: ModelId, was_unchecked: bool, now: Instant) -> Option<Surprise> {
        let hosted = &mut self.models[model];
        let was_there = hosted.has_room && !was_unchecked && hosted.is_believed_loaded(now);
        let seen = hosted.seen.take();
        hosted.has_room = false;
        if !was_there {
            return None;
        }
        self.counts.lost(model);
        // Without a load since, something else removed it.
        let loads = self.disturbances.loads;
        let was_pushed_out = seen.is_none_or(|seen| seen.disturbances.loads != loads);
        (was_pushed_out && self.capacity.is_learnt()).then_some(Surprise::PushedOut)
    }

    /// The models, except this one, that are worth asking about.
    pub(in super::super) fn to_survey(&self, except: ModelId, now: Instant) -> Vec<ModelId> {
        let is_asked = |model: &ModelId| {
            let hosted = &self.models[*model];
            *model != except && hosted.is_believed_loaded(now) && hosted.loading == 0
        };
        (0..self.models.len()).filter(is_asked).collect()
    }

    /// Whether the capacity is to be learnt, and asking about other models helps.
    pub(in super::super) fn wants_survey(&self, except: ModelId, now: Instant) -> bool {
        self.capacity.is_learnt() && !self.to_survey(except, now).is_empty()
    }

    /// All models that may be in memory were asked about. If one of them was pushed out, the host holds
    /// no more than the rest; in any case no fewer.
    pub(in super::super) fn learn(&mut self, was_pushed_out: bool, now: Instant) {
        let Capacity::Learnt(before) = self.capacity else { return };
        let loaded = self.models.iter().filter(|hosted| hosted.is_believed_loaded(now)).count();
        let Some(loaded) = NonZeroUsize::new(loaded) else { return };
        let has_changed = match before {
            None => was_pushed_out,
            Some(before) => loaded > before || (was_pushed_out && loaded < before),
        };
        if has_changed {
            tracing::info!(models = loaded, "what the host holds at once was learnt");
            self.capacity = Capacity::Learnt(Some(loaded));
            self.counts.restart();
            for hosted in &mut self.models {
                hosted.tenure_begun = now;
            }
        }
    }

    /// The model was seen in memory, or seen to be absent.
    pub(in super::super) fn set_on_cpu(&mut self, model: ModelId, runs_on_cpu: bool) {
        let hosted = &mut self.models[model];
        if runs_on_cpu && !hosted.runs_on_cpu && self.limits.calls_at_once.is_none() {
            tracing::info!("a model runs on the processor: calls of its host are made in turn");
        }
        hosted.runs_on_cpu = runs_on_cpu;
    }

    /// Whether more calls use their models than the host serves at a time.
    pub(in super::super) fn is_overcrowded(&self, now: Instant) -> bool {
        self.max_calls(now).is_some_and(|most| self.calls_in_use() > most)
    }

    /// The number of calls that the host serves at a time: as it says, or one while a model in memory
    /// runs on the CPU, whose threads calls would take from each other. `None`: any number.
    pub(super) fn max_calls(&self, now: Instant) -> Option<usize> {
        let on_cpu = || {
            let mut models = self.models.iter();
            models.any(|hosted| hosted.runs_on_cpu && hosted.is_believed_loaded(now)).then_some(1)
        };
        self.limits.calls_at_once.map(NonZeroUsize::get).or_else(on_cpu)
    }

    pub(super) fn calls_in_use(&self) -> usize {
        self.models.iter().map(|hosted| hosted.in_use).sum()
    }
}
