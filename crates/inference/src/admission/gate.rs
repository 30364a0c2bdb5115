use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::{
    sync::{Notify, oneshot},
    time::Instant,
};

use super::{AdmissionClass, AdmissionQueue, Full, Ticket};

/// The admission queue for tasks: who waits is woken with a [`Permit`].
pub(crate) struct Gate {
    queue: Mutex<AdmissionQueue<oneshot::Sender<Permit>>>,
    /// Woken whenever somebody comes into the queue or leaves it.
    moved: Notify,
}

/// How a call comes in.
pub(crate) enum Entry {
    Admitted(Permit),
    Waiting(Waiting),
}

/// A place in service. Dropping it hands the place to the next waiter.
pub(crate) struct Permit {
    gate: Arc<Gate>,
}

/// A place in the queue. Dropping it leaves the queue.
pub(crate) struct Waiting {
    gate: Arc<Gate>,
    ticket: Ticket,
    /// How many go first, as was last told.
    ahead: usize,
    permit: oneshot::Receiver<Permit>,
}

/// What a waiter learns.
pub(crate) enum News {
    /// So many go first now.
    Ahead(usize),
    Admitted(Permit),
}

impl Gate {
    pub(crate) fn new(limit: usize, most_waiting: usize) -> Arc<Self> {
        let queue = Mutex::new(AdmissionQueue::new(limit, most_waiting));
        Arc::new(Self { queue, moved: Notify::new() })
    }

    pub(crate) fn enter(self: &Arc<Self>, class: AdmissionClass) -> Result<Entry, Full> {
        let mut queue = self.queue();
        if queue.try_admit() {
            return Ok(Entry::Admitted(Permit { gate: Arc::clone(self) }));
        }
        let now = Instant::now();
        let (sender, permit) = oneshot::channel();
        let ticket = queue.wait(class, now, sender)?;
        let ahead = queue.ahead(ticket, now).unwrap_or_default();
        drop(queue);
        self.moved.notify_waiters();
        Ok(Entry::Waiting(Waiting { gate: Arc::clone(self), ticket, ahead, permit }))
    }

    /// Calls in service and calls that wait.
    pub(crate) fn traffic(&self) -> (usize, usize) {
        let queue = self.queue();
        (queue.in_service(), queue.waiting())
    }

    fn queue(&self) -> MutexGuard<'_, AdmissionQueue<oneshot::Sender<Permit>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// How many go first.
    pub(crate) const fn ahead(&self) -> usize {
        self.ahead
    }

    /// Waits for the place, however many go first.
    pub(crate) async fn permit(&mut self) -> Permit {
        loop {
            if let News::Admitted(permit) = self.news().await {
                return permit;
            }
        }
    }

    /// Waits for the place, or until another number goes first. May be dropped and called again.
    pub(crate) async fn news(&mut self) -> News {
        loop {
            // Created before the look into the queue, so that no move falls between the two.
            let moved = self.gate.moved.notified();
            let ahead = self.gate.queue().ahead(self.ticket, Instant::now());
            if let Some(ahead) = ahead.filter(|ahead| *ahead != self.ahead) {
                self.ahead = ahead;
                return News::Ahead(ahead);
            }
            tokio::select! {
                permit = &mut self.permit => match permit {
                    Ok(permit) => return News::Admitted(permit),
                    // The queue keeps the sender until it is served or leaves, which only drop does.
                    Err(_) => std::future::pending().await,
                },
                () = moved => {}
            }
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let left = self.gate.queue().leave(self.ticket);
        if left.is_some() {
            self.gate.moved.notify_waiters();
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let next = self.gate.queue().release(Instant::now());
        if let Some(next) = next {
            // A waiter that has just gone drops its permit unseen, which brings the place here again.
            drop(next.send(Self { gate: Arc::clone(&self.gate) }));
            self.gate.moved.notify_waiters();
        }
    }
}
