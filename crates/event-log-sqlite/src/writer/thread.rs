mod checkpoints;
mod free_space;
mod open_files;
mod polls;
mod shrinking;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::Duration,
};

use rusqlite::{Connection, ErrorCode};
use synod_event_log::{Cause, LogError};

use self::open_files::OpenFiles;
use super::{
    Message, WriterHealth,
    context::{Effects, Held, WriteContext},
    job::Job,
};
use crate::{
    database::Checkpoint,
    directory::{DataDirectory, is_held, remove},
    leases::Leases,
    monotonic::monotonic,
    options::StoreOptions,
    reported_damage::ReportedDamage,
    row::is_corrupt,
    store_error::StoreError,
    watched::Watched,
};

/// The most writes of one transaction.
const MOST_WRITES: usize = 512;

/// What the thread works with.
pub(crate) struct WriterSetup {
    pub(crate) db: Connection,
    pub(crate) dir: DataDirectory,
    pub(crate) options: StoreOptions,
    pub(crate) leases: Arc<Leases>,
    pub(crate) watched: Watched,
    pub(crate) reported: Arc<ReportedDamage>,
    pub(crate) health: WriterHealth,
}

/// The thread that writes, checkpoints, and looks for writes of other processes.
pub(crate) struct WriterThread {
    setup: WriterSetup,
    receiver: Receiver<Message>,
    database: PathBuf,
    opened: OpenFiles,
    held: Held,
    /// The error after which nothing is written.
    failure: Option<Cause>,
    /// Pages in the write-ahead log after the last commit.
    wal_pages: Arc<AtomicU32>,
    /// Commits to the write-ahead log since the last transaction.
    wal_commits: Arc<AtomicU32>,
    last_write: Option<Duration>,
    /// Whether pages were freed that have not been given back to the file system.
    has_purged: bool,
    space_seen: Option<Duration>,
    /// Why debates can neither begin nor continue, if there is too little space for them.
    shortage: Option<LogError>,
    /// Whether the reserve cannot be made on this file system.
    has_no_reserve: bool,
    polled: Duration,
    data_version: i64,
}

impl WriterThread {
    pub(super) fn new(setup: WriterSetup, receiver: Receiver<Message>) -> Self {
        Self {
            database: setup.dir.database(),
            opened: OpenFiles::of(&setup.dir),
            setup,
            receiver,
            held: Held::new(),
            failure: None,
            wal_pages: Arc::default(),
            wal_commits: Arc::default(),
            last_write: None,
            has_purged: false,
            space_seen: None,
            shortage: None,
            has_no_reserve: false,
            polled: monotonic(),
            data_version: 0,
        }
    }

    pub(super) fn run(mut self) {
        self.count_wal_pages();
        loop {
            let received = match self.until_due(monotonic()) {
                Some(wait) => self.receiver.recv_timeout(wait),
                None => self.receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            let is_open = match received {
                Ok(Message::Write(first)) => self.write_all(first),
                Ok(Message::Shrink(reply)) => {
                    // A caller that no longer waits has no use for the answer.
                    let _ = reply.send(self.shrink());
                    true
                }
                Ok(Message::Watch) | Err(RecvTimeoutError::Timeout) => true,
                Ok(Message::Close) | Err(RecvTimeoutError::Disconnected) => false,
            };
            self.poll(monotonic());
            self.checkpoint_if_due();
            if !is_open {
                break;
            }
        }
        while let Ok(message) = self.receiver.try_recv() {
            if let Message::Write(job) = message {
                job.answer(Some(StoreError::Closed.into()));
            }
        }
    }

    /// Writes this and whatever else waits. Returns whether the store stays open.
    fn write_all(&mut self, first: Box<dyn Job>) -> bool {
        let (mut jobs, mut shrinks, mut is_open) = (vec![first], Vec::new(), true);
        while jobs.len() < MOST_WRITES && is_open {
            match self.receiver.try_recv() {
                Ok(Message::Write(job)) => jobs.push(job),
                Ok(Message::Shrink(reply)) => shrinks.push(reply),
                Ok(Message::Watch) => {}
                Ok(Message::Close) => is_open = false,
                Err(_) => break,
            }
        }
        self.look_at_space();
        self.commit(jobs);
        for reply in shrinks {
            let _ = reply.send(self.shrink());
        }
        is_open
    }

    /// Writes in one transaction and answers.
    fn commit(&mut self, mut jobs: Vec<Box<dyn Job>>) {
        if let Some(cause) = &self.failure {
            let stopped = self.stopped(Arc::clone(cause));
            return answer(jobs, Some(&stopped));
        }
        if let Some(path) = self.opened.gone() {
            let cause: Cause = Arc::new(StoreError::Gone { path });
            self.fail(Arc::clone(&cause));
            return answer(jobs, Some(&self.stopped(cause)));
        }
        let mut effects = Effects::default();
        match self.transact(&mut jobs, &mut effects) {
            Ok(()) => {
                // Not if nothing was to be changed, as by most looks for debates to take over.
                if self.wal_commits.swap(0, Ordering::Relaxed) > 0 {
                    self.last_write = Some(monotonic());
                    self.setup.health.commits.fetch_add(1, Ordering::Relaxed);
                }
                // Before the answers, so that a caller that subscribes next misses nothing.
                self.apply(effects);
                answer(jobs, None);
            }
            Err((stage, error)) => {
                self.roll_back();
                if stage == Stage::Before && is_damage(&error) {
                    return self.commit_each(jobs, &error);
                }
                let error = self.classify(stage, error);
                answer(jobs, Some(&error));
            }
        }
    }

    fn transact(
        &mut self,
        jobs: &mut [Box<dyn Job>],
        effects: &mut Effects,
    ) -> Result<(), (Stage, rusqlite::Error)> {
        let setup = &self.setup;
        setup.db.execute_batch("BEGIN IMMEDIATE").map_err(|error| (Stage::Before, error))?;
        let mut context = WriteContext {
            db: &setup.db,
            database: &self.database,
            leases: &setup.leases,
            reported: &setup.reported,
            held: &mut self.held,
            effects,
            shortage: self.shortage.as_ref(),
        };
        for job in jobs {
            job.apply(&mut context).map_err(|error| (Stage::Before, error))?;
        }
        let fault = setup.options.disk.before_commit().map_err(|error| rusqlite_error(&error));
        let commit = || setup.db.execute_batch("COMMIT");
        fault.and_then(|()| commit()).map_err(|error| (Stage::Commit, error))
    }

    /// A row that should not be there, or a damaged page, refuses a write. The writes that it does not concern
    /// are made.
    fn commit_each(&mut self, jobs: Vec<Box<dyn Job>>, error: &rusqlite::Error) {
        if jobs.len() > 1 {
            return jobs.into_iter().for_each(|job| self.commit(vec![job]));
        }
        let (path, what) = (self.database.clone(), error.to_string());
        answer(jobs, Some(&StoreError::Damaged { path, what }.into()));
    }

    fn apply(&mut self, effects: Effects) {
        for (id, growth) in effects.grown {
            self.setup.watched.grow(id, growth);
        }
        for incarnation in effects.ended {
            let path = self.setup.leases.lock_file(&incarnation);
            let is_ours = self.held.remove(&incarnation).is_some();
            // A file that stays does no harm.
            if !is_ours && !is_held(&path).unwrap_or(true) {
                let _ = remove(&path);
            }
        }
        if effects.has_purged {
            self.has_purged = true;
            self.checkpoint(Checkpoint::Truncate);
        }
    }

    fn roll_back(&self) {
        // SQLite rolls back by itself after some errors; then there is no transaction.
        if !self.setup.db.is_autocommit()
            && let Err(error) = self.setup.db.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }

    /// Takes in the error of a transaction that was rolled back.
    fn classify(&mut self, stage: Stage, error: rusqlite::Error) -> LogError {
        let path = self.database.clone();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                StoreError::Busy { path }.into()
            }
            Some(ErrorCode::DiskFull) => {
                self.make_room();
                LogError::Full
            }
            Some(ErrorCode::SystemIoFailure) if self.has_met_quota(&error) => {
                self.make_room();
                LogError::Full
            }
            Some(_) | None => {
                tracing::error!(%error, path = %path.display(), "the event store stops after an error");
                let source: Cause = Arc::new(StoreError::Sqlite { path, source: error });
                self.fail(Arc::clone(&source));
                match stage {
                    Stage::Before => self.stopped(source),
                    Stage::Commit => LogError::Unknown { source },
                }
            }
        }
    }

    /// Writes nothing from now on.
    fn fail(&mut self, cause: Cause) {
        self.failure = Some(Arc::clone(&cause));
        self.setup.health.failure.send_replace(Some(cause));
        self.setup.watched.close();
    }

    /// Whether a write failed because the quota of the user is used up, which SQLite does not tell from
    /// other errors.
    fn has_met_quota(&self, error: &rusqlite::Error) -> bool {
        let is_write = error
            .sqlite_error()
            .is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_IOERR_WRITE);
        is_write && self.setup.dir.is_quota_used_up()
    }

    fn stopped(&self, source: Cause) -> LogError {
        StoreError::Stopped { path: self.database.clone(), source }.into()
    }

    /// How long to wait for a message; `None` if nothing is due.
    fn until_due(&self, now: Duration) -> Option<Duration> {
        let options = &self.setup.options;
        let left = |interval: Duration, begun| interval.saturating_sub(now.saturating_sub(begun));
        let poll =
            (!self.setup.watched.is_empty()).then(|| left(options.poll_interval, self.polled));
        let idle = self.last_write.map(|last| left(options.idle_after, last));
        poll.into_iter().chain(idle).min()
    }
}

impl Drop for WriterThread {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.setup.health.failure.send_replace(Some(Arc::new(StoreError::Closed)));
        }
        self.setup.watched.close();
    }
}

/// Where a transaction failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing was written.
    Before,
    /// It may have been written.
    Commit,
}

fn answer(jobs: Vec<Box<dyn Job>>, error: Option<&LogError>) {
    for job in jobs {
        job.answer(error.cloned());
    }
}

/// Whether a statement failed for what it has found in the database.
fn is_damage(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) || is_corrupt(error)
}

/// The error of SQLite for an error of the system.
fn rusqlite_error(error: &std::io::Error) -> rusqlite::Error {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    let code = if matches!(error.kind(), StorageFull | QuotaExceeded) {
        rusqlite::ffi::SQLITE_FULL
    } else {
        rusqlite::ffi::SQLITE_IOERR
    };
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), Some(error.to_string()))
}
