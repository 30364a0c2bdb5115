use std::{mem, time::Duration};

use super::Call;
use crate::{
    ChatError, CrashEvidence, CrashSuspect,
    error::{is_lost, says_start},
};

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
    /// The connection was lost at this call.
    lost_connection: bool,
    /// The host was seen to be there before this attempt.
    was_there: bool,
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

    /// Whether the host is to be seen before the call is made again: if it is there, and the connection is
    /// lost each time, it is the call that stops it.
    pub(super) const fn is_host_to_be_seen(&self) -> bool {
        self.crashes.lost_connection && !self.crashes.was_there
    }

    /// The host is there, before an attempt.
    pub(super) const fn host_was_there(&mut self) {
        self.crashes.was_there = true;
    }

    /// Judges whether a process that stopped will come back for this call. It stopped `after` this time,
    /// at a load or a call.
    pub(super) fn count_crash(
        &mut self,
        error: ChatError,
        after: Duration,
        is_load: bool,
    ) -> ChatError {
        let was_there = mem::take(&mut self.crashes.was_there);
        let has_worked = is_load || after >= WORKED;
        if let ChatError::Crashed { host, model, detail, evidence, source, .. } = error {
            let is_start = match evidence {
                // A host that reports what is in its memory starts the process for each call.
                CrashEvidence::Reported => self.model.reports_residency(),
                CrashEvidence::OnlyCallsFail => false,
            };
            let suspect = self.suspect(has_worked || is_start || says_start(&detail));
            return ChatError::Crashed { host, model, detail, evidence, suspect, source };
        }
        let ChatError::Unreachable { host, source } = error else { return error };
        if !is_lost(&*source) {
            return ChatError::Unreachable { host, source };
        }
        // A server that runs the model itself, and is started anew each time.
        self.crashes.lost_connection = true;
        match self.suspect(has_worked || was_there) {
            CrashSuspect::Unknown => ChatError::Unreachable { host, source },
            suspect @ (CrashSuspect::Prompt | CrashSuspect::Model) => {
                self.at_host.only_calls_fail(host, source, suspect)
            }
        }
    }

    /// What makes the process stop that has stopped again.
    fn suspect(&mut self, started: bool) -> CrashSuspect {
        if !self.crashes.met(started, self.state.answered()) {
            CrashSuspect::Unknown
        } else if self.state.has_replied() {
            CrashSuspect::Prompt
        } else {
            CrashSuspect::Model
        }
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
