use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Task, TaskId, TaskQueuePosition, TaskState, TaskStatus};

/// The tasks under way, and the newest of the ended ones.
#[derive(Debug, Default)]
pub(super) struct TaskStore(Mutex<Tasks>);

#[derive(Debug, Default)]
struct Tasks {
    tasks: BTreeMap<TaskId, Arc<Task>>,
    ended: usize,
    /// Bytes of all outputs.
    size: usize,
}

impl TaskStore {
    /// The maximum number of ended tasks that are kept.
    const MOST_ENDED: usize = 1_000;

    /// The maximum number of bytes of outputs that are kept. The newest output is kept whatever its size.
    const MOST_BYTES: usize = 64 << 20;

    pub(super) fn begin(&self, task: Task) {
        self.tasks().tasks.insert(task.id, Arc::new(task));
    }

    /// Records that the task waits, and its place in the queue.
    pub(super) fn queue(&self, id: TaskId, queue_position: TaskQueuePosition) {
        if let Some(task) = self.tasks().tasks.get_mut(&id) {
            Arc::make_mut(task).queue_position = Some(queue_position);
        }
    }

    /// Records that the task has begun to run.
    pub(super) fn run(&self, id: TaskId) {
        if let Some(task) = self.tasks().tasks.get_mut(&id) {
            let task = Arc::make_mut(task);
            (task.state, task.queue_position) = (TaskState::Running, None);
        }
    }

    /// Records the end of the task.
    pub(super) fn end(&self, task: Task) -> Arc<Task> {
        let task = Arc::new(task);
        let mut tasks = self.tasks();
        tasks.tasks.insert(task.id, Arc::clone(&task));
        tasks.ended += 1;
        tasks.size += size(&task);
        while tasks.ended > Self::MOST_ENDED || tasks.size > Self::MOST_BYTES && tasks.ended > 1 {
            tasks.drop_oldest();
        }
        task
    }

    /// Removes a task that was refused.
    pub(super) fn retract(&self, id: TaskId) {
        self.tasks().tasks.remove(&id);
    }

    pub(super) fn get(&self, id: TaskId) -> Option<Arc<Task>> {
        self.tasks().tasks.get(&id).cloned()
    }

    /// Newest first.
    pub(super) fn list(&self, status: Option<TaskStatus>, limit: usize) -> Vec<Arc<Task>> {
        let tasks = self.tasks();
        let tasks = tasks.tasks.values().rev();
        let wanted = |task: &&Arc<Task>| status.is_none_or(|status| task.state.status() == status);
        tasks.filter(wanted).take(limit).cloned().collect()
    }

    fn tasks(&self) -> MutexGuard<'_, Tasks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tasks {
    /// Removes the oldest ended task.
    fn drop_oldest(&mut self) {
        let oldest = self.tasks.values().find(|task| task.state.is_final()).cloned();
        if let Some(task) = oldest {
            self.tasks.remove(&task.id);
            self.size -= size(&task);
        }
        self.ended -= 1;
    }
}

fn size(task: &Task) -> usize {
    match &task.state {
        TaskState::Completed(output) => output.size(),
        TaskState::Queued
        | TaskState::Running
        | TaskState::Failed(_)
        | TaskState::TimedOut
        | TaskState::Cancelled => 0,
    }
}
