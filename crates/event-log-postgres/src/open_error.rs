use std::sync::Arc;

use thiserror::Error;

use crate::{database_error::DatabaseError, tls::TlsError};

/// Errors returned by opening a store and by its migration. Nothing was changed.
#[derive(Debug, Error)]
pub enum PostgresOpenError {
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The name of the schema is no plain name.
    #[error(
        "`{name}` cannot be the name of a schema; use lower-case letters, digits and _, at most 63, with a letter \
         first and not pg_"
    )]
    SchemaName {
        /// The name.
        name: String,
    },
    /// PostgreSQL is too old.
    #[error("{server} is PostgreSQL {found}; version 15 or later is needed")]
    OldServer {
        /// The database.
        server: Arc<str>,
        /// Its version.
        found: String,
    },
    /// PostgreSQL confirms writes that are not on its disk.
    #[error(
        "{server} has {setting} = off, so that confirmed events could be lost with the power; set it to on, or allow \
         unsynced commits"
    )]
    Unsynced {
        /// The database.
        server: Arc<str>,
        /// The setting of PostgreSQL.
        setting: &'static str,
    },
    /// There are no tables.
    #[error(
        "{server} has no tables of Synod in the schema {schema}; migrate it first, with a role that may create them"
    )]
    NotMigrated {
        /// The database.
        server: Arc<str>,
        /// The schema.
        schema: String,
    },
    /// An earlier version made the tables.
    #[error(
        "the schema {schema} of {server} has version {found}, and this program needs {needed}; migrate it, with a \
         role that may change it"
    )]
    Outdated {
        /// The database.
        server: Arc<str>,
        /// The schema.
        schema: String,
        /// Its version.
        found: i32,
        /// The version that this program needs.
        needed: i32,
    },
    /// A later version made the tables, and this one may not use them.
    #[error(
        "Synod {found} migrated the schema {schema} of {server}, which now needs version {oldest} or later; this is \
         {ours}: install a later version"
    )]
    NewerVersion {
        /// The database.
        server: Arc<str>,
        /// The schema.
        schema: String,
        /// The version that made them.
        found: String,
        /// The oldest version that may use them.
        oldest: String,
        /// This version.
        ours: &'static str,
    },
    /// The schema has the tables of another program.
    #[error(
        "the schema {schema} of {server} has tables of another program; name another schema or database"
    )]
    OtherProgram {
        /// The database.
        server: Arc<str>,
        /// The schema.
        schema: String,
    },
    /// The role may not create or change tables.
    #[error(
        "the role of {server} may not create or change the tables of the schema {schema}; migrate with the owner of \
         the database, or let that one GRANT CREATE ON DATABASE"
    )]
    MigrationDenied {
        /// The database.
        server: Arc<str>,
        /// The schema.
        schema: String,
        /// The cause.
        #[source]
        source: tokio_postgres::Error,
    },
    /// The role that is to use the tables does not exist.
    #[error("there is no role {role} in {server}; create it (createuser), or correct its name")]
    UnknownRole {
        /// The database.
        server: Arc<str>,
        /// The role.
        role: String,
    },
}
