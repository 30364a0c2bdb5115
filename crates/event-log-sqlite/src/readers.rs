use std::{path::PathBuf, sync::Arc, time::Duration};

use parking_lot::Mutex;
use rusqlite::Connection;
use synod_event_log::LogError;

use crate::{
    blocking_tasks::BlockingTasks,
    database::{data_version, open_reader},
    row::{RowError, is_corrupt},
    store_error::StoreError,
};

/// How many reads are made at once, and how many connections are kept for later ones.
const MOST_READS: usize = 4;

/// The connections that read.
#[derive(Debug)]
pub(crate) struct Readers {
    database: PathBuf,
    lock_wait: Duration,
    idle: Mutex<Vec<Connection>>,
    /// The connection that notices writes, once it is needed. It sees those of this process, too.
    noticing: Mutex<Option<Connection>>,
    tasks: BlockingTasks,
}

impl Readers {
    pub(crate) fn new(database: PathBuf, lock_wait: Duration) -> Self {
        let tasks = BlockingTasks::new(MOST_READS);
        Self { database, lock_wait, idle: Mutex::default(), noticing: Mutex::default(), tasks }
    }

    /// Reads in one transaction, outside the threads of the runtime.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Connection) -> Result<T, RowError> + Send + 'static,
    ) -> Result<T, LogError> {
        let readers = Arc::clone(self);
        match self.tasks.run(move || readers.read_now(read)).await {
            Some(Ok(read)) => read,
            Some(Err(error)) => Err(LogError::Unavailable { source: Arc::new(error) }),
            None => Err(StoreError::Closed.into()),
        }
    }

    /// Reads in one transaction, in this thread.
    pub(crate) fn read_now<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, RowError>,
    ) -> Result<T, LogError> {
        let kept = self.idle.lock().pop();
        let result = kept.map_or_else(|| self.open(), Ok).and_then(|db| {
            let value = {
                let transaction = db.unchecked_transaction()?;
                read(&transaction)?
            };
            self.keep(db);
            Ok(value)
        });
        result.map_err(|error| self.log_error(error))
    }

    /// Returns SQLite's `data_version`, which differs after each commit of another connection. It is in shared
    /// memory. `None` if it cannot be read without waiting.
    pub(crate) fn revision(&self) -> Option<i64> {
        let mut noticing = self.noticing.lock();
        if noticing.is_none() && !self.tasks.is_closed() {
            *noticing = open_reader(&self.database, Duration::ZERO).ok();
        }
        data_version(noticing.as_ref()?).ok()
    }

    /// Refuses later reads, and closes the connections.
    pub(crate) fn close(&self) {
        self.tasks.close();
        self.idle.lock().clear();
        self.noticing.lock().take();
    }

    fn open(&self) -> Result<Connection, RowError> {
        Ok(open_reader(&self.database, self.lock_wait)?)
    }

    fn keep(&self, db: Connection) {
        let mut idle = self.idle.lock();
        if idle.len() < MOST_READS && !self.tasks.is_closed() {
            idle.push(db);
        }
    }

    pub(crate) fn log_error(&self, error: RowError) -> LogError {
        use rusqlite::ErrorCode::DatabaseBusy;
        let path = self.database.clone();
        let error = match error {
            RowError::Damaged(what) => StoreError::Damaged { path, what },
            RowError::Io(source) => StoreError::Io { path, source },
            RowError::Sqlite(error) if is_corrupt(&error) => {
                StoreError::Damaged { path, what: error.to_string() }
            }
            RowError::Sqlite(error) => match error.sqlite_error_code() {
                Some(DatabaseBusy) => StoreError::Busy { path },
                Some(_) | None => StoreError::Sqlite { path, source: error },
            },
        };
        error.into()
    }
}
