mod in_turn;
mod learning;
mod leaving;

use std::{num::NonZeroUsize, time::Duration};

use tokio::time::Instant;

pub(super) use self::learning::Finding;
use self::learning::Limit;
use super::{
    guest::{Due, Guest, Sight, Want},
    in_order::InOrder,
};
use crate::AdmissionClass;

/// How long an idle model stays in memory while another is wanted: the calls of a pass or of
/// ballots begin within milliseconds of each other, and a load takes a second and more.
pub(super) const LINGER: Duration = Duration::from_millis(50);

/// The shortest turn of a model that others wait for.
const SHORTEST_TURN: Duration = Duration::from_secs(30);

/// A turn lasts so many loads, so that at most a third of the time goes by in loading.
const LOADS_PER_TURN: u32 = 2;

/// What a host says of how much it does at a time.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Capacity {
    /// Models in memory; `None`: to be learnt.
    pub(in super::super) models_at_once: Option<NonZeroUsize>,
    /// Calls of all models together; `None`: any number, or one while a model runs on the processor.
    pub(in super::super) calls_at_once: Option<NonZeroUsize>,
    /// It loads one model at a time.
    pub(in super::super) loads_singly: bool,
}

/// Which model may be used, and which is pushed out for it.
///
/// Calls for a model that has a berth go on until none of them is left; then the berth goes to
/// the model with the most urgent call, of equals to the one whose first call came first. A model
/// that others wait for keeps its berth for one turn at most, and yields it at once to a call of
/// a higher class than all of its own.
pub(super) struct Plan {
    limit: Limit,
    /// Calls that the host serves at a time, if it says.
    calls_at_once: Option<NonZeroUsize>,
    /// The host loads one model at a time.
    loads_singly: bool,
    guests: Vec<Guest>,
    arrivals: u64,
    in_order: InOrder,
    /// How long a load takes, as loads have shown.
    load: Duration,
    made: u64,
    avoided: u64,
}

impl Plan {
    pub(super) fn new(capacity: Capacity) -> Self {
        let Capacity { models_at_once, calls_at_once, loads_singly } = capacity;
        Self {
            limit: models_at_once.map_or(Limit::Learnt(None), Limit::Told),
            calls_at_once,
            loads_singly,
            guests: Vec::new(),
            arrivals: 0,
            in_order: InOrder::default(),
            load: Duration::ZERO,
            made: 0,
            avoided: 0,
        }
    }

    /// A model of this host, by its number from now on.
    pub(super) fn enroll(&mut self, now: Instant) -> usize {
        self.guests.push(Guest::new(now));
        self.guests.len() - 1
    }

    /// A call for a model has come; its number.
    pub(super) fn want(&mut self, guest: usize, class: AdmissionClass, now: Instant) -> u64 {
        let arrival = self.arrivals;
        self.arrivals += 1;
        if self.berths().is_some() {
            self.in_order.came(arrival, guest);
        }
        let want = Want { class, since: now, ready: false, needs_load: false };
        self.guests[guest].wants.insert(arrival, want);
        arrival
    }

    /// A call that waits for nothing else would use its model. `Ok`: it may; `Err`: it may not, and
    /// when to ask again if nothing happens before.
    pub(super) fn board(
        &mut self,
        guest: usize,
        arrival: u64,
        now: Instant,
    ) -> Result<Due, Option<Instant>> {
        let is_gone = !self.guests[guest].is_believed(now);
        let Some(want) = self.guests[guest].wants.get_mut(&arrival) else { return Ok(Due::Look) };
        want.ready = true;
        let needs_load = want.needs_load && is_gone;
        let leaving = self.may_board(guest, needs_load, now).map_err(|later| {
            let rises = self.guests.iter().filter_map(|guest| guest.next_rise(now));
            rises.chain(later).min()
        })?;
        for other in leaving {
            self.guests[other].aboard = false;
        }
        let is_limited = self.berths().is_some();
        let guest = &mut self.guests[guest];
        guest.wants.remove(&arrival);
        if is_limited && !guest.is_aboard(now) {
            (guest.aboard, guest.is_new, guest.turn) = (true, true, now);
        }
        guest.in_use += 1;
        Ok(match (needs_load, guest.loading) {
            (false, _) => Due::Look,
            (true, 0) => {
                guest.loading = 1;
                Due::Load
            }
            (true, _) => Due::Share,
        })
    }

    /// A load begins beside one that is under way.
    pub(super) fn begin_load(&mut self, guest: usize) {
        self.guests[guest].loading += 1;
    }

    /// A call gives up its model and will want it again.
    pub(super) fn step_back(&mut self, guest: usize, arrival: u64, want: Want, now: Instant) {
        self.guests[guest].wants.insert(arrival, want);
        self.put_down(guest, now);
    }

    /// A call is over that waited.
    pub(super) fn leave(&mut self, guest: usize, arrival: u64, served: bool) {
        self.guests[guest].wants.remove(&arrival);
        self.over(arrival, served);
    }

    /// A call is over that had its model, which stays in memory until then.
    pub(super) fn depart(
        &mut self,
        guest: usize,
        arrival: u64,
        served: bool,
        until: Option<Instant>,
        now: Instant,
    ) {
        if let Some(sight) = self.guests[guest].seen.as_mut().filter(|_| served) {
            sight.until = until;
        }
        self.put_down(guest, now);
        self.over(arrival, served);
    }

    /// A load has ended; `Some` if well.
    pub(super) fn loaded(
        &mut self,
        guest: usize,
        sight: Option<Sight>,
        took: Duration,
        now: Instant,
    ) {
        let berths = self.berths();
        let own = &mut self.guests[guest];
        own.loading = own.loading.saturating_sub(1);
        own.is_new = false;
        // Of two that load it side by side one is enough, and is a load.
        if own.seen.is_some() {
            return;
        }
        (own.seen, own.aboard) = (sight, sight.is_some() || own.loading > 0);
        (own.turn, own.idle) = (now, now);
        if sight.is_none() {
            return;
        }
        let is_for_nobody = !own.is_busy() && own.wants.is_empty();
        self.load = if self.load.is_zero() { took } else { (self.load + took) / 2 };
        self.made += 1;
        if is_for_nobody {
            self.in_order.loaded_for_nobody(guest, berths);
        }
        self.count();
    }

    /// How many calls go before this one as things stand.
    pub(super) fn ahead(&self, guest: usize, arrival: u64, now: Instant) -> usize {
        let own = &self.guests[guest];
        let before = own.wants.range(..arrival).filter(|(_, want)| want.ready).count();
        let rank = own.rank(now);
        let others = self.guests.iter().enumerate().filter(|(other, theirs)| {
            *other != guest
                && !own.is_aboard(now)
                && (theirs.is_aboard(now) || theirs.rank(now) > rank)
        });
        before + others.map(|(_, theirs)| theirs.wants.len()).sum::<usize>()
    }

    /// Models the host holds at once, if a limit is known.
    pub(super) const fn models_at_once(&self) -> Option<NonZeroUsize> {
        match self.limit {
            Limit::Told(most) => Some(most),
            Limit::Learnt(most) => most,
        }
    }

    /// Loads that were made, and loads that were avoided.
    pub(super) const fn loads(&self) -> (u64, u64) {
        (self.made, self.avoided)
    }

    fn berths(&self) -> Option<usize> {
        self.models_at_once().map(NonZeroUsize::get)
    }

    fn put_down(&mut self, guest: usize, now: Instant) {
        let own = &mut self.guests[guest];
        own.in_use = own.in_use.saturating_sub(1);
        own.idle = now;
    }

    fn over(&mut self, arrival: u64, served: bool) {
        let berths = self.berths();
        self.in_order.over(arrival, served, berths);
        self.count();
    }

    fn count(&mut self) {
        self.avoided = self.avoided.max(self.in_order.loads().saturating_sub(self.made));
    }

    /// Of each model: calls that use it, calls that wait, and whether it is being loaded.
    #[cfg(test)]
    pub(super) fn guests(&self) -> Vec<(usize, usize, bool)> {
        let told = |guest: &Guest| (guest.in_use, guest.wants.len(), guest.loading > 0);
        self.guests.iter().map(told).collect()
    }
}
