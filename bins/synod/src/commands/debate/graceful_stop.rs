use std::collections::BTreeSet;

use synod_debate_engine::{DebateHandle, EngineError};
use synod_domain::{CallNo, Event, PausePolicy, Recorded};

use super::stop;

/// Stops a debate as soon as its calls in flight have ended.
#[derive(Default)]
pub(super) struct GracefulStop {
    is_on: bool,
    is_paused: bool,
    open: BTreeSet<CallNo>,
}

impl GracefulStop {
    /// Begins no further call.
    pub(super) async fn begin(&mut self, handle: &DebateHandle) -> Result<(), EngineError> {
        self.is_on = true;
        match handle.pause(PausePolicy::Drain).await {
            // It was paused before, and no event will tell.
            Ok(done) if !done.recorded => {
                self.is_paused = true;
                if self.open.is_empty() { stop(handle).await } else { Ok(()) }
            }
            // A debate that cannot be paused has ended or not partial: the next event shows which.
            Ok(_) | Err(EngineError::Rejected(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Takes note of an event that was shown. The pause itself is one, so it is noticed here if no
    /// call is open.
    pub(super) async fn on_event(
        &mut self,
        recorded: &Recorded,
        handle: &DebateHandle,
    ) -> Result<(), EngineError> {
        if let Event::CallStarted(call) = &recorded.event {
            self.open.insert(call.call);
        }
        if let Some(call) = recorded.event.ends_call() {
            self.open.remove(&call);
        }
        self.is_paused |= self.is_on && matches!(recorded.event, Event::DebatePaused(_));
        if self.is_paused && self.open.is_empty() { stop(handle).await } else { Ok(()) }
    }
}
