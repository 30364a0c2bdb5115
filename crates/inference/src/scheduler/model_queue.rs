use std::{array, collections::HashMap};

use tokio::time::Instant;

use super::{
    fair_share::{Charge, FairQueue},
    flow::{Flow, Owner},
    priority::{AdmissionClass, Arrival, Rank, next_rise, rank},
};

const CLASSES: usize = AdmissionClass::Urgent as usize + 1;

const ALL: [AdmissionClass; CLASSES] =
    [AdmissionClass::Low, AdmissionClass::Normal, AdmissionClass::High, AdmissionClass::Urgent];

/// How much the cost of the last call counts in the average of all: one part in this many.
const NEWEST: u64 = 4;

/// The waiting calls of one model, and its slots; `W` identifies a call.
///
/// A slot goes to the class of the waiting call that ranks highest, and of several equally high to
/// that of the one that arrived first. A call rises one class per
/// [`AGEING_INTERVAL`](super::priority::AGEING_INTERVAL), so no class starves, and it keeps its
/// arrival. Within the class of that call the slot goes to the flow whose turn it is (see
/// [`FairQueue`]), and within the flow to the call that arrived first. A call in service is never
/// pushed out.
///
/// Operations take time in proportion to the number of flows that have calls here; the order of all
/// calls is computed once after each change, if a position is asked for.
pub(super) struct ModelQueue<W> {
    limit: usize,
    max_waiting: usize,
    in_service: usize,
    waiting: usize,
    classes: [FairQueue<W>; CLASSES],
    /// The average cost of a call, in tokens.
    average: Option<u64>,
    /// The number of calls before each waiting call, by its number, since the last change.
    positions: Option<HashMap<u64, usize>>,
}

/// Identifies a waiting call.
#[derive(Clone, Debug)]
pub(super) struct Place {
    class: AdmissionClass,
    owner: Owner,
    number: u64,
}

/// One of the calls that a model serves at a time.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    class: AdmissionClass,
    charge: Charge,
}

impl<W> ModelQueue<W> {
    /// A queue with `limit` slots, at least one, in which at most `max_waiting` calls wait.
    pub(super) fn new(limit: usize, max_waiting: usize) -> Self {
        Self {
            limit: limit.max(1),
            max_waiting,
            in_service: 0,
            waiting: 0,
            classes: array::from_fn(|_| FairQueue::default()),
            average: None,
            positions: None,
        }
    }

    /// Sets the number of slots, at least one. Calls in service stay.
    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit.max(1);
    }

    pub(super) const fn limit(&self) -> usize {
        self.limit
    }

    pub(super) const fn has_free_slot(&self) -> bool {
        self.in_service < self.limit
    }

    /// Whether a further call would have to wait, and as many wait as may.
    pub(super) const fn is_full(&self) -> bool {
        let must_wait = self.waiting > 0 || !self.has_free_slot();
        must_wait && self.waiting >= self.max_waiting
    }

    /// Adds a waiting call. The caller has checked that the queue is not full.
    pub(super) fn push(
        &mut self,
        class: AdmissionClass,
        flow: &Flow,
        arrival: Arrival,
        handle: W,
    ) -> Place {
        self.positions = None;
        self.waiting += 1;
        let average = self.average();
        self.class(class).push(flow, arrival, average, handle);
        Place { class, owner: flow.owner().clone(), number: arrival.0 }
    }

    /// Removes a waiting call; `None` if it was served or removed before.
    pub(super) fn remove(&mut self, place: &Place) -> Option<W> {
        let average = self.average();
        let removed = self.class(place.class).remove(&place.owner, place.number, average)?;
        self.positions = None;
        self.waiting -= 1;
        Some(removed)
    }

    /// Gives a free slot to the call that is next; `None` if there is no slot, or no call.
    pub(super) fn next(&mut self, now: Instant) -> Option<(W, Slot)> {
        if !self.has_free_slot() {
            return None;
        }
        let (average, class) = (self.average(), self.next_class(now)?);
        let (handle, charge) = self.class(class).pop(average)?;
        self.positions = None;
        self.waiting -= 1;
        self.in_service += 1;
        Some((handle, Slot { class, charge }))
    }

    /// Frees the slot of a call that has cost this many tokens; `None`: it was never made.
    pub(super) fn release(&mut self, slot: Slot, cost: Option<u64>) {
        self.positions = None;
        if let Some(cost) = cost.filter(|cost| *cost > 0) {
            let before = self.average.unwrap_or(cost);
            self.average = Some(before - before / NEWEST + cost / NEWEST);
        }
        let average = self.average();
        self.class(slot.class).settle(slot.charge, cost, average);
        self.in_service = self.in_service.saturating_sub(1);
    }

    /// The number of calls that are served before this one, if it waits and no call joins or leaves.
    pub(super) fn ahead(&mut self, place: &Place, now: Instant) -> Option<usize> {
        if self.positions.is_none() {
            let order = self.order(now).into_iter().zip(0..);
            self.positions = Some(order.collect());
        }
        self.positions.as_ref()?.get(&place.number).copied()
    }

    pub(super) const fn waiting(&self) -> usize {
        self.waiting
    }

    pub(super) const fn in_service(&self) -> usize {
        self.in_service
    }

    /// The rank of the call that ranks highest.
    pub(super) fn rank(&self, now: Instant) -> Option<Rank> {
        self.oldest().map(|(class, oldest)| rank(class, oldest, now)).max()
    }

    /// When the rank of a call may change next.
    pub(super) fn next_rise(&self, now: Instant) -> Option<Instant> {
        self.oldest().filter_map(|(class, (_, since))| next_rise(class, since, now)).min()
    }

    /// The highest class of a waiting call, as it was given.
    pub(super) fn highest_class(&self) -> Option<AdmissionClass> {
        self.oldest().map(|(class, _)| class).max()
    }

    /// The arrival of the call that has waited longest.
    pub(super) fn first_arrival(&self) -> Option<Arrival> {
        self.oldest().map(|(_, oldest)| oldest).min()
    }

    /// The number of flows that are remembered.
    #[cfg(test)]
    fn flows(&self) -> usize {
        self.classes.iter().map(FairQueue::flows).sum()
    }

    /// The first arrival of each class with waiting calls.
    fn oldest(&self) -> impl Iterator<Item = (AdmissionClass, Arrival)> {
        let classes = ALL.into_iter().filter(|_| self.waiting > 0);
        classes.filter_map(|class| Some((class, self.classes[class as usize].oldest()?)))
    }

    fn next_class(&self, now: Instant) -> Option<AdmissionClass> {
        let ranked = self.oldest().map(|(class, oldest)| (rank(class, oldest, now), class));
        ranked.max().map(|(_, class)| class)
    }

    /// The numbers of all waiting calls, in the order in which they would be served now.
    fn order(&self, now: Instant) -> Vec<u64> {
        let average = self.average();
        // Of each class the calls from last to first, each with the rank of the oldest of those that
        // are not served before it.
        let mut classes = ALL.map(|class| {
            let mut arrivals = self.classes[class as usize].order(average);
            arrivals.reverse();
            let oldest = arrivals.iter().scan(None, |oldest: &mut Option<_>, arrival| {
                *oldest = Some(oldest.map_or(*arrival, |oldest| (*arrival).min(oldest)));
                *oldest
            });
            let ranks: Vec<_> = oldest.map(|oldest| rank(class, oldest, now)).collect();
            arrivals.into_iter().map(|(number, _)| number).zip(ranks).collect::<Vec<_>>()
        });
        let next = || {
            let rank = |calls: &&mut Vec<(u64, Rank)>| calls.last().map(|(_, rank)| *rank);
            let class = classes.iter_mut().max_by_key(rank)?;
            class.pop().map(|(number, _)| number)
        };
        std::iter::from_fn(next).collect()
    }

    fn average(&self) -> u64 {
        self.average.unwrap_or_default()
    }

    fn class(&mut self, class: AdmissionClass) -> &mut FairQueue<W> {
        &mut self.classes[class as usize]
    }
}

#[cfg(test)]
mod tests;
