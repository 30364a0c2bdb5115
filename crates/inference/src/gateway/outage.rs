use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::Instant};

use super::backoff::Backoff;
use crate::{ChatError, CrashSuspect};

/// The pauses between two tries, unless the host asks for longer ones. A try costs a connection.
const BACKOFF: Backoff =
    Backoff { first: Duration::from_millis(500), longest: Duration::from_secs(5) };

/// The longest pause that a host may ask for: longer than any call waits.
const LONGEST_ASKED: Duration = Duration::from_hours(1);

/// A time in which a host, or a model on it, takes no calls. It begins with a call that meets with
/// it, and ends with one that is served. Meanwhile one call at a time tries, and the others wait.
pub(super) struct Outage(watch::Sender<Option<State>>);

#[derive(Clone)]
struct State {
    /// What the last try met with.
    error: ChatError,
    tries: u32,
    last_try: Instant,
    next_try: Instant,
    /// A call is trying.
    is_tried: bool,
    /// A call has waited for its end as long as it may, and was given up.
    was_given_up: bool,
}

/// What a call learns that has to wait.
#[derive(Clone)]
pub(super) struct Closed {
    pub(super) error: ChatError,
    /// When to ask again if nothing happens before; `None`: another call is trying.
    pub(super) next_try: Option<Instant>,
    /// A call has waited for the end of it as long as it may: the next ones need not wait as long.
    pub(super) was_given_up: bool,
}

/// What a failure shows about outages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// The host cannot be reached.
    HostAway,
    /// The host takes no calls for the model.
    ModelNotReady,
    /// The host takes calls.
    Ready,
    /// Nothing.
    None,
}

/// The one call that tries. Dropping it, when its call was served, has failed or is given up, lets
/// another try.
pub(super) struct Trial(Arc<Outage>);

/// Of the host and of the model, the trials that a call makes for all others that wait.
#[derive(Default)]
pub(super) struct Trials([Option<Trial>; 2]);

impl Outage {
    pub(super) fn none() -> Arc<Self> {
        Arc::new(Self(watch::Sender::new(None)))
    }

    /// A call met with it.
    pub(super) fn met(&self, error: &ChatError) {
        let now = Instant::now();
        self.0.send_if_modified(|state| {
            let tries = match state {
                // Calls that failed together show one thing.
                Some(state) if now < state.next_try => return false,
                Some(state) => state.tries.saturating_add(1),
                None => 1,
            };
            let (last_try, next_try) = (now, now + pause(tries, error.retry_after()));
            let is_tried = state.as_ref().is_some_and(|state| state.is_tried);
            let was_given_up = state.as_ref().is_some_and(|state| state.was_given_up);
            let error = error.clone();
            *state = Some(State { error, tries, last_try, next_try, is_tried, was_given_up });
            true
        });
    }

    /// A call is served.
    pub(super) fn over(&self) {
        self.0.send_if_modified(|state| state.take().is_some());
    }

    /// Why a call may not be made now that tries this `delay` after a try is due; `None`: there is no
    /// outage, or it may try.
    pub(super) fn closed(&self, delay: Duration) -> Option<Closed> {
        let state = self.0.borrow();
        let State { error, next_try, is_tried, was_given_up, .. } = state.as_ref()?;
        let next_try = *next_try + delay;
        let is_due = !is_tried && next_try <= Instant::now();
        let next_try = (!is_tried).then_some(next_try);
        let was_given_up = *was_given_up;
        (!is_due).then(|| Closed { error: error.clone(), next_try, was_given_up })
    }

    /// What the last call met with; `None`: there is no outage.
    pub(super) fn error(&self) -> Option<ChatError> {
        self.0.borrow().as_ref().map(|state| state.error.clone())
    }

    /// The same, if that was not longer ago than this.
    pub(super) fn error_within(&self, time: Duration) -> Option<ChatError> {
        let state = self.0.borrow();
        let State { error, last_try, .. } = state.as_ref()?;
        (last_try.elapsed() < time).then(|| error.clone())
    }

    /// The trial, if a try is due.
    pub(super) fn trial(self: &Arc<Self>) -> Option<Trial> {
        let mut is_due = false;
        self.0.send_if_modified(|state| {
            if let Some(state) = state {
                is_due = !state.is_tried && state.next_try <= Instant::now();
                state.is_tried |= is_due;
            }
            false
        });
        is_due.then(|| Trial(Arc::clone(self)))
    }

    /// A call has waited for its end as long as it may.
    pub(super) fn give_up(&self) {
        self.0.send_if_modified(|state| {
            if let Some(state) = state {
                state.was_given_up = true;
            }
            false
        });
    }

    /// Waits until it begins.
    pub(super) async fn begins(&self) {
        // The sender is here, so that it cannot be gone.
        let _ = self.0.subscribe().wait_for(Option::is_some).await;
    }

    /// The changes from now on.
    pub(super) fn changes(&self) -> Changes {
        Changes(self.0.subscribe())
    }
}

/// The changes of an outage after a certain moment.
pub(super) struct Changes(watch::Receiver<Option<State>>);

impl Sign {
    pub(super) const fn of(error: &ChatError) -> Self {
        match error {
            ChatError::Unreachable { .. } => Self::HostAway,
            ChatError::Overloaded { .. }
            | ChatError::Loading { .. }
            | ChatError::Crashed { suspect: CrashSuspect::Unknown, .. } => Self::ModelNotReady,
            ChatError::SharedContextFull { .. }
            | ChatError::Failed { .. }
            | ChatError::NoReply { .. }
            | ChatError::AllThought { .. }
            | ChatError::Interrupted { .. }
            | ChatError::ContextOverflow { .. }
            | ChatError::OutputLimit { .. }
            | ChatError::Crashed { suspect: CrashSuspect::Prompt | CrashSuspect::Model, .. }
            | ChatError::Filtered { .. }
            | ChatError::Declined { .. }
            | ChatError::ModelNotFound { .. }
            | ChatError::Refused { .. } => Self::Ready,
            ChatError::Deadline { .. }
            | ChatError::Busy { .. }
            | ChatError::NoHostReady { .. }
            | ChatError::AllHostsFailed { .. } => Self::None,
        }
    }
}

impl Closed {
    pub(super) const fn is_loading(&self) -> bool {
        matches!(self.error, ChatError::Loading { .. })
    }
}

impl Changes {
    pub(super) async fn next(mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        self.0.0.send_if_modified(|state| {
            let is_on = state.is_some();
            if let Some(state) = state {
                state.is_tried = false;
            }
            is_on
        });
    }
}

impl Trials {
    /// Of these, none of which is closed.
    pub(super) const fn new(trials: [Option<Trial>; 2]) -> Self {
        Self(trials)
    }

    pub(super) fn are_none(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }
}

/// The pause after this number of tries. A host that asks for a longer one gets it.
fn pause(tries: u32, asked: Option<Duration>) -> Duration {
    let pause = BACKOFF.pause(tries);
    pause.max(asked.unwrap_or_default().min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests;
