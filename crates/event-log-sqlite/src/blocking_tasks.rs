use std::sync::Arc;

use tokio::{
    sync::Semaphore,
    task::{JoinError, spawn_blocking},
};

/// File operations outside the threads of the runtime, at most a number of them at once.
///
/// An operation counts until it ends, whether its caller still waits for it or not: on a slow disk, callers
/// that give up and come again must not use up the threads.
#[derive(Clone, Debug)]
pub(crate) struct BlockingTasks(Arc<Semaphore>);

impl BlockingTasks {
    pub(crate) fn new(most: usize) -> Self {
        Self(Arc::new(Semaphore::new(most)))
    }

    /// Returns `None` once the tasks are closed.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<Result<T, JoinError>> {
        let permit = Arc::clone(&self.0).acquire_owned().await.ok()?;
        let task = spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        Some(task.await)
    }

    /// Refuses later operations.
    pub(crate) fn close(&self) {
        self.0.close();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_task_counts_until_it_ends_though_its_caller_has_gone() {
        let tasks = BlockingTasks::new(1);
        let (started, has_started) = channel();
        let (end, ends) = channel::<()>();
        let slow = move || {
            started.send(()).unwrap();
            ends.recv().unwrap();
        };
        // The caller polls once, and gives up.
        assert!(tasks.run(slow).now_or_never().is_none());
        has_started.recv().unwrap();
        assert_eq!(tasks.0.available_permits(), 0);
        let mut next = Box::pin(tasks.run(|| 7));
        assert!(next.as_mut().now_or_never().is_none());
        end.send(()).unwrap();
        assert_eq!(next.await.unwrap().unwrap(), 7);
    }

    #[tokio::test]
    async fn closed_tasks_refuse_work() {
        let tasks = BlockingTasks::new(1);
        tasks.close();
        assert!(tasks.is_closed() && tasks.run(|| ()).await.is_none());
    }
}
