use std::{sync::Arc, time::Duration};

use tokio::{
    sync::oneshot,
    time::{Instant, sleep_until},
};

use super::{Gate, Permit, Standing, Ticket};

/// A place in the queue. Dropping it leaves the queue.
pub(crate) struct Waiting {
    gate: Arc<Gate>,
    ticket: Ticket,
    /// As was last told.
    standing: Standing,
    told: Instant,
    permit: oneshot::Receiver<Permit>,
}

/// What a waiter learns.
pub(crate) enum News {
    /// It stands elsewhere now.
    Standing(Standing),
    Admitted(Permit),
}

/// A wait that turns out otherwise is told again after so long.
const TOLD_EVERY: Duration = Duration::from_secs(5);

impl Waiting {
    pub(super) fn new(
        gate: Arc<Gate>,
        ticket: Ticket,
        standing: Standing,
        permit: oneshot::Receiver<Permit>,
    ) -> Self {
        Self { gate, ticket, standing, told: Instant::now(), permit }
    }

    /// Where it stood when that was last told.
    pub(crate) const fn standing(&self) -> Standing {
        self.standing
    }

    /// Waits for the place, or until it stands elsewhere. May be dropped and called again.
    pub(crate) async fn news(&mut self) -> News {
        let gate = Arc::clone(&self.gate);
        loop {
            // Created before the look into the queue, so that no move falls between the two.
            let moved = gate.moved();
            if let Some(standing) = self.look() {
                return News::Standing(standing);
            }
            let again = sleep_until(self.told + TOLD_EVERY);
            tokio::select! {
                permit = &mut self.permit => match permit {
                    Ok(permit) => return News::Admitted(permit.taken()),
                    // The queue keeps the sender until it is served or leaves, which only drop does.
                    Err(_) => std::future::pending().await,
                },
                () = moved => {}
                () = again, if self.standing.wait.is_some() => {}
            }
        }
    }

    /// Where it stands, if that is to be told.
    fn look(&mut self) -> Option<Standing> {
        let now = Instant::now();
        let standing = self.gate.standing(&self.ticket, now)?;
        let is_due = now.saturating_duration_since(self.told) >= TOLD_EVERY;
        if standing.ahead == self.standing.ahead && !is_due {
            return None;
        }
        self.told = now;
        let before = std::mem::replace(&mut self.standing, standing);
        (standing != before).then_some(standing)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.gate.leave(&self.ticket);
    }
}
