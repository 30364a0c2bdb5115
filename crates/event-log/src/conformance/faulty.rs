use std::{
    collections::{HashSet, VecDeque},
    io, mem,
    sync::Arc,
};

use parking_lot::Mutex;

use crate::{Batch, Cause, EventId, EventLog, LogError, LogObserver, LogWrite, Observed};

/// A log whose writes fail on demand, for tests of its writers.
pub type FaultyLog = Observed<dyn EventLog, Faults>;

/// The faults of a [`FaultyLog`]. Each create and each append takes the next one of the queue.
#[derive(Debug, Default)]
pub struct Faults(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<WriteFault>,
    /// The first events of batches whose answers will be lost.
    unanswered: HashSet<EventId>,
    renewals_fail: bool,
    answer_of_claim_is_lost: bool,
}

/// A fault of one create or append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteFault {
    /// The write succeeds.
    None,
    /// The request is lost: nothing is written, and the writer gets [`LogError::Unknown`].
    RequestLost,
    /// The answer is lost: the events are written, and the writer gets [`LogError::Unknown`].
    AnswerLost,
    /// The store has no space left.
    Full,
    /// The store is down.
    Down,
}

impl FaultyLog {
    /// Wraps a log; no write fails until faults are queued.
    pub fn without_faults(log: Arc<dyn EventLog>) -> Self {
        Self::new(log, Faults::default())
    }

    /// Appends faults to the queue.
    pub fn fail(&self, faults: impl IntoIterator<Item = WriteFault>) {
        self.observer().0.lock().queue.extend(faults);
    }

    /// Makes every later renewal of a lease fail, or none.
    pub fn fail_renewals(&self, fail: bool) {
        self.observer().0.lock().renewals_fail = fail;
    }

    /// Loses the answer to the next claim or takeover that the log grants.
    pub fn lose_answer_of_claim(&self) {
        self.observer().0.lock().answer_of_claim_is_lost = true;
    }
}

impl State {
    fn next_fault(&mut self, batch: &Batch) -> Result<(), LogError> {
        match self.queue.pop_front().unwrap_or(WriteFault::None) {
            WriteFault::None => Ok(()),
            WriteFault::RequestLost => Err(LogError::Unknown { source: timed_out() }),
            WriteFault::AnswerLost => {
                self.unanswered.extend(first_event(batch));
                Ok(())
            }
            WriteFault::Full => Err(LogError::Full),
            WriteFault::Down => Err(LogError::Unavailable { source: timed_out() }),
        }
    }
}

impl LogObserver for Faults {
    fn before(&self, write: LogWrite<'_>) -> Result<(), LogError> {
        let mut state = self.0.lock();
        match write {
            LogWrite::Create(batch) | LogWrite::Append(batch) => state.next_fault(batch),
            LogWrite::Renew(_) if state.renewals_fail => {
                Err(LogError::Unavailable { source: timed_out() })
            }
            LogWrite::Import(_)
            | LogWrite::Claim(_)
            | LogWrite::TakeOver(_)
            | LogWrite::Register(_)
            | LogWrite::Renew(_)
            | LogWrite::Deregister(_)
            | LogWrite::Release(_)
            | LogWrite::Purge(_) => Ok(()),
        }
    }

    fn after(&self, write: LogWrite<'_>, error: Option<&LogError>) -> Result<(), LogError> {
        let mut state = self.0.lock();
        let is_lost = match write {
            LogWrite::Create(batch) | LogWrite::Append(batch) => {
                first_event(batch).is_some_and(|id| state.unanswered.remove(&id))
            }
            LogWrite::Claim(_) | LogWrite::TakeOver(_) => {
                mem::take(&mut state.answer_of_claim_is_lost)
            }
            LogWrite::Import(_)
            | LogWrite::Register(_)
            | LogWrite::Renew(_)
            | LogWrite::Deregister(_)
            | LogWrite::Release(_)
            | LogWrite::Purge(_) => false,
        };
        if is_lost && error.is_none() {
            return Err(LogError::Unknown { source: timed_out() });
        }
        Ok(())
    }
}

fn first_event(batch: &Batch) -> Option<EventId> {
    batch.events().first().map(|(id, _)| *id)
}

fn timed_out() -> Cause {
    Arc::new(io::Error::from(io::ErrorKind::TimedOut))
}
