//! Whose tables a schema has, and their version.

use std::{collections::HashMap, sync::Arc};

use tokio_postgres::GenericClient;

use crate::{database_error::DatabaseError, open_error::PostgresOpenError};

/// The version of the schema after the last migration.
pub(crate) const SCHEMA_VERSION: i32 = 1;
/// This release.
pub(crate) const RELEASE: &str = env!("CARGO_PKG_VERSION");
/// The value of `application` in the table `meta`.
pub(crate) const APPLICATION: &str = "synod";

const TABLES: &str = "SELECT count(*), count(*) FILTER (WHERE c.relname = 'meta') FROM pg_class c \
     JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')";

const PRIVILEGES: &str = "SELECT bool_and(has_table_privilege(name, 'INSERT') AND has_table_privilege(name, 'UPDATE') \
     AND has_table_privilege(name, 'DELETE') AND has_table_privilege(name, 'SELECT')) \
     FROM unnest(ARRAY['debates', 'events', 'workers', 'keys', 'records', 'partials']) name";

/// Returns the version of the schema, 0 if it has no tables, and refuses tables that this version may not use.
pub(crate) async fn schema_version(
    client: &impl GenericClient,
    server: &Arc<str>,
    schema: &str,
) -> Result<i32, PostgresOpenError> {
    let failed = |error| DatabaseError::new(server, error);
    let row = client.query_one(TABLES, &[&schema]).await.map_err(failed)?;
    let (all, meta): (i64, i64) =
        (row.try_get(0).map_err(failed)?, row.try_get(1).map_err(failed)?);
    let foreign = || PostgresOpenError::OtherProgram {
        server: Arc::clone(server),
        schema: schema.to_owned(),
    };
    if all == 0 {
        return Ok(0);
    }
    if meta == 0 {
        return Err(foreign());
    }
    // Another program's table may have other columns.
    let columns = "SELECT array_agg(attname::text ORDER BY attname) = ARRAY['key', 'value'] FROM pg_attribute a \
         JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = $1 AND c.relname = 'meta' AND a.attnum > 0 AND NOT a.attisdropped";
    let row = client.query_one(columns, &[&schema]).await.map_err(failed)?;
    if !row.try_get::<_, bool>(0).map_err(failed)? {
        return Err(foreign());
    }
    let meta = format!("SELECT key::text, value::text FROM {schema}.meta");
    let rows = client.query(&meta, &[]).await.map_err(failed)?;
    let pair = |row: &tokio_postgres::Row| Ok((row.try_get(0)?, row.try_get(1)?));
    let meta: HashMap<String, String> =
        rows.iter().map(pair).collect::<Result<_, _>>().map_err(failed)?;
    let number = |key: &str| meta.get(key).and_then(|value| value.parse::<i32>().ok());
    let is_ours = meta.get("application").is_some_and(|value| value == APPLICATION);
    let version = number("schema_version").filter(|_| is_ours).ok_or_else(foreign)?;
    let may_read = number("min_reader_version").is_some_and(|oldest| oldest <= SCHEMA_VERSION);
    if version > SCHEMA_VERSION && !may_read {
        let release = |key: &str| meta.get(key).cloned().unwrap_or_else(|| "?".to_owned());
        return Err(PostgresOpenError::NewerVersion {
            server: Arc::clone(server),
            schema: schema.to_owned(),
            found: release("written_by"),
            oldest: release("min_reader_release"),
            ours: RELEASE,
        });
    }
    Ok(version)
}

/// Refuses a schema that this version cannot use as it is, or whose tables the role may not write.
pub(crate) async fn check_schema(
    client: &impl GenericClient,
    server: &Arc<str>,
    schema: &str,
) -> Result<(), PostgresOpenError> {
    let (found, server_of) = (schema_version(client, server, schema).await?, || Arc::clone(server));
    if found == 0 {
        let schema = schema.to_owned();
        return Err(PostgresOpenError::NotMigrated { server: server_of(), schema });
    }
    if found < SCHEMA_VERSION {
        return Err(PostgresOpenError::Outdated {
            server: server_of(),
            schema: schema.to_owned(),
            found,
            needed: SCHEMA_VERSION,
        });
    }
    let failed = |error| DatabaseError::new(server, error);
    let row = client.query_one(PRIVILEGES, &[]).await.map_err(failed)?;
    if !row.try_get::<_, bool>(0).map_err(failed)? {
        let source = Arc::new(std::io::Error::other("it may not write all tables"));
        return Err(DatabaseError::NotPermitted { server: server_of(), source }.into());
    }
    Ok(())
}
