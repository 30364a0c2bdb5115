use std::{fmt, sync::Arc};

use synod_domain::DebateId;
use synod_event_log::{Damage, LogError};

use crate::{
    blocking_tasks::BlockingTasks,
    directory::{DataDirectory, DirectoryLock, HeldFile},
    leases::Leases,
    options::StoreOptions,
    partials_folder::PartialsFolder,
    readers::Readers,
    reported_damage::ReportedDamage,
    store_error::StoreError,
    watched::Watched,
    writer::{Writer, WriterHealth},
};

/// What the parts of an open store share. The last one closes it.
pub(crate) struct OpenStore {
    pub(crate) dir: DataDirectory,
    pub(crate) options: StoreOptions,
    pub(crate) writer: Writer,
    pub(crate) readers: Arc<Readers>,
    pub(crate) leases: Arc<Leases>,
    pub(crate) watched: Watched,
    pub(crate) reported: Arc<ReportedDamage>,
    pub(crate) partials: PartialsFolder,
    /// The work on the texts of open calls.
    pub(crate) folder_tasks: BlockingTasks,
    pub(crate) health: WriterHealth,
    /// Others see who has the store open, and do not replace it.
    pub(crate) process: HeldFile,
    pub(crate) _lock: DirectoryLock,
}

impl OpenStore {
    /// Fails if the store has stopped after a failed write.
    pub(crate) fn check_writes(&self) -> Result<(), LogError> {
        let failure = self.health.failure.borrow().clone();
        let stopped = |source| StoreError::Stopped { path: self.dir.database(), source }.into();
        failure.map_or(Ok(()), |source| Err(stopped(source)))
    }

    /// Reports damage that a read of a debate has met.
    pub(crate) fn report_damage(&self, id: DebateId, error: &LogError) {
        if let LogError::Damaged(cause) = error
            && let Some(StoreError::Damaged { what, .. }) = cause.downcast_ref()
        {
            self.reported.report(&Damage { debate: Some(id), what: what.clone() });
        }
    }

    /// Ends the writes and the subscriptions.
    pub(crate) fn close(&self) {
        // The last connection that may write empties the write-ahead log, if it is the last of all.
        self.readers.close();
        self.writer.close();
    }
}

impl Drop for OpenStore {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for OpenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenStore").field("dir", &self.dir).finish_non_exhaustive()
    }
}
