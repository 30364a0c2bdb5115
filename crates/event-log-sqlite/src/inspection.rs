use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::Connection;
use synod_domain::Timestamp;

use crate::{
    database::{Pages, open_error, open_reader, recover},
    database_version::{
        RELEASE, SCHEMA_VERSION, check_header, meta, refuse_other_program, schema_version,
    },
    directory::{DataDirectory, DirectoryLock, running},
    holder::Holder,
    leases::{Leases, WorkerRow},
    open_error::{StoreOpenError, io_error},
    options::StoreOptions,
    reserve::Reserve,
    row::{RowError, UuidBlob},
    traceless::Traceless,
    verify::{VerifyReport, verify},
};

/// The contents of a data directory, and the processes that use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreInspection {
    /// The database.
    pub database: PathBuf,
    /// The version of its schema.
    pub schema_version: u32,
    /// The version of the schema that this version of Synod writes. An older one is upgraded when the
    /// store is opened.
    pub current_schema_version: u32,
    /// The version of Synod that created or last upgraded it.
    pub written_by: String,
    /// The oldest version of Synod that may use it.
    pub oldest_reader: String,
    /// Debates, without deleted ones.
    pub debates: u64,
    /// Debates that have started and have no verdict; some of them are paused.
    pub running: u64,
    /// Debates with a verdict.
    pub finished: u64,
    /// Events of all debates.
    pub events: u64,
    /// When the debate that has been unchanged for longest was changed.
    pub first_update: Option<Timestamp>,
    /// The size of the database, in bytes.
    pub database_bytes: u64,
    /// How many bytes of it deleted debates have left free.
    pub free_inside_bytes: u64,
    /// The size of the write-ahead log, in bytes.
    pub wal_bytes: u64,
    /// The free space on the disk, in bytes.
    pub free_bytes: u64,
    /// The free space below which debates can neither begin nor be resumed, in bytes.
    pub low_space_bytes: u64,
    /// Whether the reserve for a full disk is there.
    pub has_reserve: bool,
    /// The processes that have the store open.
    pub processes: Vec<Holder>,
    /// The workers whose processes run, by name.
    pub workers: Vec<WorkerInspection>,
}

/// A worker as [`StoreInspection`] has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerInspection {
    /// Its name.
    pub name: String,
    /// The id of its process.
    pub pid: u32,
    /// How many debates it holds.
    pub debates: u64,
    /// Whether its lease has not expired.
    pub has_lease: bool,
}

/// Looks at a directory that others may use.
pub(crate) fn inspect(
    dir: &Path,
    options: &StoreOptions,
) -> Result<StoreInspection, StoreOpenError> {
    let dir = with_database(dir)?;
    let path = dir.database();
    // Another process may be creating or upgrading the database.
    let _lock = DirectoryLock::acquire_to_look(&dir, options.lock_wait)?;
    let failed = |error| open_error(&path, error);
    let _traceless = Traceless::begin(&path, options.lock_wait);
    recover(&path, options.lock_wait).map_err(failed)?;
    let db = open_reader(&path, options.lock_wait).map_err(failed)?;
    let version = schema_version(&db, &path)?;
    if version == 0 {
        // Its first opening was cut short.
        return Err(StoreOpenError::Missing { path: dir.path().to_owned() });
    }
    let text = |key| Ok(meta(&db, key).map_err(failed)?.unwrap_or_else(|| RELEASE.to_owned()));
    let count = |what: &str| -> Result<u64, StoreOpenError> {
        let select = format!("SELECT {what} FROM debates WHERE purged = 0");
        let count: i64 = db.query_row(&select, [], |row| row.get(0)).map_err(failed)?;
        Ok(count.unsigned_abs())
    };
    let pages = Pages::of(&db).map_err(failed)?;
    let first_update = "SELECT min(updated_at) FROM debates WHERE purged = 0";
    let first_update: Option<i64> =
        db.query_row(first_update, [], |row| row.get(0)).map_err(failed)?;
    let io = |error| io_error(dir.path(), error);
    let size = |path: &Path| path.metadata().map_or(0, |file| file.len());
    Ok(StoreInspection {
        schema_version: version.unsigned_abs(),
        current_schema_version: SCHEMA_VERSION.unsigned_abs(),
        written_by: text("written_by")?,
        oldest_reader: text("oldest_reader")?,
        debates: count("count(*)")?,
        running: count("ifnull(sum(finished = 0 AND status_seq > 1), 0)")?,
        finished: count("ifnull(sum(finished), 0)")?,
        events: count("ifnull(sum(last_seq), 0)")?,
        first_update: first_update.map(Timestamp::from_unix_ms),
        database_bytes: size(&path),
        free_inside_bytes: pages.bytes(pages.free),
        wal_bytes: size(&dir.write_ahead_log()),
        free_bytes: options.disk.free_bytes(dir.path()).map_err(io)?,
        low_space_bytes: options.low_space_bytes,
        has_reserve: Reserve::at(&dir).exists(),
        processes: running(&dir).map_err(io)?,
        workers: workers(&db, &dir, options)?,
        database: path,
    })
}

/// Checks the database of a directory that others may use.
pub(crate) fn verify_dir(dir: &Path, lock_wait: Duration) -> Result<VerifyReport, StoreOpenError> {
    let dir = with_database(dir)?;
    let path = dir.database();
    let _lock = DirectoryLock::acquire_to_look(&dir, lock_wait)?;
    let _traceless = Traceless::begin(&path, lock_wait);
    let failed = |error| open_error(&path, error);
    recover(&path, lock_wait).map_err(failed)?;
    let version = schema_version(&open_reader(&path, lock_wait).map_err(failed)?, &path)?;
    if version == 0 {
        return Err(StoreOpenError::Missing { path: dir.path().to_owned() });
    }
    verify(&path, lock_wait, |_| {}).map_err(failed)
}

/// The directory, if it has a database of Synod.
fn with_database(dir: &Path) -> Result<DataDirectory, StoreOpenError> {
    if dir.is_file() {
        return Err(StoreOpenError::IsFile { path: dir.to_owned() });
    }
    let dir = DataDirectory::at(dir);
    dir.check_links()?;
    dir.check_owners()?;
    refuse_other_program(&dir.database())?;
    if check_header(&dir.database())? {
        return Ok(dir);
    }
    Err(StoreOpenError::Missing { path: dir.path().to_owned() })
}

fn workers(
    db: &Connection,
    dir: &DataDirectory,
    options: &StoreOptions,
) -> Result<Vec<WorkerInspection>, StoreOpenError> {
    let path = dir.database();
    let row_error = |error| match error {
        RowError::Damaged(reason) => StoreOpenError::Damaged { path: path.clone(), reason },
        RowError::Sqlite(error) => open_error(&path, error),
        RowError::Io(source) => io_error(&path, source),
    };
    let io = |error| io_error(dir.path(), error);
    let leases = Leases::new(options.clock.clone(), dir.workers()).map_err(io)?;
    let mut workers = Vec::new();
    for worker in WorkerRow::all(db).map_err(row_error)? {
        if leases.is_alive(&worker).map_err(io)? {
            let held = "SELECT count(*) FROM debates WHERE held = 1 AND incarnation = ?1";
            let debates: i64 = db
                .query_row(held, [UuidBlob(worker.incarnation)], |row| row.get(0))
                .map_err(|error| open_error(&path, error))?;
            workers.push(WorkerInspection {
                has_lease: leases.has_time_left(&worker),
                name: worker.name,
                pid: worker.pid,
                debates: debates.unsigned_abs(),
            });
        }
    }
    Ok(workers)
}
