mod statistics_record;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use synod_debate_engine::{CallFailure, NoService, Reply, Unserved};
use synod_domain::{AgentId, CallMeta, Clock, FailureCause, Timestamp};
use tokio::time::Instant;

use crate::changes::Changes;
pub(crate) use statistics_record::StatisticsRecord;

/// Figures of an agent's calls, tasks and chats since it was added. Those of calls that were under way
/// when a process was killed are missing.
///
/// `calls` = `open` + `succeeded` + `failed` + `timed_out` + `cancelled`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgentStatistics {
    /// Calls begun.
    pub calls: u64,
    /// Calls under way.
    pub open: u64,
    /// Calls that succeeded.
    pub succeeded: u64,
    /// Calls that failed.
    pub failed: u64,
    /// Calls that reached their time limit.
    pub timed_out: u64,
    /// Calls that were cancelled.
    pub cancelled: u64,
    /// Prompt tokens.
    pub prompt_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Sum of the durations of all successful calls, from request to end.
    pub duration: Duration,
    /// Sum of the times that models worked on successful calls, as reported by hosts.
    pub model_time: Duration,
    /// When a call last began or ended.
    pub last_active_at: Option<Timestamp>,
}

impl AgentStatistics {
    /// Mean duration of a successful call; `None` before the first.
    #[must_use]
    pub fn mean_duration(&self) -> Option<Duration> {
        self.mean(self.duration)
    }

    /// Mean time that the model worked on a successful call; `None` before the first.
    #[must_use]
    pub fn mean_model_time(&self) -> Option<Duration> {
        self.mean(self.model_time)
    }

    /// The sum of both.
    fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            open: self.open.saturating_add(other.open),
            succeeded: self.succeeded.saturating_add(other.succeeded),
            failed: self.failed.saturating_add(other.failed),
            timed_out: self.timed_out.saturating_add(other.timed_out),
            cancelled: self.cancelled.saturating_add(other.cancelled),
            prompt_tokens: self.prompt_tokens.saturating_add(other.prompt_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            duration: self.duration.saturating_add(other.duration),
            model_time: self.model_time.saturating_add(other.model_time),
            last_active_at: self.last_active_at.max(other.last_active_at),
        }
    }

    /// These figures without those of earlier calls, which are part of them.
    fn without(self, earlier: Self) -> Self {
        Self {
            calls: self.calls - earlier.calls,
            open: self.open - earlier.open,
            succeeded: self.succeeded - earlier.succeeded,
            failed: self.failed - earlier.failed,
            timed_out: self.timed_out - earlier.timed_out,
            cancelled: self.cancelled - earlier.cancelled,
            prompt_tokens: self.prompt_tokens - earlier.prompt_tokens,
            output_tokens: self.output_tokens - earlier.output_tokens,
            duration: self.duration.saturating_sub(earlier.duration),
            model_time: self.model_time.saturating_sub(earlier.model_time),
            last_active_at: self.last_active_at,
        }
    }

    /// These figures without the calls under way.
    fn ended(self) -> Self {
        Self { calls: self.calls - self.open, open: 0, ..self }
    }

    fn mean(&self, total: Duration) -> Option<Duration> {
        let calls = u32::try_from(self.succeeded).unwrap_or(u32::MAX);
        total.checked_div(calls)
    }
}

/// The result of a call, and its cost.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FinishedCall {
    pub(crate) outcome: CallOutcome,
    pub(crate) prompt_tokens: u32,
    pub(crate) output_tokens: u32,
    /// Time that the model worked.
    pub(crate) model_time: Duration,
}

/// The outcome of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum CallOutcome {
    Succeeded,
    #[default]
    Failed,
    TimedOut,
}

impl FinishedCall {
    pub(crate) fn success(prompt: Option<u32>, output: Option<u32>, model_time: Duration) -> Self {
        Self {
            outcome: CallOutcome::Succeeded,
            prompt_tokens: prompt.unwrap_or_default(),
            output_tokens: output.unwrap_or_default(),
            model_time,
        }
    }

    pub(crate) fn timed_out() -> Self {
        Self { outcome: CallOutcome::TimedOut, ..Self::default() }
    }
}

/// The statistics of all agents.
pub(crate) struct StatisticsStore {
    clock: Arc<dyn Clock>,
    records: Mutex<HashMap<AgentId, Arc<Record>>>,
    changes: Arc<Changes>,
}

#[derive(Debug, Default)]
struct Record(Mutex<Figures>);

/// The statistics of an agent.
#[derive(Debug, Default)]
struct Figures {
    /// As they are stored.
    stored: AgentStatistics,
    /// Of the calls since then.
    new: AgentStatistics,
}

/// Figures of an agent that are not stored yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnsavedFigures(AgentStatistics);

impl UnsavedFigures {
    /// Returns the sum of these and the stored figures.
    pub(crate) fn added_to(self, stored: Option<StatisticsRecord>) -> AgentStatistics {
        stored.map_or_else(AgentStatistics::default, Into::into).plus(self.0)
    }
}

impl StatisticsStore {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, records: Mutex::default(), changes: Arc::default() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn changes(&self) -> &Arc<Changes> {
        &self.changes
    }

    pub(crate) fn of(&self, id: &AgentId) -> AgentStatistics {
        self.records().get(id).map(|record| record.figures().sum()).unwrap_or_default()
    }

    /// Sets the stored figures of an agent.
    pub(crate) fn restore(&self, id: AgentId, stored: AgentStatistics) {
        self.records().entry(id).or_default().figures().stored = stored;
    }

    /// Returns the figures of an agent that are not stored yet, if there are any.
    pub(crate) fn unsaved(&self, id: &AgentId) -> Option<UnsavedFigures> {
        let ended = self.records().get(id)?.figures().new.ended();
        (ended.calls > 0).then_some(UnsavedFigures(ended))
    }

    /// Records that figures were stored, and the stored sum.
    pub(crate) fn saved(&self, id: &AgentId, saved: UnsavedFigures, stored: AgentStatistics) {
        if let Some(record) = self.records().get(id) {
            let mut figures = record.figures();
            *figures = Figures { stored, new: figures.new.without(saved.0) };
        }
    }

    /// Begins the agent's statistics anew. Calls under way are not part of them.
    pub(crate) fn forget(&self, id: &AgentId) {
        self.records().remove(id);
    }

    /// Records the start of a call, task or chat. If dropped without an end, it counts as cancelled.
    pub(crate) fn open<'a>(&'a self, agent: &'a AgentId) -> OpenCall<'a> {
        let mut records = self.records();
        let record = match records.get(agent) {
            Some(record) => Arc::clone(record),
            None => Arc::clone(records.entry(agent.clone()).or_default()),
        };
        drop(records);
        let call =
            OpenCall { statistics: self, agent, record, since: Instant::now(), ended: false };
        call.note(|figures| {
            figures.calls += 1;
            figures.open += 1;
        });
        call
    }

    fn records(&self) -> MutexGuard<'_, HashMap<AgentId, Arc<Record>>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    fn figures(&self) -> MutexGuard<'_, Figures> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Figures {
    fn sum(&self) -> AgentStatistics {
        self.stored.plus(self.new)
    }
}

/// A call, task or chat under way.
pub(crate) struct OpenCall<'a> {
    statistics: &'a StatisticsStore,
    agent: &'a AgentId,
    record: Arc<Record>,
    since: Instant,
    ended: bool,
}

impl OpenCall<'_> {
    /// Records the end of a call of a debate.
    pub(crate) fn end(self, result: &Result<Reply, CallFailure>) {
        let is_away = |unserved: &Unserved| match unserved.why {
            NoService::Away | NoService::NotReady => true,
            NoService::Busy | NoService::Lost | NoService::Refuses => false,
        };
        if result.as_ref().is_err_and(|failure| failure.unserved.as_ref().is_some_and(is_away)) {
            // The debate repeats the call. This one is dropped and counts as cancelled.
            return;
        }
        let (outcome, meta) = match result {
            Ok(reply) => (CallOutcome::Succeeded, &reply.meta),
            Err(failure) => match failure.cause {
                FailureCause::Deadline => (CallOutcome::TimedOut, &failure.meta),
                FailureCause::ModelError
                | FailureCause::Empty
                | FailureCause::Invalid
                | FailureCause::Context
                | FailureCause::AllThought => (CallOutcome::Failed, &failure.meta),
            },
        };
        let (prompt_tokens, output_tokens) = (meta.prompt_tokens, meta.output_tokens);
        self.close(FinishedCall {
            outcome,
            prompt_tokens,
            output_tokens,
            model_time: model_time(meta),
        });
    }

    /// Records the end of the call.
    pub(crate) fn close(mut self, ended: FinishedCall) {
        self.ended = true;
        let took = self.since.elapsed();
        self.note(|figures| {
            figures.open -= 1;
            figures.prompt_tokens += u64::from(ended.prompt_tokens);
            figures.output_tokens += u64::from(ended.output_tokens);
            match ended.outcome {
                CallOutcome::Succeeded => {
                    figures.succeeded += 1;
                    figures.duration = figures.duration.saturating_add(took);
                    figures.model_time = figures.model_time.saturating_add(ended.model_time);
                }
                CallOutcome::Failed => figures.failed += 1,
                CallOutcome::TimedOut => figures.timed_out += 1,
            }
        });
    }

    /// Removes the call: it was refused.
    pub(crate) fn retract(mut self) {
        self.ended = true;
        self.note(|figures| {
            figures.calls -= 1;
            figures.open -= 1;
        });
    }

    fn note(&self, change: impl FnOnce(&mut AgentStatistics)) {
        let mut figures = self.record.figures();
        change(&mut figures.new);
        figures.new.last_active_at = Some(self.statistics.now());
        drop(figures);
        self.statistics.changes.note(self.agent);
    }
}

impl Drop for OpenCall<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.note(|figures| {
                figures.open -= 1;
                figures.cancelled += 1;
            });
        }
    }
}

fn model_time(meta: &CallMeta) -> Duration {
    [meta.first_token_ms, meta.generation_ms]
        .into_iter()
        .flatten()
        .map(|ms| Duration::from_millis(ms.get().into()))
        .fold(Duration::ZERO, Duration::saturating_add)
}
