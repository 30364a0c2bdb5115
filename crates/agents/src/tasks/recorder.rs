use std::{sync::Arc, time::Duration};

use futures_util::future::try_join_all;
use synod_domain::Timestamp;
use synod_event_log::{LogError, TypedRecords};

use super::{
    TIME_LIMIT, Task, TaskId,
    store::TaskStore,
    task_record::{TaskOwner, TaskRecord},
};

/// The time that the end of a task may take beyond its time limit.
const MARGIN: Duration = Duration::from_mins(1);

/// Stores the records of tasks.
pub(super) struct TaskRecorder {
    records: TypedRecords,
    process: Arc<str>,
}

impl TaskRecorder {
    pub(super) fn new(records: TypedRecords, process: Arc<str>) -> Self {
        Self { records, process }
    }

    /// Stores a task with this time limit.
    pub(super) async fn record(&self, task: &Task, limit: Duration) -> Result<(), LogError> {
        self.records.put([(task.id.to_string(), self.record_of(task, limit))]).await
    }

    /// Stores the tasks whose records are out of date.
    pub(super) async fn save(&self, tasks: &TaskStore) -> Result<(), LogError> {
        let unsaved = tasks.unsaved();
        let (kept, gone): (Vec<_>, Vec<_>) =
            unsaved.into_iter().partition(|(_, task)| task.is_some());
        let documents = kept.iter().filter_map(|(id, task)| {
            Some((id.to_string(), self.record_of(task.as_deref()?, TIME_LIMIT)))
        });
        self.records.put(documents).await?;
        for (id, task) in &kept {
            tasks.saved(*id, task.as_ref());
        }
        try_join_all(gone.into_iter().map(async |(id, _)| {
            self.records.remove::<TaskRecord>(id.to_string()).await?;
            tasks.saved(id, None);
            Ok(())
        }))
        .await?;
        Ok(())
    }

    /// Reads the tasks of earlier processes.
    pub(super) async fn load(
        &self,
        tasks: &TaskStore,
        now: Timestamp,
        is_running: impl Fn(&str) -> bool,
    ) -> Result<(), LogError> {
        // A task beyond its time limit has ended, so that an error of `is_running` does not last.
        let may_run = |owner: &TaskOwner| {
            owner.process != self.process && now < owner.ends_by && is_running(&owner.process)
        };
        let mut unfinished = 0_usize;
        for (key, record) in self.records.all::<TaskRecord>().await? {
            let owner = record.owner();
            if owner.is_some_and(may_run) {
                continue;
            }
            let is_recorded = owner.is_none();
            let task = key.parse::<TaskId>().ok().and_then(|id| record.into_task(id));
            let Some(task) = task else {
                tracing::warn!(
                    kind = "task",
                    key,
                    "skipped a document that is no task of this version"
                );
                continue;
            };
            let is_new = tasks.restore(task, is_recorded);
            unfinished += usize::from(is_new && !is_recorded);
        }
        if unfinished > 0 {
            tracing::warn!(tasks = unfinished, "tasks failed because their process had ended");
        }
        Ok(())
    }

    fn record_of(&self, task: &Task, limit: Duration) -> TaskRecord {
        let ends_by = task.accepted_at.after(limit.saturating_add(MARGIN));
        TaskRecord::new(task, TaskOwner { process: Arc::clone(&self.process), ends_by })
    }
}
