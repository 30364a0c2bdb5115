//! By what processes know that another one has the store open.

use std::time::Duration;

use synod_event_log::ProcessId;
use tokio::{task::JoinHandle, time::sleep};
use tokio_postgres::Client;

use crate::{connection::ConnectionSettings, database::Database, database_error::DatabaseError};

/// The pause before a lost connection is made again.
const PAUSE: Duration = Duration::from_millis(250);

/// How long a process that has lost its lock may take to get it again, as after a restart of PostgreSQL.
const REGAIN: Duration = Duration::from_secs(2);

const LOCK: &str = "SELECT pg_advisory_lock(hashtextextended($1, 0))";

/// A connection, and the task that polls it, which ends with it.
pub(crate) type PolledConnection = (Client, JoinHandle<Result<(), tokio_postgres::Error>>);

/// An advisory lock, which PostgreSQL releases when the connection of its own ends. A process that is only stopped
/// keeps its connection.
pub(crate) struct OpenLock {
    pub(crate) settings: ConnectionSettings,
    pub(crate) schema: String,
    pub(crate) process: ProcessId,
}

impl OpenLock {
    /// Takes the lock.
    pub(crate) async fn take(&self, client: &Client) -> Result<(), DatabaseError> {
        let locked = client.query_one(LOCK, &[&name(&self.schema, self.process)]).await;
        locked.map(drop).map_err(|error| DatabaseError::new(&self.settings.server, error))
    }

    /// Keeps a lock that was taken, until the task is aborted.
    pub(crate) async fn keep(self, connection: PolledConnection) {
        // The client keeps its connection open.
        let mut held = Some(connection);
        loop {
            if let Some((_client, driver)) = held.take() {
                let ended = driver.await;
                tracing::debug!(?ended, "the connection that shows that the store is open ended");
            }
            sleep(PAUSE).await;
            let Ok((client, driver)) = self.settings.connect().await else { continue };
            let driver = tokio::spawn(driver);
            if self.take(&client).await.is_ok() {
                held = Some((client, driver));
            }
        }
    }
}

/// Whether a process has the store open.
pub(crate) async fn is_open_in(
    database: &Database,
    schema: &str,
    process: ProcessId,
) -> Result<bool, DatabaseError> {
    if is_locked(database, schema, process).await? {
        return Ok(true);
    }
    sleep(REGAIN).await;
    is_locked(database, schema, process).await
}

async fn is_locked(
    database: &Database,
    schema: &str,
    process: ProcessId,
) -> Result<bool, DatabaseError> {
    // A lock that is free is had until the end of the statement.
    let select = "SELECT NOT pg_try_advisory_xact_lock(hashtextextended($1, 0))";
    let rows = database.read(select, &[&name(schema, process)]).await?;
    let failed = |error| DatabaseError::new(database.server(), error);
    let none = || DatabaseError::damaged(database.server(), "no answer".to_owned());
    let row = rows.first().ok_or_else(none)?;
    row.try_get(0).map_err(failed)
}

fn name(schema: &str, process: ProcessId) -> String {
    format!("synod process {schema} {}", process.as_uuid())
}
