use std::{path::Path, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture};
use synod_domain::{DebateId, Timestamp};
use synod_event_log::{Cause, ChainHash, LogError};
use tokio::sync::watch;

use crate::{
    BackupError, BackupReport, OpenError, RestoreError, Restored, SqliteLog, SqliteRecords,
    StoreInspection, StoreOptions, VerifyProgress, VerifyReport,
};

/// Debates and documents in one SQLite database. Clones share it.
///
/// The store stays open until the last clone, [log](SqliteLog) and [record store](SqliteRecords) is gone,
/// or until [`close`](Self::close).
#[derive(Clone, Debug)]
pub struct SqliteStore {
    _private: Arc<()>,
}

impl SqliteStore {
    /// Opens the store in a directory, and creates both if they are missing. Blocks for a few
    /// milliseconds, or for [`lock_wait`](StoreOptions::lock_wait) if another process upgrades the store.
    ///
    /// # Errors
    /// [`OpenError`], with a sentence that says what to do.
    pub fn open(_dir: &Path, _options: StoreOptions) -> Result<Self, OpenError> {
        Ok(Self { _private: Arc::default() })
    }

    /// The log of debates.
    #[must_use]
    pub fn events(&self) -> SqliteLog {
        SqliteLog {}
    }

    /// The documents.
    #[must_use]
    pub fn records(&self) -> SqliteRecords {
        SqliteRecords {}
    }

    /// The data directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        Path::new("")
    }

    /// Resolves with the cause when the store has stopped after a write error. The process should then
    /// end with an error, and recover at its next start. Never resolves otherwise.
    #[must_use]
    pub fn failed(&self) -> BoxFuture<'static, Cause> {
        futures_util::future::pending().boxed()
    }

    /// Whether little space is free on the disk, so that new debates are refused and running ones should
    /// pause. Updated by writes, at most once a second.
    #[must_use]
    pub fn low_on_space(&self) -> watch::Receiver<bool> {
        watch::channel(false).1
    }

    /// Closes the store: waits for the writes that wait, and refuses later ones.
    pub fn close(&self) {}

    /// Returns the hash of a debate's log.
    ///
    /// # Errors
    /// [`LogError::UnknownDebate`], [`LogError::Purged`], [`LogError::Unavailable`].
    pub fn chain(&self, id: DebateId) -> BoxFuture<'_, Result<ChainHash, LogError>> {
        async move { Err(LogError::UnknownDebate(id)) }.boxed()
    }

    /// Writes a backup to a new file, while the store is in use. The file appears when it is complete.
    ///
    /// # Errors
    /// [`BackupError`].
    pub fn backup_to(&self, _path: &Path) -> BoxFuture<'static, Result<BackupReport, BackupError>> {
        async move { Err(BackupError::Unsupported) }.boxed()
    }

    /// Replaces the database of a directory by a backup. The old database stays beside it, with the date
    /// `at` in its name.
    ///
    /// # Errors
    /// [`RestoreError`]; the old database is unchanged.
    pub fn restore(_dir: &Path, _backup: &Path, _at: Timestamp) -> Result<Restored, RestoreError> {
        Err(RestoreError::Unsupported)
    }

    /// Checks the whole database: the file's structure, each event's checksum, sequence number and chain
    /// hash, and each debate's row.
    ///
    /// # Errors
    /// [`LogError::Unavailable`] if the check could not be made. Damage is in the report.
    pub fn verify(
        &self,
        _progress: impl FnMut(VerifyProgress) + Send + 'static,
    ) -> BoxFuture<'static, Result<VerifyReport, LogError>> {
        async move { Ok(VerifyReport::default()) }.boxed()
    }

    /// Looks at a directory without changing it.
    ///
    /// # Errors
    /// [`OpenError::Missing`] if it has no store, and those of [`open`](Self::open).
    pub fn inspect(dir: &Path) -> Result<StoreInspection, OpenError> {
        Err(OpenError::Missing { path: dir.to_owned() })
    }
}
