use std::{array, cmp::Reverse, collections::HashMap, time::Duration};

use tokio::time::Instant;

use super::{AdmissionClass, Flow, account::Served, fair_queue::FairQueue, flow::Owner};

/// A waiter rises one class each time it has waited this long.
const RISE: Duration = Duration::from_secs(30);

const CLASSES: usize = AdmissionClass::Urgent as usize + 1;

/// How much the cost of the last call counts in the average of all.
const NEWEST: u64 = 4;

/// Who is served next, and who waits; `W` is how a waiter is told.
///
/// A place goes to the class of the waiter that is highest, and of several as high to that of the
/// one that came first. A waiter rises one class per 30 s, so no class starves, and it keeps its
/// arrival: among equals it goes before all that came later. Within the class of that waiter the
/// place goes to the flow whose turn it is, see [`FairQueue`], and in a flow to the call that came
/// first. Nobody in service is pushed out.
///
/// What is asked of it takes time by the number of flows that have calls here, at most all that
/// wait; the order of all is worked out once after each change, if anybody asks.
pub(crate) struct AdmissionQueue<W> {
    limit: usize,
    most_waiting: usize,
    in_service: usize,
    arrivals: u64,
    classes: [FairQueue<W>; CLASSES],
    /// What a call costs on average, in tokens.
    average: Option<u64>,
    /// How many go before each waiter, by its arrival, since the last change.
    positions: Option<HashMap<u64, usize>>,
}

/// A place in the queue.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    class: AdmissionClass,
    owner: Owner,
    arrival: u64,
}

/// A place in service.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    class: AdmissionClass,
    served: Served,
}

/// As many wait as may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full {
    pub(crate) waiting: usize,
}

impl<W> AdmissionQueue<W> {
    /// Serves `limit` at a time, at least one, and lets `most_waiting` wait.
    pub(crate) fn new(limit: usize, most_waiting: usize) -> Self {
        Self {
            limit: limit.max(1),
            most_waiting,
            in_service: 0,
            arrivals: 0,
            classes: array::from_fn(|_| FairQueue::default()),
            average: None,
            positions: None,
        }
    }

    /// Serves so many at a time from now on, at least one.
    pub(crate) fn allow(&mut self, limit: usize) {
        self.limit = limit.max(1);
    }

    /// The waiter that is served next, if there is a free place.
    pub(crate) fn next(&mut self, now: Instant) -> Option<(W, Place)> {
        if self.in_service >= self.limit {
            return None;
        }
        let served = self.serve(now)?;
        self.in_service += 1;
        Some(served)
    }

    /// Takes a free place, if there is one. Nobody waits while a place is free.
    pub(crate) fn try_admit(&mut self, class: AdmissionClass, flow: &Flow) -> Option<Place> {
        if self.in_service >= self.limit {
            return None;
        }
        self.positions = None;
        self.in_service += 1;
        let average = self.average();
        Some(Place { class, served: self.class(class).begin(flow, average) })
    }

    /// Joins the queue.
    pub(crate) fn wait(
        &mut self,
        class: AdmissionClass,
        flow: &Flow,
        now: Instant,
        handle: W,
    ) -> Result<Ticket, Full> {
        let waiting = self.waiting();
        if waiting >= self.most_waiting {
            return Err(Full { waiting });
        }
        self.positions = None;
        let arrival = self.arrivals;
        self.arrivals += 1;
        let average = self.average();
        self.class(class).wait(flow, (arrival, now), average, handle);
        Ok(Ticket { class, owner: flow.owner().clone(), arrival })
    }

    /// Leaves the queue; nothing happens if the ticket was served or has left before.
    pub(crate) fn leave(&mut self, ticket: &Ticket) -> Option<W> {
        let average = self.average();
        let left = self.class(ticket.class).leave(&ticket.owner, ticket.arrival, average);
        if left.is_some() {
            self.positions = None;
        }
        left
    }

    /// Gives up a place after a call that has cost so many tokens (`None`: it was never made): to
    /// the waiter that is returned, or else it is free.
    pub(crate) fn release(
        &mut self,
        place: Place,
        cost: Option<u64>,
        now: Instant,
    ) -> Option<(W, Place)> {
        self.positions = None;
        if let Some(cost) = cost.filter(|cost| *cost > 0) {
            let before = self.average.unwrap_or(cost);
            self.average = Some(before - before / NEWEST + cost / NEWEST);
        }
        let average = self.average();
        self.class(place.class).settle(place.served, cost, average);
        self.in_service = self.in_service.saturating_sub(1);
        self.next(now)
    }

    fn serve(&mut self, now: Instant) -> Option<(W, Place)> {
        let (average, class) = (self.average(), self.next_class(now)?);
        let (handle, served) = self.class(class).serve(average)?;
        self.positions = None;
        Some((handle, Place { class, served }))
    }

    /// How many waiters go before this one as things stand, if it waits: nobody comes or leaves,
    /// and calls cost what they do on average.
    pub(crate) fn ahead(&mut self, ticket: &Ticket, now: Instant) -> Option<usize> {
        if self.positions.is_none() {
            let order = self.order(now).into_iter().zip(0..);
            self.positions = Some(order.collect());
        }
        self.positions.as_ref()?.get(&ticket.arrival).copied()
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.classes.iter().map(FairQueue::waiting).sum()
    }

    /// How many are served.
    pub(crate) fn in_service(&self) -> usize {
        self.in_service
    }

    /// How many flows are remembered.
    #[cfg(test)]
    fn flows(&self) -> usize {
        self.classes.iter().map(FairQueue::flows).sum()
    }

    /// The class of the waiter that is highest.
    fn next_class(&self, now: Instant) -> Option<AdmissionClass> {
        let ranked = ALL.into_iter().filter_map(|class| {
            let oldest = self.classes[class as usize].oldest()?;
            Some((rank(class, oldest, now), class))
        });
        ranked.max().map(|(_, class)| class)
    }

    /// The arrivals of all that wait, in the order in which they would be served now.
    fn order(&self, now: Instant) -> Vec<u64> {
        let average = self.average();
        // Of each class the turns from last to first, each with the oldest of those that are left.
        let mut classes = ALL.map(|class| {
            let mut turns = self.classes[class as usize].order(average);
            turns.reverse();
            let oldest = turns.iter().scan(None, |oldest: &mut Option<_>, turn| {
                *oldest = Some(oldest.map_or(*turn, |oldest| (*turn).min(oldest)));
                *oldest
            });
            let ranks: Vec<_> = oldest.map(|oldest| rank(class, oldest, now)).collect();
            turns.into_iter().map(|(arrival, _)| arrival).zip(ranks).collect::<Vec<_>>()
        });
        let next = || {
            let rank = |turns: &&mut Vec<(u64, Rank)>| turns.last().map(|(_, rank)| *rank);
            let class = classes.iter_mut().max_by_key(rank)?;
            class.pop().map(|(arrival, _)| arrival)
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

const ALL: [AdmissionClass; CLASSES] =
    [AdmissionClass::Low, AdmissionClass::Normal, AdmissionClass::High, AdmissionClass::Urgent];

/// The greater goes first.
type Rank = (u64, Reverse<u64>);

fn rank(class: AdmissionClass, (arrival, since): (u64, Instant), now: Instant) -> Rank {
    let rises = now.saturating_duration_since(since).as_secs() / RISE.as_secs();
    let risen = (class as u64).saturating_add(rises).min(CLASSES as u64 - 1);
    (risen, Reverse(arrival))
}

#[cfg(test)]
mod tests;
