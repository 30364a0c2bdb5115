use std::sync::Arc;

use tokio_postgres::{Client, Transaction, error::SqlState};

use crate::{
    connection::ConnectionSettings,
    database_error::DatabaseError,
    database_url::DatabaseUrl,
    open_error::PostgresOpenError,
    options::PostgresOptions,
    postgres_settings::PostgresSettings,
    schema::{APPLICATION, RELEASE, SCHEMA_VERSION, schema_version},
};

/// The migrations, each of which leads to the version that is its place, from 1 on.
const MIGRATIONS: [&str; 1] = [include_str!("../migrations/0001_events.sql")];
/// The oldest version of the schema whose code may use a database of this version, and the first release
/// that had it.
const OLDEST_READER: (i32, &str) = (1, "0.1.0");
const _: () = assert!(MIGRATIONS.len() == SCHEMA_VERSION as usize, "a migration for each version");

/// The result of [`migrate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MigrationReport {
    /// The version of the schema before; 0 if there were no tables.
    pub from: i32,
    /// The version of the schema now.
    pub to: i32,
}

/// Creates the tables, or brings them to this version, in one transaction. Of several processes that do so at
/// once, one migrates and the others wait for it.
///
/// The role of the URL creates the schema and owns its tables. `user`, if given, is the role of the servers: it
/// gets the privileges to read and write, and cannot change the tables themselves.
///
/// # Errors
/// [`PostgresOpenError`], with a sentence that says what to do.
pub async fn migrate(
    url: &DatabaseUrl,
    options: &PostgresOptions,
    user: Option<&str>,
) -> Result<MigrationReport, PostgresOpenError> {
    let settings = ConnectionSettings::new(url, options)?;
    let (mut client, driver) = settings.connect().await?;
    let driver = tokio::spawn(driver);
    let report = migrate_with(&mut client, &settings.server, &options.schema, user).await;
    drop(client);
    // The connection has ended, and its error was that of the migration.
    let _ = driver.await;
    report
}

async fn migrate_with(
    client: &mut Client,
    server: &Arc<str>,
    schema: &str,
    user: Option<&str>,
) -> Result<MigrationReport, PostgresOpenError> {
    PostgresSettings::read(client, server).await?;
    let failed = |error| failure(server, schema, error);
    let transaction = client.transaction().await.map_err(failed)?;
    // The migration may take long; only another one keeps it waiting.
    let lock = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'";
    transaction.batch_execute(lock).await.map_err(failed)?;
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended('synod migration ' || $1, 0))";
    transaction.query_one(lock, &[&schema]).await.map_err(failed)?;
    let from = schema_version(&transaction, server, schema).await?;
    let to = from.max(SCHEMA_VERSION);
    if from < SCHEMA_VERSION {
        upgrade(&transaction, schema, from).await.map_err(failed)?;
    }
    if let Some(user) = user {
        grant(&transaction, schema, user).await.map_err(|error| {
            if error.code() == Some(&SqlState::UNDEFINED_OBJECT) {
                let (server, role) = (Arc::clone(server), user.to_owned());
                return PostgresOpenError::UnknownRole { server, role };
            }
            failed(error)
        })?;
    }
    transaction.commit().await.map_err(failed)?;
    Ok(MigrationReport { from, to })
}

async fn upgrade(
    transaction: &Transaction<'_>,
    schema: &str,
    from: i32,
) -> Result<(), tokio_postgres::Error> {
    let exists = "SELECT to_regnamespace($1) IS NOT NULL";
    if !transaction.query_one(exists, &[&schema]).await?.try_get::<_, bool>(0)? {
        transaction.batch_execute(&format!("CREATE SCHEMA {schema}")).await?;
    }
    for migration in MIGRATIONS.iter().skip(usize::try_from(from).unwrap_or(0)) {
        transaction.batch_execute(migration).await?;
    }
    let (oldest, release) = OLDEST_READER;
    for (key, value) in [
        ("application", APPLICATION),
        ("schema_version", &SCHEMA_VERSION.to_string()),
        ("written_by", RELEASE),
        ("min_reader_version", &oldest.to_string()),
        ("min_reader_release", release),
    ] {
        let put = "INSERT INTO meta (key, value) VALUES ($1, $2) \
             ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        transaction.execute(put, &[&key, &value]).await?;
    }
    Ok(())
}

/// Lets the servers' role read and write all tables but `meta`, which it only reads.
async fn grant(
    transaction: &Transaction<'_>,
    schema: &str,
    role: &str,
) -> Result<(), tokio_postgres::Error> {
    let role = format!("\"{}\"", role.replace('"', "\"\""));
    let grants = format!(
        "GRANT USAGE ON SCHEMA {schema} TO {role};
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role};
         REVOKE INSERT, UPDATE, DELETE ON {schema}.meta FROM {role};
         GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO {role};"
    );
    transaction.batch_execute(&grants).await
}

fn failure(server: &Arc<str>, schema: &str, error: tokio_postgres::Error) -> PostgresOpenError {
    if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
        let (server, schema) = (Arc::clone(server), schema.to_owned());
        return PostgresOpenError::MigrationDenied { server, schema, source: error };
    }
    DatabaseError::new(server, error).into()
}
