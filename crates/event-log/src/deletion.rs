use std::sync::Arc;

use synod_domain::DebateId;

use crate::{EventLog, Grades, LogError, RecordStore, share::remove_shares};

/// Deletes a debate, its grade and the links to it permanently, unless it is unfinished and a process drives
/// it: then nothing is changed.
///
/// # Errors
/// Those of [`EventLog::purge_unless_held`] and [`RecordStore::remove`].
pub async fn delete_debate(
    log: &dyn EventLog,
    records: &Arc<dyn RecordStore>,
    id: DebateId,
) -> Result<(), LogError> {
    // First, so that a refusal changes nothing, and links that are made meanwhile are removed.
    log.purge_unless_held(id).await?;
    Grades::new(Arc::clone(records)).remove(id).await?;
    remove_shares(records, id).await
}

#[cfg(test)]
mod tests;
