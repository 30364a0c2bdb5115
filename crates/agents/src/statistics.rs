use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use synod_debate_engine::{CallFailure, Reply};
use synod_domain::{AgentId, CallMeta, FailureCause};
use tokio::time::Instant;

/// What an agent has done since the program began.
///
/// `calls` = `open` + `succeeded` + `failed` + `timed_out` + `cancelled`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgentStatistics {
    /// Calls begun.
    pub calls: u64,
    /// Calls under way.
    pub open: u64,
    /// Calls that brought a whole reply.
    pub succeeded: u64,
    /// Calls that brought none.
    pub failed: u64,
    /// Calls whose clock ran out.
    pub timed_out: u64,
    /// Calls that were dropped.
    pub cancelled: u64,
    /// Tokens read.
    pub prompt_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// Time from asking to the end, of all calls that succeeded.
    pub duration: Duration,
    /// Time that the model worked on the calls that succeeded, as far as it was told.
    pub model_time: Duration,
}

impl AgentStatistics {
    /// Mean time from asking to the whole reply; `None` before the first.
    #[must_use]
    pub fn mean_duration(&self) -> Option<Duration> {
        self.mean(self.duration)
    }

    /// Mean time that the model worked on a call; `None` before the first.
    #[must_use]
    pub fn mean_model_time(&self) -> Option<Duration> {
        self.mean(self.model_time)
    }

    fn mean(&self, total: Duration) -> Option<Duration> {
        let calls = u32::try_from(self.succeeded).unwrap_or(u32::MAX);
        total.checked_div(calls)
    }

    fn spend(&mut self, meta: &CallMeta) {
        self.prompt_tokens += u64::from(meta.prompt_tokens);
        self.output_tokens += u64::from(meta.output_tokens);
    }
}

/// The statistics of all agents.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<HashMap<AgentId, AgentStatistics>>);

impl Ledger {
    pub(crate) fn of(&self, id: &AgentId) -> AgentStatistics {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(id).copied().unwrap_or_default()
    }

    /// A call begins. It counts as cancelled if it is dropped without an end.
    pub(crate) fn open<'a>(&'a self, agent: &'a AgentId) -> OpenCall<'a> {
        self.note(agent, |entry| {
            entry.calls += 1;
            entry.open += 1;
        });
        OpenCall { ledger: self, agent, since: Instant::now(), ended: false }
    }

    fn note(&self, agent: &AgentId, change: impl FnOnce(&mut AgentStatistics)) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get_mut(agent) {
            Some(entry) => change(entry),
            None => change(all.entry(agent.clone()).or_default()),
        }
    }
}

/// A call under way.
pub(crate) struct OpenCall<'a> {
    ledger: &'a Ledger,
    agent: &'a AgentId,
    since: Instant,
    ended: bool,
}

impl OpenCall<'_> {
    pub(crate) fn end(mut self, result: &Result<Reply, CallFailure>) {
        self.ended = true;
        let took = self.since.elapsed();
        self.ledger.note(self.agent, |entry| {
            entry.open -= 1;
            match result {
                Ok(reply) => {
                    entry.succeeded += 1;
                    entry.spend(&reply.meta);
                    entry.duration = entry.duration.saturating_add(took);
                    entry.model_time = entry.model_time.saturating_add(model_time(&reply.meta));
                }
                Err(failure) => {
                    entry.spend(&failure.meta);
                    match failure.cause {
                        FailureCause::Deadline => entry.timed_out += 1,
                        FailureCause::ModelError
                        | FailureCause::Empty
                        | FailureCause::Invalid
                        | FailureCause::Context => entry.failed += 1,
                    }
                }
            }
        });
    }
}

impl Drop for OpenCall<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.ledger.note(self.agent, |entry| {
                entry.open -= 1;
                entry.cancelled += 1;
            });
        }
    }
}

fn model_time(meta: &CallMeta) -> Duration {
    [meta.first_token_ms, meta.generation_ms]
        .into_iter()
        .flatten()
        .map(Duration::from_millis)
        .fold(Duration::ZERO, Duration::saturating_add)
}
