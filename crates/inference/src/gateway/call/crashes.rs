use std::time::Duration;

use super::Call;
use crate::{ChatError, CrashSuspect};

/// A process that stops later than this after it was asked had begun to work on the call, or to load.
const WORKED: Duration = Duration::from_secs(2);

/// Times that the process of a model may stop at one call, having run between.
const MOST: u32 = 3;

/// A call at which the process stopped lets others try first for this time: whether they are served
/// shows whether it is the prompt that stops the process.
const TRY_DELAY: Duration = Duration::from_millis(100);

/// How often the process of the model stopped at a call.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Crashes {
    times: u32,
    /// The answers of the model when it stopped last.
    answered: u64,
}

impl Crashes {
    /// The process stopped, when the model had answered so often. If it was `started` for this call, or has
    /// served others since it stopped last, the call counts. Returns whether it has stopped too often.
    fn met(&mut self, started: bool, answered: u64) -> bool {
        if self.times == 0 || started || self.answered != answered {
            self.times += 1;
        }
        self.answered = answered;
        self.times >= MOST
    }
}

impl Call {
    /// How long after a try of its model is due this call may be the one that tries.
    pub(in crate::gateway) const fn try_delay(&self) -> Duration {
        if self.crashes.times == 0 { Duration::ZERO } else { TRY_DELAY }
    }

    /// Judges whether a process that stopped will come back for this call. It stopped `after` this time.
    pub(super) fn count_crash(&mut self, error: ChatError, after: Duration) -> ChatError {
        let ChatError::Crashed { host, model, detail, source, .. } = error else { return error };
        // A host that reports what is in its memory starts the process for each load or call.
        let started = after >= WORKED || self.model.reports_residency();
        let suspect = if !self.crashes.met(started, self.state.answered()) {
            CrashSuspect::Unknown
        } else if self.state.has_replied() {
            CrashSuspect::Prompt
        } else {
            CrashSuspect::Model
        };
        ChatError::Crashed { host, model, detail, suspect, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopped_process_is_not_blamed_on_the_call() {
        let mut away = Crashes::default();
        assert!((0..100).all(|_| !away.met(false, 7)), "it has not come back");
        let mut served = Crashes::default();
        assert_eq!([1, 2, 3].map(|answered| served.met(false, answered)), [false, false, true]);
        let mut works = Crashes::default();
        assert_eq!([(); 3].map(|()| works.met(true, 7)), [false, false, true]);
    }
}
