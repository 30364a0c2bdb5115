use std::{cmp::Reverse, collections::BTreeMap, time::Duration};

use tokio::time::Instant;

use crate::AdmissionClass;

/// A waiting call rises one class each time it has waited this long, as it does in its queue.
const RISE: Duration = Duration::from_secs(30);

const HIGHEST: u64 = AdmissionClass::Urgent as u64;

/// A model as its host's memory sees it.
pub(super) struct Guest {
    /// It has a berth, as far as is known.
    pub(super) aboard: bool,
    /// It has been given that berth, and nobody has looked since whether it is in memory.
    pub(super) is_new: bool,
    /// The last sight of it in memory; `None` once it was seen to be gone.
    pub(super) seen: Option<Sight>,
    /// Loads of it under way; a chat and an embedding may load it side by side.
    pub(super) loading: usize,
    /// It computes on the processor alone, as it was last seen.
    pub(super) on_processor: bool,
    /// Calls that use it.
    pub(super) in_use: usize,
    /// Since when it may be used without a break.
    pub(super) turn: Instant,
    /// Since when nobody uses it.
    pub(super) idle: Instant,
    /// Calls that wait, those in the queue of the model among them, by arrival.
    pub(super) wants: BTreeMap<u64, Want>,
}

/// The model was in memory.
#[derive(Clone, Copy)]
pub(super) struct Sight {
    /// It stays so long if nothing happens; `None`: for ever.
    pub(super) until: Option<Instant>,
    /// Loads on the host before that.
    pub(super) loads: u64,
}

/// A call that waits.
#[derive(Clone, Copy)]
pub(super) struct Want {
    pub(super) class: AdmissionClass,
    pub(super) since: Instant,
    /// It needs nothing any more but the model.
    pub(super) ready: bool,
    /// The model was seen to be gone.
    pub(super) needs_load: bool,
}

/// How urgent the calls for a model are; the greater goes first.
pub(super) type Rank = (u64, Reverse<u64>);

impl Guest {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            aboard: false,
            is_new: false,
            seen: None,
            loading: 0,
            on_processor: false,
            in_use: 0,
            turn: now,
            idle: now,
            wants: BTreeMap::new(),
        }
    }

    /// It was seen in memory, and should be there still.
    pub(super) fn is_believed(&self, now: Instant) -> bool {
        self.seen.is_some_and(|sight| sight.until.is_none_or(|until| now < until))
    }

    /// It has a berth whose use it may begin.
    pub(super) fn is_aboard(&self, now: Instant) -> bool {
        self.aboard && self.takes_room(now)
    }

    /// It takes room in memory.
    pub(super) fn takes_room(&self, now: Instant) -> bool {
        self.is_busy() || (self.aboard && self.is_believed(now))
    }

    /// It cannot be pushed out now.
    pub(super) const fn is_busy(&self) -> bool {
        self.in_use > 0 || self.loading > 0
    }

    /// The rank of its most urgent call, if one of them is ready.
    pub(super) fn rank(&self, now: Instant) -> Option<Rank> {
        self.ready_since()?;
        self.wants.iter().map(|(arrival, want)| want.rank(*arrival, now)).max()
    }

    /// One of its ready calls has to load it first.
    pub(super) fn needs_load(&self, now: Instant) -> bool {
        !self.is_believed(now) && self.wants.values().any(|want| want.ready && want.needs_load)
    }

    /// When the rank of one of its calls changes next.
    pub(super) fn next_rise(&self, now: Instant) -> Option<Instant> {
        self.wants.values().filter_map(|want| want.next_rise(now)).min()
    }

    /// The highest class among its waiting calls.
    pub(super) fn class(&self) -> Option<AdmissionClass> {
        self.wants.values().map(|want| want.class).max()
    }

    /// Since when the first of its ready calls has been waiting.
    pub(super) fn ready_since(&self) -> Option<Instant> {
        self.wants.values().find(|want| want.ready).map(|want| want.since)
    }
}

impl Want {
    fn rank(&self, arrival: u64, now: Instant) -> Rank {
        (self.risen(now), Reverse(arrival))
    }

    fn risen(&self, now: Instant) -> u64 {
        (self.class as u64).saturating_add(self.rises(now).into()).min(HIGHEST)
    }

    fn rises(&self, now: Instant) -> u32 {
        let rises = now.saturating_duration_since(self.since).as_secs() / RISE.as_secs();
        rises.try_into().unwrap_or(u32::MAX)
    }

    fn next_rise(&self, now: Instant) -> Option<Instant> {
        (self.risen(now) < HIGHEST).then(|| self.since + RISE * (self.rises(now) + 1))
    }
}

/// What a call does about its model being resident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// To look whether it is.
    Look,
    /// To load it; the load is counted as under way.
    Load,
    /// To share the load that is under way, or, if that cannot be shared, to begin another.
    Share,
}
