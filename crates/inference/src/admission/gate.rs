use parking_lot::{Mutex, MutexGuard};
use std::sync::Arc;

use tokio::{
    sync::{
        Notify,
        futures::Notified,
        oneshot::{self, Sender},
    },
    time::Instant,
};

use super::{
    AdmissionClass, AdmissionQueue, Flow, Full, Permit, Place, ServiceTimes, Standing, Ticket,
    Waiting,
};

/// The admission queue for tasks: who waits is woken with a [`Permit`].
pub(crate) struct Gate {
    state: Mutex<State>,
    /// Woken whenever somebody comes into the queue or leaves it.
    moved: Notify,
}

struct State {
    queue: AdmissionQueue<Sender<Permit>>,
    times: ServiceTimes,
    /// Permits that were ever given.
    calls: u64,
}

/// How a call comes in.
pub(crate) enum Entry {
    Admitted(Permit),
    Waiting(Waiting),
}

impl Gate {
    pub(crate) fn new(limit: usize, most_waiting: usize) -> Arc<Self> {
        let queue = AdmissionQueue::new(limit, most_waiting);
        let state = Mutex::new(State { queue, times: ServiceTimes::default(), calls: 0 });
        Arc::new(Self { state, moved: Notify::new() })
    }

    pub(crate) fn enter(
        self: &Arc<Self>,
        class: AdmissionClass,
        flow: &Flow,
    ) -> Result<Entry, Full> {
        let mut state = self.state();
        if let Some(place) = state.queue.try_admit(class, flow) {
            let permit = self.permit(&mut state, place);
            return Ok(Entry::Admitted(permit.taken()));
        }
        let now = Instant::now();
        let (sender, permit) = oneshot::channel();
        let ticket = state.queue.wait(class, flow, now, sender)?;
        let standing = state.standing(&ticket, now).unwrap_or(Standing { ahead: 0, wait: None });
        drop(state);
        self.moved.notify_waiters();
        Ok(Entry::Waiting(Waiting::new(Arc::clone(self), ticket, standing, permit)))
    }

    /// Serves so many calls at a time from now on, at least one. Calls in service stay.
    pub(crate) fn allow(self: &Arc<Self>, limit: usize) {
        let now = Instant::now();
        let mut state = self.state();
        state.queue.allow(limit);
        let mut permits = Vec::new();
        while let Some((sender, place)) = state.queue.next(now) {
            permits.push((sender, self.permit(&mut state, place)));
        }
        drop(state);
        if !permits.is_empty() {
            for (sender, permit) in permits {
                // A waiter that has just gone drops its permit unseen, which brings the place here again.
                drop(sender.send(permit));
            }
            self.moved.notify_waiters();
        }
    }

    /// Calls in service and calls that wait.
    pub(crate) fn traffic(&self) -> (usize, usize) {
        let State { queue, .. } = &*self.state();
        (queue.in_service(), queue.waiting())
    }

    /// Comes when somebody has come into the queue or left it.
    pub(super) fn moved(&self) -> Notified<'_> {
        self.moved.notified()
    }

    /// Where a waiter stands, if it waits.
    pub(super) fn standing(&self, ticket: &Ticket, now: Instant) -> Option<Standing> {
        self.state().standing(ticket, now)
    }

    pub(super) fn leave(&self, ticket: &Ticket) {
        let left = self.state().queue.leave(ticket);
        if left.is_some() {
            self.moved.notify_waiters();
        }
    }

    /// The host works on the call of this permit.
    pub(super) fn works_on(&self, call: u64) {
        self.state().times.begin(call, Instant::now());
    }

    pub(super) fn release(self: &Arc<Self>, call: u64, place: Place, spent: Option<u64>) {
        let now = Instant::now();
        let mut state = self.state();
        state.times.end(call, now);
        let next = state.queue.release(place, spent, now);
        let next = next.map(|(sender, place)| (sender, self.permit(&mut state, place)));
        drop(state);
        if let Some((sender, permit)) = next {
            // A waiter that has just gone drops its permit unseen, which brings the place here again.
            drop(sender.send(permit));
            self.moved.notify_waiters();
        }
    }

    fn permit(self: &Arc<Self>, state: &mut State, place: Place) -> Permit {
        state.calls += 1;
        Permit::new(Arc::clone(self), state.calls, place)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl State {
    fn standing(&mut self, ticket: &Ticket, now: Instant) -> Option<Standing> {
        let ahead = self.queue.ahead(ticket, now)?;
        let wait = self.times.wait(ahead, self.queue.in_service(), now);
        Some(Standing { ahead, wait })
    }
}
