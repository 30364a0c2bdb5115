use std::collections::BTreeMap;

use tokio::time::Instant;

use super::Disturbances;
use crate::scheduler::{
    ids::CallId,
    model_queue::ModelQueue,
    priority::{AdmissionClass, Arrival, Rank, next_rise, rank},
};

/// One model of a host.
pub(in crate::scheduler) struct HostedModel {
    /// Calls that have no slot yet.
    pub(in crate::scheduler) queue: ModelQueue<CallId>,
    /// Calls that have a slot, or need none, and wait until they may use the model.
    pub(in crate::scheduler) awaiting: BTreeMap<CallId, AwaitsModel>,
    /// Calls that use the model.
    pub(super) in_use: usize,
    /// Since when it may be used without interruption.
    pub(super) tenure_begun: Instant,
    /// Since when it is unused.
    pub(super) idle: Instant,
    /// Room in memory is allotted to it. This is the scheduler's decision, and not what the host does.
    pub(super) has_room: bool,
    /// Since room was allotted to it, the host was not asked whether it is in memory.
    pub(super) is_unchecked: bool,
    /// Loads of it under way: a chat and an embedding may load it side by side.
    pub(super) loading: usize,
    /// When it was last seen in memory; `None`: never, or it was seen to be gone.
    pub(super) seen: Option<LastSeen>,
    /// The host listed it as loaded. A hint for choosing between hosts, and no more.
    pub(super) is_listed_as_loaded: bool,
    /// It runs on the CPU alone, as reported when it was last seen.
    pub(super) runs_on_cpu: bool,
}

/// The last time that a model was seen in memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct LastSeen {
    /// It stays this long if nothing happens; `None`: for ever.
    pub(super) until: Option<Instant>,
    /// The disturbances before.
    pub(super) disturbances: Disturbances,
    /// A call failed since, which may mean that it is gone.
    pub(super) is_doubted: bool,
}

/// A call that waits to use its model and needs nothing else.
#[derive(Clone, Copy)]
pub(in crate::scheduler) struct AwaitsModel {
    pub(in crate::scheduler) class: AdmissionClass,
    pub(in crate::scheduler) since: Instant,
    /// It pauses, and does not want the model yet.
    pub(in crate::scheduler) is_paused: bool,
    /// The model was seen to be absent.
    pub(in crate::scheduler) needs_load: bool,
}

impl LastSeen {
    pub(super) fn holds(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

impl HostedModel {
    pub(super) const fn new(queue: ModelQueue<CallId>, now: Instant) -> Self {
        Self {
            queue,
            awaiting: BTreeMap::new(),
            in_use: 0,
            tenure_begun: now,
            idle: now,
            has_room: false,
            is_unchecked: false,
            loading: 0,
            seen: None,
            is_listed_as_loaded: false,
            runs_on_cpu: false,
        }
    }

    /// Whether it was seen in memory and should still be there.
    pub(super) fn is_believed_loaded(&self, now: Instant) -> bool {
        self.seen.is_some_and(|seen| seen.holds(now))
    }

    /// Whether it has room, and calls may begin to use it.
    pub(super) fn has_usable_room(&self, now: Instant) -> bool {
        self.has_room && self.takes_room(now)
    }

    /// Whether it takes room in memory.
    pub(super) fn takes_room(&self, now: Instant) -> bool {
        self.is_busy() || (self.has_room && self.is_believed_loaded(now))
    }

    /// Whether it cannot be pushed out now.
    pub(super) const fn is_busy(&self) -> bool {
        self.in_use > 0 || self.loading > 0
    }

    /// The number of calls that wait.
    pub(in crate::scheduler) fn wanted_by(&self) -> usize {
        self.queue.waiting() + self.awaiting.len()
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.wanted_by() > 0
    }

    /// Whether one of its calls waits for nothing but the model.
    pub(in crate::scheduler) fn is_ready(&self) -> bool {
        let is_next = self.queue.waiting() > 0 && self.queue.has_free_slot();
        is_next || self.awaiting.values().any(|call| !call.is_paused)
    }

    /// The rank of its most urgent call, if one is ready.
    pub(in crate::scheduler) fn rank(&self, now: Instant) -> Option<Rank> {
        if !self.is_ready() {
            return None;
        }
        let awaiting = self.awaiting.iter();
        let awaiting = awaiting.map(|(id, call)| rank(call.class, (*id, call.since), now));
        awaiting.chain(self.queue.rank(now)).max()
    }

    /// Whether the model was seen to be absent and a ready call has to load it.
    pub(in crate::scheduler) fn needs_load(&self, now: Instant) -> bool {
        let needs_load = |call: &AwaitsModel| !call.is_paused && call.needs_load;
        !self.is_believed_loaded(now) && self.awaiting.values().any(needs_load)
    }

    /// When the rank of one of its calls changes next.
    pub(super) fn next_rise(&self, now: Instant) -> Option<Instant> {
        let awaiting = self.awaiting.values();
        let awaiting = awaiting.filter_map(|call| next_rise(call.class, call.since, now));
        awaiting.chain(self.queue.next_rise(now)).min()
    }

    /// The highest class among its waiting calls.
    pub(super) fn class(&self) -> Option<AdmissionClass> {
        let awaiting = self.awaiting.values().map(|call| call.class).max();
        awaiting.max(self.queue.highest_class())
    }

    /// Since when the first of its ready calls has been waiting.
    pub(super) fn ready_since(&self) -> Option<Instant> {
        let mut awaiting = self.awaiting.iter().filter(|(_, call)| !call.is_paused);
        let awaiting: Option<Arrival> = awaiting.next().map(|(id, call)| (*id, call.since));
        let queued = self.queue.first_arrival().filter(|_| self.queue.has_free_slot());
        awaiting.into_iter().chain(queued).min().map(|(_, since)| since)
    }
}
