use std::collections::BTreeSet;

use synod_debate_engine::{DebateHandle, EngineError};
use synod_domain::{CallNo, Event, PausePolicy, Recorded};

use super::stop;

/// Stops a debate once its calls in flight have ended.
#[derive(Default)]
pub(super) struct GracefulStop {
    is_on: bool,
    is_paused: bool,
    open: BTreeSet<CallNo>,
}

impl GracefulStop {
    /// Whether the debate stops.
    pub(super) const fn is_on(&self) -> bool {
        self.is_on
    }

    /// Pauses the debate, so that no further call begins.
    pub(super) async fn begin(&mut self, handle: &DebateHandle) -> Result<(), EngineError> {
        self.is_on = true;
        match handle.pause(PausePolicy::Drain).await {
            // The debate was paused already, so no event will follow.
            Ok(done) if !done.recorded => {
                self.is_paused = true;
                if self.open.is_empty() { stop(handle).await } else { Ok(()) }
            }
            // The debate has ended or not started. The next event shows which.
            Ok(_) | Err(EngineError::Rejected(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Tracks open calls and the pause, and stops the debate when it is paused and no call is open.
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
