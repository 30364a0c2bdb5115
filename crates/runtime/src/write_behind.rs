use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use synod_agents::{AgentDirectory, AgentWatch, TaskRunner};
use synod_event_log::LogError;
use tokio::time::sleep;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// The time from a change to its write, which collects the changes in between.
const PAUSE: Duration = Duration::from_secs(1);

/// Stores what no caller waits for: the statistics of agents, and the ends of cancelled tasks.
///
/// Dropping it ends its task without a last write.
pub(crate) struct WriteBehind {
    agents: AgentDirectory,
    tasks: TaskRunner,
    closing: CancellationToken,
    task: Mutex<Option<AbortOnDropHandle<()>>>,
}

impl WriteBehind {
    pub(crate) fn new(agents: AgentDirectory, tasks: TaskRunner) -> Self {
        Self { agents, tasks, closing: CancellationToken::new(), task: Mutex::default() }
    }

    /// Begins to store changes, unless it has begun.
    pub(crate) fn begin(&self) {
        let mut task = self.task();
        if task.is_none() && !self.closing.is_cancelled() {
            let (agents, tasks) = (self.agents.clone(), self.tasks.clone());
            let watch = agents.watch();
            let work = store_changes(agents, tasks, watch, self.closing.clone());
            *task = Some(AbortOnDropHandle::new(tokio::spawn(work)));
        }
    }

    /// Stores what is missing.
    pub(crate) async fn save(&self) -> Result<(), LogError> {
        store(&self.agents, &self.tasks).await
    }

    /// Stores what is missing, and ends.
    pub(crate) async fn close(&self) {
        self.closing.cancel();
        let task = self.task().take();
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the task that stores statistics ended early");
        }
        if let Err(error) = self.save().await {
            tracing::error!(%error, "the last statistics of agents could not be stored");
        }
    }

    fn task(&self) -> MutexGuard<'_, Option<AbortOnDropHandle<()>>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stores changes until the system closes. A write that has begun is completed, since its part of the
/// figures would be counted twice otherwise.
async fn store_changes(
    agents: AgentDirectory,
    tasks: TaskRunner,
    mut watch: AgentWatch,
    closing: CancellationToken,
) {
    // There may be changes from before the watch.
    let (mut is_due, mut has_failed) = (true, false);
    loop {
        let change = async {
            if !is_due {
                watch.changed().await;
            }
            sleep(PAUSE).await;
        };
        tokio::select! { biased;
            () = closing.cancelled() => return,
            () = change => {}
        }
        let stored = store(&agents, &tasks).await;
        is_due = stored.is_err();
        if let Err(error) = &stored
            && !has_failed
        {
            tracing::warn!(%error, "statistics of agents are not stored; trying again every second");
        }
        has_failed = stored.is_err();
    }
}

async fn store(agents: &AgentDirectory, tasks: &TaskRunner) -> Result<(), LogError> {
    tasks.save().await?;
    agents.save().await
}
