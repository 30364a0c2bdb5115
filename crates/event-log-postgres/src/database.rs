use std::{sync::Arc, time::Duration};

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime, Timeouts};
use synod_domain::Clock;
use synod_event_log::LogError;
use tokio::time::timeout;
use tokio_postgres::{
    Row, Statement,
    error::{Severity, SqlState},
    types::ToSql,
};

use crate::{
    connection::ConnectionSettings, database_error::DatabaseError, options::PostgresOptions,
};

/// The parameters of a statement.
pub(crate) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

/// The connections of this process, each used by one statement at a time.
#[derive(Clone)]
pub(crate) struct Database {
    pool: Pool,
    server: Arc<str>,
    connections: usize,
    connect_timeout: Duration,
    answer_timeout: Duration,
    clock: Option<Arc<dyn Clock>>,
}

impl Database {
    /// Makes no connection yet.
    pub(crate) fn new(settings: &ConnectionSettings, options: &PostgresOptions) -> Self {
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager =
            Manager::from_config(settings.config.clone(), settings.tls.clone(), recycling);
        let wait = Some(options.connect_timeout);
        let builder = Pool::builder(manager)
            .max_size(options.connections.max(1))
            .timeouts(Timeouts { wait, create: wait, recycle: wait })
            .runtime(Runtime::Tokio1);
        let pool = builder.build().expect("time limits have a runtime");
        Self {
            pool,
            server: Arc::clone(&settings.server),
            connections: options.connections.max(1),
            connect_timeout: options.connect_timeout,
            answer_timeout: options.answer_timeout,
            clock: options.clock.clone(),
        }
    }

    pub(crate) fn server(&self) -> &Arc<str> {
        &self.server
    }

    /// The time of leases, if it is not that of the database, in milliseconds.
    pub(crate) fn lease_time(&self) -> Option<i64> {
        self.clock.as_ref().map(|clock| clock.now().unix_ms())
    }

    pub(crate) fn close(&self) {
        self.pool.close();
    }

    pub(crate) fn damaged(&self, what: String) -> LogError {
        DatabaseError::damaged(&self.server, what).into()
    }

    /// Runs a statement that changes nothing, or one that may be repeated.
    pub(crate) async fn read(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, DatabaseError> {
        match self.run(sql, parameters).await {
            // A connection of the pool may have ended unnoticed.
            Err(Failure { error: DatabaseError::ConnectionLost { .. }, .. }) => {
                self.run(sql, parameters).await
            }
            first => first,
        }
        .map_err(|failure| failure.error)
    }

    /// Runs a statement that writes: [`LogError::Unknown`] if the server did not confirm or refuse it.
    pub(crate) async fn write(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
    ) -> Result<Row, LogError> {
        let rows = self.write_rows(sql, parameters).await?;
        let row = rows.into_iter().next();
        row.ok_or_else(|| self.damaged("a function returned nothing".to_owned()))
    }

    /// Runs a statement that writes and may return several rows.
    pub(crate) async fn write_rows(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, LogError> {
        self.run(sql, parameters).await.map_err(|Failure { error, is_unknown }| {
            if is_unknown { LogError::Unknown { source: Arc::new(error) } } else { error.into() }
        })
    }

    async fn run(&self, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, Failure> {
        let (client, statement) = self.prepared(sql).await.map_err(Failure::before)?;
        match timeout(self.answer_timeout, client.query(&statement, parameters)).await {
            Ok(Ok(rows)) => Ok(rows),
            Ok(Err(error)) => {
                let is_unknown = !is_refusal(&error);
                if is_unknown || is_stale(&error) {
                    drop(Object::take(client));
                }
                Err(Failure { error: DatabaseError::new(&self.server, error), is_unknown })
            }
            Err(_) => Err(Failure { error: self.no_answer(client), is_unknown: true }),
        }
    }

    /// Takes a connection on which the statement is prepared.
    async fn prepared(&self, sql: &str) -> Result<(Object, Statement), DatabaseError> {
        loop {
            let client = self.client().await?;
            match timeout(self.answer_timeout, client.prepare_cached(sql)).await {
                Ok(Ok(statement)) => return Ok((client, statement)),
                // It ended while it was in the pool, which makes a new one in its place.
                Ok(Err(error)) if error.is_closed() => drop(Object::take(client)),
                Ok(Err(error)) => return Err(DatabaseError::new(&self.server, error)),
                Err(_) => return Err(self.no_answer(client)),
            }
        }
    }

    async fn client(&self) -> Result<Object, DatabaseError> {
        self.pool.get().await.map_err(|error| {
            let (number, after) = (self.connections, self.connect_timeout);
            DatabaseError::no_connection(&self.server, error, number, after)
        })
    }

    /// Gives up a connection on which an answer is due.
    fn no_answer(&self, client: Object) -> DatabaseError {
        drop(Object::take(client));
        DatabaseError::NoAnswer { server: Arc::clone(&self.server), after: self.answer_timeout }
    }
}

/// Why a statement has no result.
struct Failure {
    error: DatabaseError,
    /// Whether it may have been executed.
    is_unknown: bool,
}

impl Failure {
    const fn before(error: DatabaseError) -> Self {
        Self { error, is_unknown: false }
    }
}

/// Whether the server has rolled the statement back. A server that ends a connection may have committed before.
fn is_refusal(error: &tokio_postgres::Error) -> bool {
    let severity = error.as_db_error().and_then(|error| error.parsed_severity());
    match severity {
        Some(Severity::Error) => true,
        Some(
            Severity::Panic
            | Severity::Fatal
            | Severity::Warning
            | Severity::Notice
            | Severity::Debug
            | Severity::Info
            | Severity::Log,
        )
        | None => false,
    }
}

/// Whether statements that were prepared on the connection do not fit the schema any more.
fn is_stale(error: &tokio_postgres::Error) -> bool {
    let codes = [SqlState::FEATURE_NOT_SUPPORTED, SqlState::INVALID_SQL_STATEMENT_NAME];
    error.code().is_some_and(|code| codes.contains(code))
}
