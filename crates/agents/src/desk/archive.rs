use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{InLine, Task, TaskId, TaskState, TaskStatus};

/// The tasks under way, and the newest of those that have ended.
#[derive(Debug, Default)]
pub(super) struct Archive(Mutex<Shelf>);

#[derive(Debug, Default)]
struct Shelf {
    tasks: BTreeMap<TaskId, Arc<Task>>,
    ended: usize,
    /// Bytes of all products.
    size: usize,
}

impl Archive {
    /// Most tasks that are kept after their end.
    const MOST_ENDED: usize = 1_000;

    /// Most bytes of products that are kept. The newest product is kept whatever its size.
    const MOST_BYTES: usize = 64 << 20;

    pub(super) fn begin(&self, task: Task) {
        self.shelf().tasks.insert(task.id, Arc::new(task));
    }

    /// The task waits, and stands there.
    pub(super) fn queue(&self, id: TaskId, in_line: InLine) {
        if let Some(task) = self.shelf().tasks.get_mut(&id) {
            Arc::make_mut(task).in_line = Some(in_line);
        }
    }

    /// The task has begun to run.
    pub(super) fn run(&self, id: TaskId) {
        if let Some(task) = self.shelf().tasks.get_mut(&id) {
            let task = Arc::make_mut(task);
            (task.state, task.in_line) = (TaskState::Running, None);
        }
    }

    /// The task has ended.
    pub(super) fn end(&self, task: Task) -> Arc<Task> {
        let task = Arc::new(task);
        let mut shelf = self.shelf();
        shelf.tasks.insert(task.id, Arc::clone(&task));
        shelf.ended += 1;
        shelf.size += size(&task);
        while shelf.ended > Self::MOST_ENDED || shelf.size > Self::MOST_BYTES && shelf.ended > 1 {
            shelf.drop_oldest();
        }
        task
    }

    /// The task was refused, and has never been.
    pub(super) fn retract(&self, id: TaskId) {
        self.shelf().tasks.remove(&id);
    }

    pub(super) fn get(&self, id: TaskId) -> Option<Arc<Task>> {
        self.shelf().tasks.get(&id).cloned()
    }

    /// The newest first.
    pub(super) fn list(&self, status: Option<TaskStatus>, limit: usize) -> Vec<Arc<Task>> {
        let shelf = self.shelf();
        let tasks = shelf.tasks.values().rev();
        let wanted = |task: &&Arc<Task>| status.is_none_or(|status| task.state.status() == status);
        tasks.filter(wanted).take(limit).cloned().collect()
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelf {
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
