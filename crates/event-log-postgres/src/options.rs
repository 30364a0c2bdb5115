use std::{fmt, sync::Arc, time::Duration};

use synod_domain::Clock;

/// Settings of a [`PostgresStore`](crate::PostgresStore). The defaults suit a server.
#[derive(Clone)]
pub struct PostgresOptions {
    /// The schema with the tables.
    pub schema: String,
    /// What PostgreSQL shows as the name of the program, unless the URL has one.
    pub application_name: String,
    /// The maximum number of connections of this process, without the one for notifications.
    pub connections: usize,
    /// How long to wait for a free connection, and for a new one.
    pub connect_timeout: Duration,
    /// How long PostgreSQL works on a statement (`statement_timeout`).
    pub statement_timeout: Duration,
    /// How long to wait for an answer. It should be longer than the statement timeout: after it, the outcome of
    /// a write is unknown.
    pub answer_timeout: Duration,
    /// How long the connection to a server that is silent is kept (`TCP_USER_TIMEOUT` and keepalives).
    pub silence_timeout: Duration,
    /// Whether PostgreSQL may confirm a write before it is on its disk (`synchronous_commit = off` or
    /// `fsync = off`). Confirmed events can then be lost with the power.
    pub allow_unsynced_commits: bool,
    /// How often to ask for new events of all debates with subscribers.
    pub poll_interval: Duration,
    /// The least time between two notifications to other processes, and between two questions that notifications
    /// of others cause.
    pub hint_interval: Duration,
    /// Whether processes notify each other of new events (`LISTEN`, `NOTIFY`). Without that, subscribers get the
    /// events of other processes after the poll interval.
    pub hints: bool,
    /// The clock of leases for tests. Without one, they last by the clock of the database.
    pub clock: Option<Arc<dyn Clock>>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            schema: "synod".to_owned(),
            application_name: "synod".to_owned(),
            connections: 8,
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
            answer_timeout: Duration::from_secs(15),
            silence_timeout: Duration::from_secs(15),
            allow_unsynced_commits: false,
            poll_interval: Duration::from_millis(250),
            hint_interval: Duration::from_millis(50),
            hints: true,
            clock: None,
        }
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("schema", &self.schema)
            .field("connections", &self.connections)
            .field("statement_timeout", &self.statement_timeout)
            .field("answer_timeout", &self.answer_timeout)
            .field("hints", &self.hints)
            .finish_non_exhaustive()
    }
}
