use std::{
    io,
    path::Path,
    sync::{Arc, atomic::Ordering},
};

use uuid::Uuid;

use futures_util::{FutureExt, future::BoxFuture};
use synod_domain::{DebateId, Timestamp};
use synod_event_log::{Cause, ChainHash, LogError};
use tokio::sync::watch;

use crate::{
    BackupError, BackupReport, Holder, RestoreError, Restored, Shrunk, SqliteLog, SqliteRecords,
    StoreInspection, StoreOpenError, StoreOptions, VerifyProgress, VerifyReport,
    backup::back_up,
    blocking_tasks::BlockingTasks,
    directory::{DataDirectory, HeldFile, remove_stale, running},
    inspection::{inspect, verify_dir},
    leases::Leases,
    log_query::debate,
    migration::open_database,
    open_error::{io_error, no_space_or},
    open_store::OpenStore,
    partials_folder::PartialsFolder,
    readers::Readers,
    reported_damage::ReportedDamage,
    reserve::Reserve,
    restore::{check_backup, restore},
    store_error::StoreError,
    verify::verify,
    watched::Watched,
    writer::{Writer, WriterHealth, WriterSetup},
};

/// How many texts of open calls are read or written at once.
const MOST_IN_FOLDER: usize = 4;

/// Debates and documents in one SQLite database. Clones share it.
///
/// The store stays open until the last clone, [log](SqliteLog) and [record store](SqliteRecords) is gone,
/// or until [`close`](Self::close).
#[derive(Clone, Debug)]
pub struct SqliteStore(Arc<OpenStore>);

impl SqliteStore {
    /// Opens the store in a directory, and creates both if they are missing. Blocks for a few
    /// milliseconds, or for [`lock_wait`](StoreOptions::lock_wait) if another process upgrades the store.
    ///
    /// # Errors
    /// [`StoreOpenError`], with a sentence that says what to do.
    pub fn open(dir: &Path, options: StoreOptions) -> Result<Self, StoreOpenError> {
        let at = DataDirectory::at(dir);
        let reserve = Reserve::at(&at);
        match Self::try_open(dir, options.clone()) {
            // Without the reserve, debates that were running can at least be paused.
            Err(StoreOpenError::NoSpace { .. }) if reserve.release().unwrap_or(false) => {
                Self::try_open(dir, options)
            }
            result => result,
        }
    }

    fn try_open(dir: &Path, options: StoreOptions) -> Result<Self, StoreOpenError> {
        let dir = DataDirectory::prepare(dir, &*options.disk, options.allow_network_fs)?;
        let (db, lock) = open_database(&dir, &options)?;
        let failed = |error| no_space_or(dir.path(), error);
        for folder in [dir.workers(), dir.processes()] {
            remove_stale(&folder).map_err(failed)?;
        }
        let process =
            HeldFile::create(&dir.processes(), &Uuid::now_v7(), Holder::USE).map_err(failed)?;
        // A store without a reserve works.
        if let Err(error) = Reserve::at(&dir).make(&options) {
            tracing::warn!(%error, "the reserve for a full disk could not be made");
        }
        let leases = Arc::new(Leases::new(options.clock.clone(), dir.workers()).map_err(failed)?);
        let partials = PartialsFolder::at(dir.partials());
        if let Err(error) = partials.remove_orphans(&db, &leases) {
            tracing::warn!(%error, "texts that are left of earlier debates could not be removed");
        }
        let (watched, health) = (Watched::default(), WriterHealth::new());
        let reported = Arc::<ReportedDamage>::default();
        let setup = WriterSetup {
            db,
            dir: dir.clone(),
            options: options.clone(),
            leases: Arc::clone(&leases),
            watched: watched.clone(),
            reported: Arc::clone(&reported),
            health: health.clone(),
        };
        let writer = Writer::start(setup).map_err(failed)?;
        let readers = Arc::new(Readers::new(dir.database(), options.lock_wait));
        let store = OpenStore {
            dir,
            options,
            writer,
            readers,
            leases,
            watched,
            reported,
            partials,
            folder_tasks: BlockingTasks::new(MOST_IN_FOLDER),
            health,
            process,
            _lock: lock,
        };
        Ok(Self(Arc::new(store)))
    }

    /// The log of debates.
    #[must_use]
    pub fn events(&self) -> SqliteLog {
        SqliteLog(Arc::clone(&self.0))
    }

    /// The documents.
    #[must_use]
    pub fn records(&self) -> SqliteRecords {
        SqliteRecords(Arc::clone(&self.0))
    }

    /// The data directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.0.dir.path()
    }

    /// The processes that have the store open, this one among them.
    ///
    /// # Errors
    /// [`StoreOpenError::Io`].
    pub fn processes(&self) -> Result<Vec<Holder>, StoreOpenError> {
        running(&self.0.dir).map_err(|error| io_error(self.dir(), error))
    }

    /// Resolves with the cause when the store has stopped after a write error. The process should then
    /// end with an error, and recover at its next start. Never resolves otherwise.
    #[must_use]
    pub fn failed(&self) -> BoxFuture<'static, Cause> {
        let mut failure = self.0.health.failure.subscribe();
        async move {
            let failed =
                failure.wait_for(Option::is_some).await.ok().and_then(|cause| cause.clone());
            match failed {
                Some(cause) => cause,
                None => futures_util::future::pending().await,
            }
        }
        .boxed()
    }

    /// Whether little space is free on the disk, so that debates can neither begin nor be resumed, and
    /// running ones should pause. Updated by writes, at most once a second.
    #[must_use]
    pub fn low_on_space(&self) -> watch::Receiver<bool> {
        self.0.health.is_low.subscribe()
    }

    /// The number of transactions that this process has committed. Each has the writes that waited when it
    /// began.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.0.health.commits.load(Ordering::Relaxed)
    }

    /// Closes the store: completes the pending writes, and refuses later ones.
    pub fn close(&self) {
        self.0.close();
    }

    /// Returns the hash of a debate's log.
    ///
    /// # Errors
    /// [`LogError::UnknownDebate`], [`LogError::Purged`], [`LogError::Unavailable`].
    pub fn chain(&self, id: DebateId) -> BoxFuture<'_, Result<ChainHash, LogError>> {
        let read = move |db: &rusqlite::Connection| Ok(debate(db, id)?.map(|row| row.hash));
        async move { self.0.readers.read(read).await? }.boxed()
    }

    /// Gives the space that deleted debates have left in the database back to the file system, as far as
    /// other processes and the disk allow. Some of it is given back without this while nothing is written.
    ///
    /// # Errors
    /// [`LogError::Unavailable`] if the store has stopped.
    pub fn shrink(&self) -> BoxFuture<'_, Result<Shrunk, LogError>> {
        self.0.writer.shrink().boxed()
    }

    /// Writes a backup to a new file, while the store is in use. The file appears when it is complete, and
    /// was checked as [`verify`](Self::verify) does.
    ///
    /// # Errors
    /// [`BackupError`].
    pub fn backup_to(&self, path: &Path) -> BoxFuture<'static, Result<BackupReport, BackupError>> {
        let (database, lock_wait) = (self.0.dir.database(), self.0.options.lock_wait);
        let path = path.to_owned();
        async move {
            let to = path.clone();
            let task = tokio::task::spawn_blocking(move || back_up(&database, &to, lock_wait));
            task.await.unwrap_or(Err(BackupError::Interrupted { path }))
        }
        .boxed()
    }

    /// Replaces the database of a directory with a backup, or puts it into a new directory. The old database
    /// stays beside it, with the date `at` in its name.
    ///
    /// # Errors
    /// [`RestoreError`]; the old database is unchanged.
    pub fn restore(
        dir: &Path,
        backup: &Path,
        at: Timestamp,
        options: &StoreOptions,
    ) -> Result<Restored, RestoreError> {
        restore(dir, backup, at, options)
    }

    /// Checks a backup as [`verify`](Self::verify) does, and returns how many debates it has. Blocks.
    ///
    /// # Errors
    /// [`StoreOpenError`] if it cannot be restored.
    pub fn check_backup(backup: &Path, options: &StoreOptions) -> Result<u64, StoreOpenError> {
        check_backup(backup, options)
    }

    /// Checks the whole database: the file's structure, each event's checksum, sequence number and chain
    /// hash, each debate's row, and each document.
    ///
    /// # Errors
    /// [`LogError::Unavailable`] if the check could not be made. Damage is in the report.
    pub fn verify(
        &self,
        progress: impl FnMut(VerifyProgress) + Send + 'static,
    ) -> BoxFuture<'static, Result<VerifyReport, LogError>> {
        let (database, lock_wait) = (self.0.dir.database(), self.0.options.lock_wait);
        async move {
            let task = tokio::task::spawn_blocking(move || {
                let failed = |source| StoreError::Sqlite { path: database.clone(), source }.into();
                verify(&database, lock_wait, progress).map_err(failed)
            });
            task.await
                .unwrap_or_else(|error| Err(LogError::Unavailable { source: Arc::new(error) }))
        }
        .boxed()
    }

    /// Checks the database of a directory as [`verify`](Self::verify) does, without opening the store: nothing
    /// is created in the directory.
    ///
    /// # Errors
    /// Those of [`inspect`](Self::inspect). Damage is in the report.
    pub fn verify_dir(
        dir: &Path,
        options: &StoreOptions,
    ) -> BoxFuture<'static, Result<VerifyReport, StoreOpenError>> {
        let (dir, lock_wait) = (dir.to_owned(), options.lock_wait);
        async move {
            let at = dir.clone();
            let task = tokio::task::spawn_blocking(move || verify_dir(&at, lock_wait));
            task.await.unwrap_or_else(|error| Err(io_error(&dir, io::Error::other(error))))
        }
        .boxed()
    }

    /// Looks at a directory without a change of its data. Creates no files in it.
    ///
    /// # Errors
    /// [`StoreOpenError::Missing`] if it has no store, and those of [`open`](Self::open).
    pub fn inspect(dir: &Path) -> Result<StoreInspection, StoreOpenError> {
        inspect(dir, &StoreOptions::default())
    }
}
