//! Which model may be used next, and which ones are pushed out for it.
//!
//! Calls for a model that has room are served until none is left; then the room goes to the model with
//! the most urgent call, of equals to the one whose first call arrived first. A model that others wait
//! for keeps its room for one tenure at most, and yields it at once to a call of a higher class than all
//! of its own.

use std::time::Duration;

use tokio::time::Instant;

use super::{Memory, ModelId};

/// How long an idle model stays in memory while another is wanted: the calls of a pass or of ballots
/// begin within milliseconds of each other, and a load takes a second and more.
pub(crate) const IDLE_GRACE: Duration = Duration::from_millis(50);

/// The shortest tenure of a model that others wait for.
const SHORTEST_TENURE: Duration = Duration::from_secs(30);

/// The length of a tenure in loads, so that at most a third of the time is spent loading.
const LOADS_PER_TENURE: u32 = 2;

/// A model that may be used now.
pub(in super::super) struct Usable {
    pub(in super::super) model: ModelId,
    pub(in super::super) needs_load: bool,
    /// The models to push out for it.
    pub(in super::super) evicted: Vec<ModelId>,
}

/// The models to push out so that another has room.
struct Eviction {
    models: Vec<ModelId>,
    /// They can be pushed out now.
    is_due: bool,
    /// When they may be, even if nothing happens before.
    due_at: Option<Instant>,
}

impl Memory {
    /// The model that may be used now by a call that is ready: of several the one with the most urgent
    /// call, of equals the one whose call arrived first.
    pub(in super::super) fn next_usable(&self, now: Instant) -> Option<Usable> {
        let mut ready = (0..self.models.len()).filter(|model| self.models[*model].is_ready());
        let first = ready.next()?;
        if self.max_calls(now).is_some_and(|most| self.calls_in_use() >= most) {
            return None;
        }
        let usable = std::iter::once(first).chain(ready).filter_map(|model| {
            let needs_load = self.models[model].needs_load(now);
            let evicted = self.room_for(model, needs_load, now).ok()?;
            Some(Usable { model, needs_load, evicted })
        });
        usable.max_by_key(|usable| self.models[usable.model].rank(now))
    }

    /// When to look again whether the model may be used, if nothing happens before.
    pub(in super::super) fn retry_at(&self, model: ModelId, now: Instant) -> Option<Instant> {
        if !self.models[model].is_ready() {
            return None;
        }
        let needs_load = self.models[model].needs_load(now);
        let due_at = self.room_for(model, needs_load, now).err().flatten();
        self.models.iter().filter_map(|hosted| hosted.next_rise(now)).chain(due_at).min()
    }

    /// The models to push out so that this one may be used. `Err`: it may not yet, and when to look
    /// again.
    fn room_for(
        &self,
        model: ModelId,
        needs_load: bool,
        now: Instant,
    ) -> Result<Vec<ModelId>, Option<Instant>> {
        let must_wait = needs_load && self.another_loads(model);
        let Some(room) = self.max_models() else {
            return if must_wait { Err(None) } else { Ok(Vec::new()) };
        };
        let next = self.next_without_room(now);
        if self.models[model].has_usable_room(now) {
            let yields =
                next.is_some_and(|next| self.eviction(next, room, now).models.contains(&model));
            return if yields || must_wait { Err(None) } else { Ok(Vec::new()) };
        }
        if must_wait || next != Some(model) {
            return Err(None);
        }
        let Eviction { models, is_due, due_at } = self.eviction(model, room, now);
        if is_due { Ok(models) } else { Err(due_at) }
    }

    fn another_loads(&self, model: ModelId) -> bool {
        let mut models = self.models.iter().enumerate();
        self.limits.loads_one_at_a_time
            && models.any(|(other, hosted)| other != model && hosted.loading > 0)
    }

    /// The model without room whose calls come next.
    fn next_without_room(&self, now: Instant) -> Option<ModelId> {
        let models = self.models.iter().enumerate();
        let waiting = models.filter(|(_, hosted)| !hosted.has_usable_room(now));
        waiting
            .filter_map(|(model, hosted)| Some((hosted.rank(now)?, model)))
            .max()
            .map(|(_, id)| id)
    }

    /// The models to push out for the next: unused ones first, then those whose last calls are under
    /// way, then those that yield.
    fn eviction(&self, next: ModelId, room: usize, now: Instant) -> Eviction {
        let others: Vec<_> = (0..self.models.len())
            .filter(|model| *model != next && self.models[*model].takes_room(now))
            .collect();
        let Some(too_many) = (others.len() + 1).checked_sub(room).filter(|n| *n > 0) else {
            return Eviction { models: Vec::new(), is_due: true, due_at: None };
        };
        let (mut wanted, mut done): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|model| self.models[*model].is_wanted());
        done.sort_by_key(|model| (self.models[*model].is_busy(), self.models[*model].idle));
        wanted.sort_by_key(|model| self.models[*model].tenure_begun);
        wanted.retain(|model| self.yields(*model, next, now));
        let models: Vec<_> = done.into_iter().chain(wanted).take(too_many).collect();
        let is_stuck =
            models.len() < too_many || models.iter().any(|model| self.models[*model].is_busy());
        let due_at = if is_stuck {
            self.end_of_tenure(next, now)
        } else {
            models.iter().map(|model| self.evictable_from(*model, next, now)).max()
        };
        let is_due = !is_stuck && due_at.is_some_and(|from| from <= now);
        Eviction { models, is_due, due_at }
    }

    /// Whether the model gives way although calls for it wait.
    fn yields(&self, model: ModelId, next: ModelId, now: Instant) -> bool {
        let own = &self.models[model];
        own.loading == 0
            && (self.models[next].class() > own.class() || self.tenure_ends(model, next) <= now)
    }

    /// When the tenure of a model ends that another waits for.
    fn tenure_ends(&self, model: ModelId, next: ModelId) -> Instant {
        let begun = self.models[model].tenure_begun;
        let waiting = self.models[next].ready_since().map_or(begun, |since| since.max(begun));
        waiting + SHORTEST_TENURE.max(self.load_time * LOADS_PER_TENURE)
    }

    /// The first end of a tenure that is still to come.
    fn end_of_tenure(&self, next: ModelId, now: Instant) -> Option<Instant> {
        let others = (0..self.models.len()).filter(|model| *model != next);
        let wanted = others.filter(|model| self.models[*model].is_wanted());
        wanted.map(|model| self.tenure_ends(model, next)).filter(|end| now < *end).min()
    }

    /// When an unused model may be pushed out.
    fn evictable_from(&self, model: ModelId, next: ModelId, now: Instant) -> Instant {
        let own = &self.models[model];
        let waiting = self.models[next].ready_since().unwrap_or(now);
        if own.is_wanted() { now } else { own.idle.max(waiting) + IDLE_GRACE }
    }
}
