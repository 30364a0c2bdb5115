use std::sync::Arc;

use tokio_postgres::Client;

use crate::{
    database_error::DatabaseError, open_error::PostgresOpenError, options::PostgresOptions,
};

/// What the server says about itself when a store is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresSettings {
    /// The version of PostgreSQL.
    pub version: String,
    /// When a write counts as done (`synchronous_commit`).
    pub synchronous_commit: String,
    /// Whether PostgreSQL syncs its disk (`fsync`).
    pub fsync: bool,
    /// The standby servers that have to confirm a write (`synchronous_standby_names`). Without one, a failover
    /// loses the last writes.
    pub synchronous_standby_names: String,
    /// Whether pages have checksums (`data_checksums`).
    pub data_checksums: bool,
    /// The most connections of all clients (`max_connections`).
    pub max_connections: u32,
    /// Whether the connection is encrypted.
    pub is_encrypted: bool,
}

/// The oldest version of PostgreSQL that has what is used here.
const OLDEST: i32 = 150_000;

const SELECT: &str = "SELECT current_setting('server_version_num')::integer, current_setting('server_version'), \
     pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean, \
     current_setting('synchronous_commit'), current_setting('fsync')::boolean, \
     current_setting('synchronous_standby_names'), current_setting('data_checksums')::boolean, \
     current_setting('max_connections')::integer, \
     coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)";

impl PostgresSettings {
    /// Reads the settings, and refuses a server that is too old or read-only.
    pub(crate) async fn read(
        client: &Client,
        server: &Arc<str>,
    ) -> Result<Self, PostgresOpenError> {
        let failed = |error| DatabaseError::new(server, error);
        let row = client.query_one(SELECT, &[]).await.map_err(failed)?;
        let version: String = row.try_get(1).map_err(failed)?;
        let server = Arc::clone(server);
        if row.try_get::<_, i32>(0).map_err(failed_of(&server))? < OLDEST {
            return Err(PostgresOpenError::OldServer { server, found: version });
        }
        if row.try_get(2).map_err(failed_of(&server))? {
            return Err(DatabaseError::ReadOnly { server }.into());
        }
        let failed = failed_of(&server);
        Ok(Self {
            version,
            synchronous_commit: row.try_get(3).map_err(&failed)?,
            fsync: row.try_get(4).map_err(&failed)?,
            synchronous_standby_names: row.try_get(5).map_err(&failed)?,
            data_checksums: row.try_get(6).map_err(&failed)?,
            max_connections: row.try_get::<_, i32>(7).map_err(&failed)?.unsigned_abs(),
            is_encrypted: row.try_get(8).map_err(&failed)?,
        })
    }

    /// Refuses a server that confirms writes before they are on its disk, unless that is allowed.
    pub(crate) fn check_syncs(
        &self,
        server: &Arc<str>,
        options: &PostgresOptions,
    ) -> Result<(), PostgresOpenError> {
        let setting = match (self.fsync, &*self.synchronous_commit) {
            (false, _) => "fsync",
            (true, "off") => "synchronous_commit",
            (true, _) => return Ok(()),
        };
        if options.allow_unsynced_commits {
            tracing::warn!(setting, "PostgreSQL confirms events that are not on its disk");
            return Ok(());
        }
        Err(PostgresOpenError::Unsynced { server: Arc::clone(server), setting })
    }
}

fn failed_of(server: &Arc<str>) -> impl Fn(tokio_postgres::Error) -> DatabaseError {
    |error| DatabaseError::new(server, error)
}
