mod grant;

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep_until};

pub(crate) use self::grant::{Grant, ResidencyCheck};
use super::{
    ModelScheduler,
    core::{Input, View},
    ids::CallId,
};
use crate::Phase;

/// The longest time between two updates of a wait whose estimate has changed.
const UPDATE_INTERVAL: Duration = Duration::from_secs(5);

/// A call known to the scheduler. Dropping it ends the call, whatever its state: what it had goes to
/// the next.
struct ScheduledCall {
    scheduler: Arc<ModelScheduler>,
    call: CallId,
    /// Tokens that the call has cost so far; `None`: it was not granted yet.
    cost: Option<u64>,
    /// How long the model stays in memory after a use.
    keep_alive: Duration,
}

/// A call that waits for its grant. Dropping it leaves the queue.
pub(crate) struct Ticket {
    /// `None`: it was granted.
    scheduled: Option<ScheduledCall>,
    /// As last reported; `None`: not reported yet.
    position: Option<TicketPosition>,
    reported: Instant,
}

/// Where a call is in the queue of its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TicketPosition {
    /// The number of calls that go first.
    pub(crate) ahead: usize,
    /// The time until it is served, as far as it can be estimated.
    pub(crate) wait: Option<Duration>,
}

/// What a waiting call learns.
pub(crate) enum QueueUpdate {
    /// Its position has changed.
    Position(TicketPosition),
    Granted(Grant),
}

impl ScheduledCall {
    fn step(&self, input: Input) {
        self.scheduler.step(input);
    }
}

impl Drop for ScheduledCall {
    fn drop(&mut self) {
        let stays_until = super::stays_until(self.keep_alive);
        self.step(Input::End { call: self.call, cost: self.cost, stays_until });
    }
}

impl Ticket {
    /// Of a call that has arrived.
    pub(super) fn new(scheduler: Arc<ModelScheduler>, call: CallId) -> Self {
        Self::of(ScheduledCall { scheduler, call, cost: None, keep_alive: Duration::MAX })
    }

    fn of(scheduled: ScheduledCall) -> Self {
        Self { scheduled: Some(scheduled), position: None, reported: Instant::now() }
    }

    /// Ends a pause: the call wants its model again.
    pub(crate) fn resume(&self) {
        if let Some(scheduled) = &self.scheduled {
            scheduled.step(Input::Resume { call: scheduled.call });
        }
    }

    /// Waits for the grant, whatever the position.
    pub(crate) async fn granted(mut self) -> Grant {
        loop {
            match self.update().await {
                QueueUpdate::Granted(grant) => return grant,
                QueueUpdate::Position(_) => {}
            }
        }
    }

    /// Waits for the grant, or until the position has changed. May be dropped and called again. The
    /// first update is at once; none follows the grant.
    pub(crate) async fn update(&mut self) -> QueueUpdate {
        let Some(scheduled) = &self.scheduled else { return std::future::pending().await };
        let scheduler = Arc::clone(&scheduled.scheduler);
        let call = scheduled.call;
        loop {
            // Created before the look, so that no change falls between the two.
            let changed = scheduler.changed();
            let (ahead, wait, retry_at) = match scheduler.view(call) {
                Some(View::Granted(before_use)) => match self.scheduled.take() {
                    Some(scheduled) => {
                        return QueueUpdate::Granted(Grant::new(scheduled, before_use));
                    }
                    None => return std::future::pending().await,
                },
                Some(View::Waiting { ahead, wait, retry_at }) => (ahead, wait, retry_at),
                // Only dropping `scheduled` ends the call.
                None => return std::future::pending().await,
            };
            if let Some(position) = self.due_report(TicketPosition { ahead, wait }) {
                return QueueUpdate::Position(position);
            }
            let report_at = wait.map(|_| self.reported + UPDATE_INTERVAL);
            let is_retry_due = match retry_at.into_iter().chain(report_at).min() {
                Some(at) => tokio::select! {
                    () = changed => false,
                    () = sleep_until(at) => true,
                },
                None => {
                    changed.await;
                    false
                }
            };
            if is_retry_due {
                scheduler.step(Input::Tick);
            }
        }
    }

    /// The position, if it is to be reported.
    fn due_report(&mut self, position: TicketPosition) -> Option<TicketPosition> {
        let now = Instant::now();
        let is_due = now.saturating_duration_since(self.reported) >= UPDATE_INTERVAL;
        let has_advanced = self.position.is_none_or(|before| before.ahead != position.ahead);
        if !has_advanced && !is_due {
            return None;
        }
        self.reported = now;
        let before = self.position.replace(position);
        (before != Some(position)).then_some(position)
    }
}

impl From<TicketPosition> for Phase {
    fn from(TicketPosition { ahead, wait }: TicketPosition) -> Self {
        Self::Queued { ahead, wait }
    }
}
