use std::sync::Arc;

use futures_util::{FutureExt, future::BoxFuture};
use synod_domain::DebateId;
use synod_event_log::{ChainHash, LogError, ProcessId};
use uuid::Uuid;

use crate::{
    DatabaseReport, PostgresLog, PostgresRecords, connection::ConnectionSettings,
    database_url::DatabaseUrl, open_error::PostgresOpenError, open_lock::OpenLock,
    options::PostgresOptions, postgres_settings::PostgresSettings, schema::check_schema,
    store_parts::StoreParts, verify::verify,
};

/// Debates and documents in one PostgreSQL database. Clones share it.
///
/// The store stays open until the last clone, [log](PostgresLog) and [record store](PostgresRecords) is gone, or
/// until [`close`](Self::close).
#[derive(Clone, Debug)]
pub struct PostgresStore {
    parts: Arc<StoreParts>,
    settings: Arc<PostgresSettings>,
}

impl PostgresStore {
    /// Opens the store in a database that was [migrated](crate::migrate). The future is polled in a runtime of
    /// tokio, on which tasks of the store run until it is closed.
    ///
    /// # Errors
    /// [`PostgresOpenError`], with a sentence that says what to do.
    pub async fn open(
        url: &DatabaseUrl,
        options: PostgresOptions,
    ) -> Result<Self, PostgresOpenError> {
        let connection = ConnectionSettings::new(url, &options)?;
        let (client, driver) = connection.connect().await?;
        // It ends with the client.
        let driver = tokio::spawn(driver);
        let settings = PostgresSettings::read(&client, &connection.server).await?;
        settings.check_syncs(&connection.server, &options)?;
        check_schema(&client, &connection.server, &options.schema).await?;
        let (schema, process) = (options.schema.clone(), ProcessId::from_uuid(Uuid::now_v7()));
        let lock = OpenLock { settings: connection, schema, process };
        lock.take(&client).await?;
        let parts = Arc::new(StoreParts::start(lock, (client, driver), &options));
        Ok(Self { parts, settings: Arc::new(settings) })
    }

    /// The log of debates.
    #[must_use]
    pub fn events(&self) -> PostgresLog {
        PostgresLog(Arc::clone(&self.parts))
    }

    /// The documents.
    #[must_use]
    pub fn records(&self) -> PostgresRecords {
        PostgresRecords(Arc::clone(&self.parts))
    }

    /// What the server said about itself when the store was opened.
    #[must_use]
    pub fn settings(&self) -> &PostgresSettings {
        &self.settings
    }

    /// The address of the database, without its password.
    #[must_use]
    pub fn server(&self) -> &str {
        self.parts.database.server()
    }

    /// Returns the hash of a debate's log.
    ///
    /// # Errors
    /// [`LogError::UnknownDebate`], [`LogError::Purged`], [`LogError::Unavailable`].
    pub fn chain(&self, id: DebateId) -> BoxFuture<'_, Result<ChainHash, LogError>> {
        async move {
            let database = &self.parts.database;
            let select = "SELECT purged, hash FROM debates WHERE id = $1";
            let rows = database.read(select, &[id.as_uuid()]).await?;
            let row = rows.first().ok_or(LogError::UnknownDebate(id))?;
            let damaged = |error: tokio_postgres::Error| database.damaged(error.to_string());
            if row.try_get(0).map_err(damaged)? {
                return Err(LogError::Purged(id));
            }
            let hash = row.try_get::<_, &[u8]>(1).map_err(damaged)?.try_into();
            let wrong = |_| database.damaged(format!("the chain hash of debate {id} is cut off"));
            hash.map(ChainHash::from_bytes).map_err(wrong)
        }
        .boxed()
    }

    /// Checks the whole database: each event's checksum, sequence number and chain hash, each debate's row, and
    /// each document. `progress` gets the number of debates and events checked so far.
    ///
    /// # Errors
    /// [`LogError::Unavailable`] if the check could not be made. Damage is in the report.
    pub fn verify(
        &self,
        progress: impl FnMut(u64, u64) + Send + 'static,
    ) -> BoxFuture<'static, Result<DatabaseReport, LogError>> {
        let database = self.parts.database.clone();
        async move { verify(&database, progress).await }.boxed()
    }

    /// Closes the store: ends its connections once they are idle, and its subscriptions.
    pub fn close(&self) {
        self.parts.close();
    }
}
