use std::{
    collections::{BTreeMap, BTreeSet},
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
    /// The tasks of which the record store has an earlier state, or a record although they are gone.
    unsaved: BTreeSet<TaskId>,
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
        tasks.unsaved.insert(task.id);
        tasks.enter_ended(Arc::clone(&task));
        task
    }

    /// Adds an ended task of an earlier process, unless it is there. Returns whether it was added.
    pub(super) fn restore(&self, task: Task, is_recorded: bool) -> bool {
        let mut tasks = self.tasks();
        if tasks.tasks.contains_key(&task.id) {
            return false;
        }
        if !is_recorded {
            tasks.unsaved.insert(task.id);
        }
        tasks.enter_ended(Arc::new(task));
        true
    }

    /// Removes a task that was refused.
    pub(super) fn retract(&self, id: TaskId) {
        let mut tasks = self.tasks();
        tasks.tasks.remove(&id);
        tasks.unsaved.insert(id);
    }

    /// Returns the tasks whose records are out of date, by id. Those that are gone have no task.
    pub(super) fn unsaved(&self) -> Vec<(TaskId, Option<Arc<Task>>)> {
        let tasks = self.tasks();
        tasks.unsaved.iter().map(|id| (*id, tasks.tasks.get(id).cloned())).collect()
    }

    /// Notes that the record of a task has this state now.
    pub(super) fn saved(&self, id: TaskId, recorded: Option<&Arc<Task>>) {
        let mut tasks = self.tasks();
        let is_current = match (tasks.tasks.get(&id), recorded) {
            (Some(current), Some(recorded)) => Arc::ptr_eq(current, recorded),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if is_current {
            tasks.unsaved.remove(&id);
        } else {
            tasks.unsaved.insert(id);
        }
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
    fn enter_ended(&mut self, task: Arc<Task>) {
        self.ended += 1;
        self.size += size(&task);
        self.tasks.insert(task.id, task);
        while self.ended > TaskStore::MOST_ENDED
            || self.size > TaskStore::MOST_BYTES && self.ended > 1
        {
            self.drop_oldest();
        }
    }

    /// Removes the oldest ended task.
    fn drop_oldest(&mut self) {
        let oldest = self.tasks.values().find(|task| task.state.is_final()).cloned();
        if let Some(task) = oldest {
            self.tasks.remove(&task.id);
            self.unsaved.insert(task.id);
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
