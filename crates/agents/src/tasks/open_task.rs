use std::sync::Arc;

use synod_domain::AgentId;
use synod_inference::{ChatError, Phase};
use tokio::time::Instant;

use super::{Task, TaskId, TaskOutput, TaskQueuePosition, TaskState, store::TaskStore};
use crate::{
    AgentOperation, TaskError,
    statistics::{FinishedCall, OpenCall, StatisticsStore},
};

/// A task under way, in the store and in the agent's statistics. Dropping it records the task as
/// cancelled.
pub(super) struct OpenTask<'a> {
    store: &'a TaskStore,
    statistics: &'a StatisticsStore,
    task: Task,
    since: Instant,
    /// `None` once the task has ended.
    open: Option<OpenCall<'a>>,
    /// The task was neither queued nor started.
    is_new: bool,
}

impl<'a> OpenTask<'a> {
    pub(super) fn begin(
        store: &'a TaskStore,
        statistics: &'a StatisticsStore,
        agent: &'a AgentId,
        operation: AgentOperation,
    ) -> Self {
        let task = Task {
            id: TaskId::next(),
            agent: agent.clone(),
            operation,
            accepted_at: statistics.now(),
            state: TaskState::Queued,
            queue_position: None,
            took: None,
        };
        store.begin(task.clone());
        let open = Some(statistics.open(agent));
        Self { store, statistics, task, since: Instant::now(), open, is_new: true }
    }

    /// Records the phase of the task's call.
    pub(super) fn enter(&mut self, phase: Phase) {
        match phase {
            Phase::Queued { ahead, wait } => {
                self.is_new = false;
                let expected_start = wait.map(|wait| self.statistics.now().after(wait));
                self.store.queue(self.task.id, TaskQueuePosition { ahead, expected_start });
            }
            Phase::Away { .. } | Phase::Loading | Phase::Prompting | Phase::Generating => {
                self.mark_running();
            }
        }
    }

    /// Records that the model works on the task.
    pub(super) fn mark_running(&mut self) {
        self.is_new = false;
        self.store.run(self.task.id);
    }

    /// The task as it was accepted.
    pub(super) fn accepted(&self) -> &Task {
        &self.task
    }

    pub(super) fn is_new(&self) -> bool {
        self.is_new
    }

    pub(super) fn complete(self, output: TaskOutput) -> Arc<Task> {
        let finished = match &output {
            TaskOutput::Text(reply) => reply.finished_call(),
            TaskOutput::Vectors { embeddings, .. } => {
                FinishedCall::success(embeddings.prompt_tokens, None, self.since.elapsed())
            }
        };
        self.end(TaskState::Completed(Box::new(output)), finished)
    }

    pub(super) fn fail(self, error: TaskError) -> Arc<Task> {
        if matches!(error, TaskError::Call(ChatError::Deadline { .. })) {
            return self.time_out();
        }
        tracing::info!(task = %self.task.id, agent = %self.task.agent, %error, "a task failed");
        self.end(TaskState::Failed(Box::new(error)), FinishedCall::default())
    }

    pub(super) fn time_out(self) -> Arc<Task> {
        self.end(TaskState::TimedOut, FinishedCall::timed_out())
    }

    /// Removes the task: it was refused.
    pub(super) fn retract(mut self) {
        self.store.retract(self.task.id);
        if let Some(open) = self.open.take() {
            open.retract();
        }
    }

    fn end(mut self, state: TaskState, finished: FinishedCall) -> Arc<Task> {
        // Watchers of the agent see the task as ended.
        let task = self.record(state);
        if let Some(open) = self.open.take() {
            open.close(finished);
        }
        task
    }

    fn record(&self, state: TaskState) -> Arc<Task> {
        let took = Some(self.since.elapsed());
        self.store.end(Task { state, took, ..self.task.clone() })
    }
}

impl Drop for OpenTask<'_> {
    fn drop(&mut self) {
        if self.open.is_some() {
            self.record(TaskState::Cancelled);
        }
    }
}
