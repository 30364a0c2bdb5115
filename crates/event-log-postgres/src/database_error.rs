use std::{sync::Arc, time::Duration};

use deadpool_postgres::{PoolError, TimeoutType};
use synod_event_log::{Cause, LogError};
use thiserror::Error;
use tokio_postgres::error::{DbError, SqlState};

/// What is wrong with a database, in words that say what to do. It is the cause that the log gives with
/// [`LogError::Unavailable`] and [`LogError::Unknown`].
///
/// Servers are named without passwords.
#[derive(Clone, Debug, Error)]
pub enum DatabaseError {
    /// No connection can be made.
    #[error("{server} cannot be reached; check that PostgreSQL runs there, the name and the port")]
    Unreachable {
        /// The database.
        server: Arc<str>,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// The server starts, stops or recovers.
    #[error("{server} starts, stops or recovers; try again soon")]
    NotAccepting {
        /// The database.
        server: Arc<str>,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// The connection ended.
    #[error("the connection to {server} ended")]
    ConnectionLost {
        /// The database.
        server: Arc<str>,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// The server did not answer.
    #[error("{server} has not answered for {} s", .after.as_secs_f32())]
    NoAnswer {
        /// The database.
        server: Arc<str>,
        /// How long it was waited for.
        after: Duration,
    },
    /// All connections of this process are in use.
    #[error(
        "all {connections} connections of this process to {server} were in use for {} s; allow more, or find what \
         keeps the database busy",
        .after.as_secs_f32()
    )]
    Busy {
        /// The database.
        server: Arc<str>,
        /// The limit.
        connections: usize,
        /// How long it was waited for.
        after: Duration,
    },
    /// The server has too many connections.
    #[error(
        "{server} has too many connections; raise its max_connections, or allow fewer per process"
    )]
    TooManyConnections {
        /// The database.
        server: Arc<str>,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// User or password are wrong, or may not connect from here.
    #[error("{server} refuses the user or the password; check both, and pg_hba.conf")]
    AccessRefused {
        /// The database.
        server: Arc<str>,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// There is no such database.
    #[error("the database of {server} does not exist; create it (createdb), or correct its name")]
    UnknownDatabase {
        /// The database.
        server: Arc<str>,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// The server is a standby, or read-only.
    #[error("{server} is read-only: a standby, or set so; name the primary server")]
    ReadOnly {
        /// The database.
        server: Arc<str>,
    },
    /// The role lacks a privilege.
    #[error(
        "the role of {server} lacks a privilege; grant it by another migration that names this role"
    )]
    NotPermitted {
        /// The database.
        server: Arc<str>,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// A table or function is missing.
    #[error("{server} lacks tables of Synod; migrate the database")]
    NotMigrated {
        /// The database.
        server: Arc<str>,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// TLS failed.
    #[error("no encrypted connection to {server}; check its certificate, sslmode and sslrootcert")]
    Tls {
        /// The database.
        server: Arc<str>,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// The disk of the server is full.
    #[error("the disk of {server} is full; free some space there")]
    DiskFull {
        /// The database.
        server: Arc<str>,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// A statement took too long.
    #[error("{server} did not complete a statement in time; find what keeps it busy")]
    StatementTimeout {
        /// The database.
        server: Arc<str>,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// What was read is not what was written.
    #[error("{server} has damaged data: {what}; restore a backup")]
    Damaged {
        /// The database.
        server: Arc<str>,
        /// What is wrong.
        what: String,
    },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// PostgreSQL reported another error.
    #[error("{server} reports an error")]
    Other {
        /// The database.
        server: Arc<str>,
        /// The cause.
        #[source]
        source: Cause,
    },
}

impl DatabaseError {
    /// Says what an error of a connection or a statement means.
    pub(crate) fn new(server: &Arc<str>, error: tokio_postgres::Error) -> Self {
        let server = Arc::clone(server);
        let kind = error.as_db_error().map(Kind::of);
        let is_closed =
            error.is_closed() || chain(&error).any(|cause| cause.is::<std::io::Error>());
        let is_tls = error.to_string().contains("TLS");
        let source: Cause = Arc::new(error);
        match kind {
            Some(Kind::NotAccepting) => Self::NotAccepting { server, source },
            Some(Kind::TooManyConnections) => Self::TooManyConnections { server, source },
            Some(Kind::AccessRefused) => Self::AccessRefused { server, source },
            Some(Kind::UnknownDatabase) => Self::UnknownDatabase { server, source },
            Some(Kind::ReadOnly) => Self::ReadOnly { server },
            Some(Kind::NotPermitted) => Self::NotPermitted { server, source },
            Some(Kind::NotMigrated) => Self::NotMigrated { server, source },
            Some(Kind::DiskFull) => Self::DiskFull { server, source },
            Some(Kind::Damaged) => Self::Damaged { server, what: source.to_string() },
            Some(Kind::StatementTimeout) => Self::StatementTimeout { server, source },
            Some(Kind::Other) => Self::Other { server, source },
            None if is_tls => Self::Tls { server, source },
            None if is_closed => Self::ConnectionLost { server, source },
            None => Self::Other { server, source },
        }
    }

    /// Says what an error of a new connection means.
    pub(crate) fn connecting(server: &Arc<str>, error: tokio_postgres::Error) -> Self {
        // The server asks for a password, and there is none.
        let lacks_password = chain(&error).any(|cause| cause.to_string().contains("password"));
        let error = Self::new(server, error);
        let (Self::ConnectionLost { server, source } | Self::Other { server, source }) = error
        else {
            return error;
        };
        if lacks_password {
            Self::AccessRefused { server, source }
        } else {
            Self::Unreachable { server, source }
        }
    }

    /// Says why the pool has no connection.
    pub(crate) fn no_connection(
        server: &Arc<str>,
        error: PoolError,
        connections: usize,
        after: Duration,
    ) -> Self {
        let server = Arc::clone(server);
        match error {
            PoolError::Timeout(TimeoutType::Wait) => Self::Busy { server, connections, after },
            PoolError::Timeout(TimeoutType::Create | TimeoutType::Recycle) => {
                Self::NoAnswer { server, after }
            }
            PoolError::Backend(error) => Self::connecting(&server, error),
            PoolError::Closed => Self::Closed,
            PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => {
                Self::Other { server, source: Arc::new(error) }
            }
        }
    }

    pub(crate) fn damaged(server: &Arc<str>, what: String) -> Self {
        Self::Damaged { server: Arc::clone(server), what }
    }
}

/// What was not written for sure.
impl From<DatabaseError> for LogError {
    fn from(error: DatabaseError) -> Self {
        use DatabaseError::{
            AccessRefused, Busy, Closed, ConnectionLost, Damaged, DiskFull, NoAnswer, NotAccepting,
            NotMigrated, NotPermitted, Other, ReadOnly, StatementTimeout, Tls, TooManyConnections,
            UnknownDatabase, Unreachable,
        };
        match error {
            DiskFull { .. } => Self::Full,
            Damaged { .. } => Self::Damaged(Arc::new(error)),
            Unreachable { .. }
            | NotAccepting { .. }
            | ConnectionLost { .. }
            | NoAnswer { .. }
            | Busy { .. }
            | TooManyConnections { .. }
            | AccessRefused { .. }
            | UnknownDatabase { .. }
            | ReadOnly { .. }
            | NotPermitted { .. }
            | NotMigrated { .. }
            | Tls { .. }
            | StatementTimeout { .. }
            | Closed
            | Other { .. } => Self::Unavailable { source: Arc::new(error) },
        }
    }
}

/// What an error of the server is about.
enum Kind {
    NotAccepting,
    TooManyConnections,
    AccessRefused,
    UnknownDatabase,
    ReadOnly,
    NotPermitted,
    NotMigrated,
    DiskFull,
    Damaged,
    StatementTimeout,
    Other,
}

impl Kind {
    fn of(error: &DbError) -> Self {
        let kinds: [(&[SqlState], Self); 10] = [
            (
                &[SqlState::CANNOT_CONNECT_NOW, SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN],
                Self::NotAccepting,
            ),
            (&[SqlState::TOO_MANY_CONNECTIONS], Self::TooManyConnections),
            (
                &[SqlState::INVALID_PASSWORD, SqlState::INVALID_AUTHORIZATION_SPECIFICATION],
                Self::AccessRefused,
            ),
            (&[SqlState::INVALID_CATALOG_NAME], Self::UnknownDatabase),
            (&[SqlState::READ_ONLY_SQL_TRANSACTION], Self::ReadOnly),
            (&[SqlState::INSUFFICIENT_PRIVILEGE], Self::NotPermitted),
            (
                &[
                    SqlState::UNDEFINED_TABLE,
                    SqlState::UNDEFINED_FUNCTION,
                    SqlState::INVALID_SCHEMA_NAME,
                ],
                Self::NotMigrated,
            ),
            (&[SqlState::DISK_FULL], Self::DiskFull),
            (&[SqlState::DATA_CORRUPTED, SqlState::INDEX_CORRUPTED], Self::Damaged),
            (&[SqlState::QUERY_CANCELED, SqlState::LOCK_NOT_AVAILABLE], Self::StatementTimeout),
        ];
        let found = kinds.into_iter().find(|(codes, _)| codes.contains(error.code()));
        found.map_or(Self::Other, |(_, kind)| kind)
    }
}

/// An error and its causes.
fn chain<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}
