use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::{sync::oneshot, time::Instant};

use super::{AdmissionClass, AdmissionQueue, Full, Ticket};

/// The admission queue for tasks: who waits is woken with a [`Permit`].
pub(crate) struct Gate {
    queue: Mutex<AdmissionQueue<oneshot::Sender<Permit>>>,
}

/// How a call comes in.
pub(crate) enum Entry {
    Admitted(Permit),
    Waiting { waiting: Waiting, ahead: usize },
}

/// A place in service. Dropping it hands the place to the next waiter.
pub(crate) struct Permit {
    gate: Arc<Gate>,
}

/// A place in the queue. Dropping it leaves the queue.
pub(crate) struct Waiting {
    gate: Arc<Gate>,
    ticket: Ticket,
    permit: oneshot::Receiver<Permit>,
}

impl Gate {
    pub(crate) fn new(limit: usize, most_waiting: usize) -> Arc<Self> {
        Arc::new(Self { queue: Mutex::new(AdmissionQueue::new(limit, most_waiting)) })
    }

    pub(crate) fn enter(self: &Arc<Self>, class: AdmissionClass) -> Result<Entry, Full> {
        let mut queue = self.queue();
        if queue.try_admit() {
            return Ok(Entry::Admitted(Permit { gate: Arc::clone(self) }));
        }
        let now = Instant::now();
        let (sender, permit) = oneshot::channel();
        let ticket = queue.wait(class, now, sender)?;
        let ahead = queue.ahead(ticket, now);
        drop(queue);
        Ok(Entry::Waiting { waiting: Waiting { gate: Arc::clone(self), ticket, permit }, ahead })
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
    /// Waits for the place. May be dropped and called again.
    pub(crate) async fn permit(&mut self) -> Permit {
        match (&mut self.permit).await {
            Ok(permit) => permit,
            // The queue keeps the sender until it is served or leaves, which only drop does.
            Err(_) => std::future::pending().await,
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let left = self.gate.queue().leave(self.ticket);
        drop(left);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let next = self.gate.queue().release(Instant::now());
        if let Some(next) = next {
            // A waiter that has just gone drops its permit unseen, which brings the place here again.
            drop(next.send(Self { gate: Arc::clone(&self.gate) }));
        }
    }
}
