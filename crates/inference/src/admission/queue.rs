use std::{array, cmp::Reverse, collections::VecDeque, time::Duration};

use tokio::time::Instant;

use super::AdmissionClass;

/// A waiter rises one class each time it has waited this long.
const RISE: Duration = Duration::from_secs(30);

const CLASSES: usize = AdmissionClass::Urgent as usize + 1;

/// Who is served next, and who waits; `W` is how a waiter is told.
///
/// A place goes to the waiter of the highest class, within a class to the first that came. A
/// waiter rises one class per 30 s, so none starves, and it keeps its arrival: among equals it
/// goes before all that came later. Nobody in service is pushed out.
///
/// A waiter of one class never overtakes another of the same class, so each class is a plain
/// queue and only the four heads compete. (Shares between debates would be weighed here too.)
pub(crate) struct AdmissionQueue<W> {
    limit: usize,
    most_waiting: usize,
    in_service: usize,
    arrivals: u64,
    classes: [VecDeque<Waiter<W>>; CLASSES],
}

struct Waiter<W> {
    arrival: u64,
    since: Instant,
    handle: W,
}

/// A place in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    class: AdmissionClass,
    arrival: u64,
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
            classes: array::from_fn(|_| VecDeque::new()),
        }
    }

    /// Takes a free place, if there is one. Nobody waits while a place is free.
    pub(crate) fn try_admit(&mut self) -> bool {
        let free = self.in_service < self.limit;
        self.in_service += usize::from(free);
        free
    }

    /// Joins the queue.
    pub(crate) fn wait(
        &mut self,
        class: AdmissionClass,
        now: Instant,
        handle: W,
    ) -> Result<Ticket, Full> {
        let waiting = self.waiting();
        if waiting >= self.most_waiting {
            return Err(Full { waiting });
        }
        let arrival = self.arrivals;
        self.arrivals += 1;
        self.classes[class as usize].push_back(Waiter { arrival, since: now, handle });
        Ok(Ticket { class, arrival })
    }

    /// Leaves the queue; nothing happens if the ticket was served or has left before.
    pub(crate) fn leave(&mut self, ticket: Ticket) -> Option<W> {
        let class = &mut self.classes[ticket.class as usize];
        let index = class.binary_search_by_key(&ticket.arrival, |waiter| waiter.arrival).ok()?;
        class.remove(index).map(|waiter| waiter.handle)
    }

    /// Gives up a place: to the waiter that is returned, or else it is free.
    pub(crate) fn release(&mut self, now: Instant) -> Option<W> {
        let next = (0..CLASSES)
            .filter_map(|class| Some((rank(class, self.classes[class].front()?, now), class)))
            .max();
        let Some((_, class)) = next else {
            self.in_service = self.in_service.saturating_sub(1);
            return None;
        };
        self.classes[class].pop_front().map(|waiter| waiter.handle)
    }

    /// How many waiters go before this one as things stand, if it waits.
    pub(crate) fn ahead(&self, ticket: Ticket, now: Instant) -> Option<usize> {
        let own = self.classes[ticket.class as usize]
            .iter()
            .find(|waiter| waiter.arrival == ticket.arrival)
            .map(|waiter| rank(ticket.class as usize, waiter, now))?;
        let ranks = (0..CLASSES)
            .flat_map(|class| self.classes[class].iter().map(move |w| rank(class, w, now)));
        Some(ranks.filter(|rank| *rank > own).count())
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.classes.iter().map(VecDeque::len).sum()
    }

    /// How many are served.
    pub(crate) fn in_service(&self) -> usize {
        self.in_service
    }
}

/// The greater goes first.
fn rank<W>(class: usize, waiter: &Waiter<W>, now: Instant) -> (u64, Reverse<u64>) {
    let rises = now.saturating_duration_since(waiter.since).as_secs() / RISE.as_secs();
    let risen = (class as u64).saturating_add(rises).min(CLASSES as u64 - 1);
    (risen, Reverse(waiter.arrival))
}

#[cfg(test)]
mod tests;
