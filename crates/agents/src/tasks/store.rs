use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{QueuePosition, Task, TaskId, TaskState, TaskStatus};

/// The tasks under way, and the newest of those that have ended.
#[derive(Debug, Default)]
pub(super) struct TaskStore(Mutex<Tasks>);

#[derive(Debug, Default)]
struct Tasks {
    tasks: BTreeMap<TaskId, Arc<Task>>,
    ended: usize,
    /// Bytes of all products.
    size: usize,
}

impl TaskStore {
    /// Most tasks that are kept after their end.
    const MOST_ENDED: usize = 1_000;

    /// Most bytes of products that are kept. The newest product is kept whatever its size.
    const MOST_BYTES: usize = 64 << 20;

    pub(super) fn begin(&self, task: Task) {
        self.tasks().tasks.insert(task.id, Arc::new(task));
    }

    /// The task waits, and stands there.
    pub(super) fn queue(&self, id: TaskId, queue_position: QueuePosition) {
        if let Some(task) = self.tasks().tasks.get_mut(&id) {
            Arc::make_mut(task).queue_position = Some(queue_position);
        }
    }

    /// The task has begun to run.
    pub(super) fn run(&self, id: TaskId) {
        if let Some(task) = self.tasks().tasks.get_mut(&id) {
            let task = Arc::make_mut(task);
            (task.state, task.queue_position) = (TaskState::Running, None);
        }
    }

    /// The task has ended.
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

    /// The task was refused, and has never been.
    pub(super) fn retract(&self, id: TaskId) {
        self.tasks().tasks.remove(&id);
    }

    pub(super) fn get(&self, id: TaskId) -> Option<Arc<Task>> {
        self.tasks().tasks.get(&id).cloned()
    }

    /// The newest first.
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
    /// Of those that have ended.
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
        TaskState::Completed(product) => product.size(),
        TaskState::Queued
        | TaskState::Running
        | TaskState::Failed(_)
        | TaskState::TimedOut
        | TaskState::Cancelled => 0,
    }
}
