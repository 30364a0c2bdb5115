use std::sync::Arc;

use synod_domain::DebateId;
use synod_event_log::{Epoch, LogError, Worker};
use tokio_postgres::Row;

use crate::database::Database;

/// The answer of a function that writes.
pub(crate) struct FunctionAnswer<'a> {
    database: &'a Database,
    row: &'a Row,
}

impl<'a> FunctionAnswer<'a> {
    pub(crate) const fn new(database: &'a Database, row: &'a Row) -> Self {
        Self { database, row }
    }

    /// Its word.
    pub(crate) fn word(&self) -> Result<&str, LogError> {
        self.get("outcome")
    }

    /// The last sequence number.
    pub(crate) fn last(&self) -> Result<u64, LogError> {
        self.get("last").map(i64::unsigned_abs)
    }

    pub(crate) fn epoch(&self) -> Result<Epoch, LogError> {
        self.get("current_epoch").map(|epoch: i64| Epoch(epoch.unsigned_abs()))
    }

    pub(crate) fn get<T: tokio_postgres::types::FromSql<'a>>(
        &self,
        column: &str,
    ) -> Result<T, LogError> {
        self.row.try_get(column).map_err(|error| self.database.damaged(error.to_string()))
    }

    /// The refusal that its word says.
    pub(crate) fn refusal(&self, id: DebateId) -> LogError {
        let refusal = || -> Result<LogError, LogError> {
            Ok(match self.word()? {
                "unknown" => LogError::UnknownDebate(id),
                "purged" => LogError::Purged(id),
                "fenced" => LogError::Fenced { epoch: self.epoch()? },
                "conflict" => LogError::Conflict { last: self.last()?, epoch: self.epoch()? },
                "key_reused" => LogError::KeyReused,
                other => self.database.damaged(format!("a function returned {other}")),
            })
        };
        refusal().unwrap_or_else(|error| error)
    }
}

pub(crate) fn lease_lost(worker: &Worker) -> LogError {
    LogError::LeaseLost { worker: Arc::clone(worker.name()) }
}

/// Writes that can be repeated have no unknown outcome in the port.
pub(crate) fn confirmed_or_unavailable(error: LogError) -> LogError {
    if let LogError::Unknown { source } = error { LogError::Unavailable { source } } else { error }
}
