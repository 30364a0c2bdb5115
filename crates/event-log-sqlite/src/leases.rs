//! When the leases of workers end: with their time, or with their process.

use std::{
    collections::HashSet,
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rusqlite::{Connection, OptionalExtension, Row, params};
use synod_domain::Clock;
use synod_event_log::Worker;
use uuid::Uuid;

use crate::{
    directory::{is_held, lock_file},
    row::{RowError, UuidBlob},
};

/// The clock of leases and the lock files of workers.
pub(crate) struct Leases {
    clock: Option<Arc<dyn Clock>>,
    /// The id of this start of the machine. The time since the boot means nothing in another one.
    boot_id: String,
    folder: PathBuf,
}

impl Leases {
    pub(crate) fn new(clock: Option<Arc<dyn Clock>>, folder: PathBuf) -> io::Result<Self> {
        let boot_id = if clock.is_some() { "given clock".to_owned() } else { boot_id()? };
        Ok(Self { clock, boot_id, folder })
    }

    /// The folder of the workers' lock files.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn lock_file(&self, incarnation: &Uuid) -> PathBuf {
        lock_file(&self.folder, incarnation)
    }

    /// Whether the lease of a worker has not ended.
    pub(crate) fn is_live(&self, worker: &WorkerRow) -> io::Result<bool> {
        Ok(self.has_time_left(worker) && self.is_alive(worker)?)
    }

    /// Whether the process of a worker runs, if perhaps stopped.
    pub(crate) fn is_alive(&self, worker: &WorkerRow) -> io::Result<bool> {
        is_held(&self.lock_file(&worker.incarnation))
    }

    /// Whether the time of a lease has not run out; its process may have ended.
    pub(crate) fn has_time_left(&self, worker: &WorkerRow) -> bool {
        worker.boot_id == self.boot_id && self.now() < worker.lease_until
    }

    /// The incarnations of the workers whose leases have not ended.
    pub(crate) fn live(&self, db: &Connection) -> Result<HashSet<Uuid>, RowError> {
        let mut live = HashSet::new();
        for worker in WorkerRow::all(db)? {
            if self.is_live(&worker)? {
                live.insert(worker.incarnation);
            }
        }
        Ok(live)
    }

    /// Begins the lease of a worker anew.
    pub(crate) fn grant(
        &self,
        db: &Connection,
        worker: &Worker,
        lease: Duration,
    ) -> rusqlite::Result<()> {
        let lease = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
        let mut statement = db.prepare_cached(
            "INSERT OR REPLACE INTO workers (name, incarnation, lease_until, boot_id, pid) \
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        statement.execute(params![
            worker.name(),
            UuidBlob(*worker.incarnation()),
            self.now().saturating_add(lease),
            self.boot_id,
            std::process::id(),
        ])?;
        Ok(())
    }

    /// In milliseconds.
    fn now(&self) -> i64 {
        match &self.clock {
            Some(clock) => clock.now().unix_ms(),
            None => since_boot_ms(),
        }
    }
}

/// A row of the table `workers`.
pub(crate) struct WorkerRow {
    pub(crate) name: String,
    pub(crate) incarnation: Uuid,
    pub(crate) pid: u32,
    lease_until: i64,
    boot_id: String,
}

impl WorkerRow {
    pub(crate) fn load(db: &Connection, name: &str) -> Result<Option<Self>, RowError> {
        let mut statement = db.prepare_cached(
            "SELECT name, incarnation, pid, lease_until, boot_id FROM workers WHERE name = ?1",
        )?;
        Ok(statement.query_row([name], Self::read).optional()?)
    }

    pub(crate) fn all(db: &Connection) -> Result<Vec<Self>, RowError> {
        let mut statement = db.prepare_cached(
            "SELECT name, incarnation, pid, lease_until, boot_id FROM workers ORDER BY name",
        )?;
        let rows = statement.query_map([], Self::read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            name: row.get(0)?,
            incarnation: row.get::<_, UuidBlob>(1)?.0,
            pid: row.get(2)?,
            lease_until: row.get(3)?,
            boot_id: row.get(4)?,
        })
    }
}

/// The time since the machine was booted, with the time it was suspended.
fn since_boot_ms() -> i64 {
    // On macOS the monotonic clock counts the time of a suspended machine.
    #[cfg(target_os = "linux")]
    let clock = rustix::time::ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    let clock = rustix::time::ClockId::Monotonic;
    let time = rustix::time::clock_gettime(clock);
    time.tv_sec.saturating_mul(1_000).saturating_add(time.tv_nsec / 1_000_000)
}

#[cfg(target_os = "linux")]
fn boot_id() -> io::Result<String> {
    Ok(std::fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned())
}

#[cfg(not(target_os = "linux"))]
fn boot_id() -> io::Result<String> {
    let mut sysctl = std::process::Command::new("/usr/sbin/sysctl");
    let output = sysctl.args(["-n", "kern.bootsessionuuid"]).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
