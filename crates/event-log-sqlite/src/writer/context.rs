use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use rusqlite::Connection;
use synod_domain::DebateId;
use synod_event_log::{LogError, Worker};
use uuid::Uuid;

use super::write_error::WriteError;
use crate::{
    debate_row::{DebateRow, LastWorker},
    directory::HeldFile,
    leases::{Leases, WorkerRow},
    reported_damage::ReportedDamage,
    row::{RowError, is_corrupt},
    store_error::StoreError,
    watched::Growth,
};

/// The lock files of this process's workers, by incarnation.
pub(crate) type Held = HashMap<Uuid, HeldFile>;

/// A transaction, and what to do after it.
pub(crate) struct WriteContext<'a> {
    pub(super) db: &'a Connection,
    pub(super) database: &'a Path,
    pub(super) leases: &'a Leases,
    pub(super) reported: &'a ReportedDamage,
    pub(super) held: &'a mut Held,
    pub(super) effects: &'a mut Effects,
    /// Why debates can neither begin nor continue, if there is too little space for them.
    pub(super) shortage: Option<&'a LogError>,
}

/// What to do after the transaction was committed.
#[derive(Debug, Default)]
pub(super) struct Effects {
    /// The debates that have changed, for their subscribers.
    pub(super) grown: Vec<(DebateId, Growth)>,
    /// Workers whose lock files go.
    pub(super) ended: HashSet<Uuid>,
    /// Whether something was deleted that should not stay in the write-ahead log.
    pub(super) has_purged: bool,
}

impl WriteContext<'_> {
    /// A damaged row refuses the write; other errors end the transaction.
    pub(super) fn row_error(&self, error: RowError) -> WriteError {
        let damaged = |what| {
            let path = self.database.to_owned();
            WriteError::Refused(StoreError::Damaged { path, what }.into())
        };
        match error {
            RowError::Damaged(what) => damaged(what),
            RowError::Sqlite(error) if is_corrupt(&error) => damaged(error.to_string()),
            RowError::Sqlite(error) => WriteError::Failed(error),
            RowError::Io(source) => {
                let path = self.leases.folder().to_owned();
                WriteError::Refused(StoreError::Io { path, source }.into())
            }
        }
    }

    /// Refuses what lets a debate begin or continue while too little space is left for it.
    pub(super) fn check_space(&self) -> Result<(), WriteError> {
        self.shortage.map_or(Ok(()), |shortage| Err(shortage.clone().into()))
    }

    /// Loads the row of a debate that was not purged.
    pub(super) fn debate(&self, id: DebateId) -> Result<DebateRow, WriteError> {
        let row = DebateRow::load(self.db, id).map_err(|error| self.row_error(error))?;
        match row {
            Some(row) if row.is_purged => Err(LogError::Purged(id).into()),
            Some(row) => Ok(row),
            None => Err(LogError::UnknownDebate(id).into()),
        }
    }

    /// Whether this is the registered incarnation of a worker and its lease has not ended.
    pub(super) fn has_lease(&self, worker: &Worker) -> Result<bool, WriteError> {
        let row = self.worker(worker.name())?;
        match row.filter(|row| row.incarnation == *worker.incarnation()) {
            Some(row) => self.leases.is_live(&row).map_err(|error| self.row_error(error.into())),
            None => Ok(false),
        }
    }

    pub(super) fn worker(&self, name: &str) -> Result<Option<WorkerRow>, WriteError> {
        WorkerRow::load(self.db, name).map_err(|error| self.row_error(error))
    }

    /// The incarnations of the workers whose leases have not ended.
    pub(super) fn live(&self) -> Result<HashSet<Uuid>, WriteError> {
        self.leases.live(self.db).map_err(|error| self.row_error(error))
    }

    /// Deletes the workers whose processes have ended. They hold no debates without their rows.
    pub(super) fn forget_ended_workers(&mut self) -> Result<(), WriteError> {
        let workers = WorkerRow::all(self.db).map_err(|error| self.row_error(error))?;
        for worker in workers {
            let is_alive = self.leases.is_alive(&worker);
            if !is_alive.map_err(|error| self.row_error(error.into()))? {
                let mut delete = self.db.prepare_cached("DELETE FROM workers WHERE name = ?1")?;
                delete.execute([&worker.name])?;
                self.effects.ended.insert(worker.incarnation);
            }
        }
        Ok(())
    }

    /// Whether a worker, the last of a debate, holds it.
    pub(super) fn holds(&mut self, last: &LastWorker) -> Result<bool, WriteError> {
        if !last.is_held {
            return Ok(false);
        }
        let row = self.worker(&last.name)?;
        let Some(row) = row.filter(|row| row.incarnation == last.incarnation) else {
            return Ok(false);
        };
        if !self.leases.has_time_left(&row) {
            return Ok(false);
        }
        let is_alive = self.leases.is_alive(&row).map_err(|error| self.row_error(error.into()))?;
        if !is_alive {
            self.effects.ended.insert(row.incarnation);
        }
        Ok(is_alive)
    }

    /// Locks the file of a worker of this process.
    pub(super) fn hold(&mut self, worker: &Worker) -> Result<(), WriteError> {
        let incarnation = *worker.incarnation();
        if !self.held.contains_key(&incarnation) {
            let created = HeldFile::create(self.leases.folder(), &incarnation, "worker");
            let file = created.map_err(|error| self.row_error(error.into()))?;
            self.held.insert(incarnation, file);
        }
        self.effects.ended.remove(&incarnation);
        Ok(())
    }
}
