//! Databases that cannot be used: each is refused with a sentence that says what to do.

use std::net::TcpListener;

use synod_event_log::{EventLog, LogError};
use synod_event_log_postgres::{
    DatabaseError, DatabaseUrl, PostgresOpenError, PostgresOptions, PostgresStore, migrate,
};

use crate::{
    cluster::{PASSWORD, new_schema, shared},
    sample::*,
};

async fn error(url: &str) -> (String, PostgresOpenError) {
    error_of(&url.parse().unwrap(), PostgresOptions::default()).await
}

async fn error_of(url: &DatabaseUrl, options: PostgresOptions) -> (String, PostgresOpenError) {
    let error = PostgresStore::open(url, options).await.unwrap_err();
    let (mut said, mut source) = (error.to_string(), std::error::Error::source(&error));
    while let Some(cause) = source {
        said += &format!(": {cause}");
        source = cause.source();
    }
    said += &format!(" {error:?}");
    assert!(!said.contains(PASSWORD), "{said}");
    (said, error)
}

macro_rules! assert_database {
    ($error:expr, $variant:ident) => {{
        let (said, error) = $error;
        let PostgresOpenError::Database(error) = error else { panic!("{said}") };
        assert!(matches!(error, DatabaseError::$variant { .. }), "{said}");
        said
    }};
}

#[tokio::test]
async fn wrong_places_are_told_apart() {
    let port = shared().port;
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let to = |user: &str, password: &str, port: u16, database: &str| {
        format!("postgres://{user}:{password}@127.0.0.1:{port}/{database}?sslmode=disable")
    };
    let said =
        assert_database!(error(&to("postgres", PASSWORD, free, "postgres")).await, Unreachable);
    assert!(said.contains(&format!("127.0.0.1:{free}")), "{said}");
    assert_database!(error(&to("postgres", "wrong", port, "postgres")).await, AccessRefused);
    assert_database!(error(&to("nobody", "wrong", port, "postgres")).await, AccessRefused);
    assert_database!(error(&to("postgres", PASSWORD, port, "synodd")).await, UnknownDatabase);
    let no_password = format!("postgres://postgres@127.0.0.1:{port}/postgres");
    assert_database!(error(&no_password).await, AccessRefused);
}

#[tokio::test]
async fn a_server_without_postgres_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let options = PostgresOptions {
        connect_timeout: std::time::Duration::from_millis(300),
        ..PostgresOptions::default()
    };
    let url = shared().url_at(port, "sslmode=disable");
    assert_database!(error_of(&url, options).await, NoAnswer);
}

#[tokio::test]
async fn a_database_that_was_not_migrated_is_named() {
    let options = PostgresOptions { schema: new_schema(), ..PostgresOptions::default() };
    let (said, error) = error_of(&shared().url(), options.clone()).await;
    assert!(matches!(error, PostgresOpenError::NotMigrated { .. }), "{said}");
    // An empty schema of the administrator's is none yet.
    shared().sql(&format!("CREATE SCHEMA {}", options.schema));
    let (said, error) = error_of(&shared().url(), options.clone()).await;
    assert!(matches!(error, PostgresOpenError::NotMigrated { .. }), "{said}");
    migrate(&shared().url(), &options, None).await.unwrap();
    PostgresStore::open(&shared().url(), options).await.unwrap();
}

#[tokio::test]
async fn tables_of_another_program_are_left_alone() {
    for tables in [
        "CREATE TABLE {}.theirs (x integer)",
        "CREATE TABLE {}.meta (x integer)",
        "CREATE TABLE {}.meta (key text, value text)",
    ] {
        let options = PostgresOptions { schema: new_schema(), ..PostgresOptions::default() };
        let schema = &options.schema;
        shared().sql(&format!("CREATE SCHEMA {schema}; {}", tables.replace("{}", schema)));
        let (said, error) = error_of(&shared().url(), options.clone()).await;
        assert!(matches!(error, PostgresOpenError::OtherProgram { .. }), "{tables}: {said}");
        let migrated = migrate(&shared().url(), &options, None).await.unwrap_err();
        assert!(matches!(migrated, PostgresOpenError::OtherProgram { .. }), "{migrated}");
    }
}

#[tokio::test]
async fn a_newer_schema_says_whether_it_may_be_used() {
    let options = shared().schema().await;
    let set = |key: &str, value: &str| {
        let schema = &options.schema;
        shared().sql(&format!("UPDATE {schema}.meta SET value = '{value}' WHERE key = '{key}'"))
    };
    set("schema_version", "7");
    PostgresStore::open(&shared().url(), options.clone()).await.unwrap();
    let report = migrate(&shared().url(), &options, None).await.unwrap();
    assert_eq!((report.from, report.to), (7, 7));
    set("min_reader_version", "7");
    set("min_reader_release", "9.1.0");
    set("written_by", "9.2.0");
    let (said, error) = error_of(&shared().url(), options.clone()).await;
    assert!(matches!(error, PostgresOpenError::NewerVersion { .. }), "{said}");
    assert!(said.contains("Synod 9.2.0") && said.contains("version 9.1.0 or later"), "{said}");
    let error = migrate(&shared().url(), &options, None).await.unwrap_err();
    assert!(matches!(error, PostgresOpenError::NewerVersion { .. }), "{error}");
}

#[tokio::test]
async fn unsynced_commits_are_refused_unless_allowed() {
    let options = shared().schema().await;
    let url =
        shared().url_at(shared().port, "sslmode=disable&options=-c%20synchronous_commit%3Doff");
    let (said, error) = error_of(&url, options.clone()).await;
    assert!(matches!(error, PostgresOpenError::Unsynced { .. }), "{said}");
    assert!(said.contains("synchronous_commit = off"), "{said}");
    let allowed = PostgresOptions { allow_unsynced_commits: true, ..options.clone() };
    let store = PostgresStore::open(&url, allowed).await.unwrap();
    assert_eq!(store.settings().synchronous_commit, "off");
    let store = PostgresStore::open(&shared().url(), options).await.unwrap();
    let settings = store.settings();
    assert_eq!(settings.synchronous_commit, "on");
    assert!(settings.fsync && settings.data_checksums && !settings.is_encrypted, "{settings:?}");
}

#[tokio::test]
async fn a_read_only_database_is_named() {
    let options = shared().schema().await;
    let read_only = "sslmode=disable&options=-c%20default_transaction_read_only%3Don";
    let url = shared().url_at(shared().port, read_only);
    let said = assert_database!(error_of(&url, options.clone()).await, ReadOnly);
    assert!(said.contains("name the primary server"), "{said}");
    let error = migrate(&url, &options, None).await.unwrap_err();
    assert!(
        matches!(error, PostgresOpenError::Database(DatabaseError::ReadOnly { .. })),
        "{error}"
    );
}

#[tokio::test]
async fn names_of_schemas_are_checked() {
    for schema in ["", "Synod", "a b", "pg_synod", "1a", "a;drop", &"a".repeat(64)] {
        let options = PostgresOptions { schema: schema.to_owned(), ..PostgresOptions::default() };
        let (said, error) = error_of(&shared().url(), options).await;
        assert!(matches!(error, PostgresOpenError::SchemaName { .. }), "{said}");
    }
}

#[tokio::test]
async fn the_role_of_servers_needs_no_ddl() {
    let options = PostgresOptions { schema: new_schema(), ..PostgresOptions::default() };
    let (role, schema) = (format!("role of {}", options.schema), options.schema.clone());
    let created = format!("CREATE ROLE \"{role}\" LOGIN PASSWORD '{PASSWORD}'");
    let url = shared().url_of(&role.replace(' ', "%20"));
    let migration = migrate(&shared().url(), &options, Some(&role)).await.unwrap_err();
    assert!(matches!(migration, PostgresOpenError::UnknownRole { .. }), "{migration}");
    shared().sql(&created);
    let denied = migrate(&url, &options, None).await.unwrap_err();
    assert!(matches!(denied, PostgresOpenError::MigrationDenied { .. }), "{denied}");

    migrate(&shared().url(), &options, None).await.unwrap();
    assert_database!(error_of(&url, options.clone()).await, NotPermitted);
    shared().sql(&format!("GRANT USAGE ON SCHEMA {schema} TO \"{role}\"; GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO \"{role}\""));
    assert_database!(error_of(&url, options.clone()).await, NotPermitted);
    let report = migrate(&shared().url(), &options, Some(&role)).await.unwrap();
    assert_eq!((report.from, report.to), (1, 1));
    let store = PostgresStore::open(&url, options.clone()).await.unwrap();
    let log = store.events();
    let id = started(&log).await;
    let worker = synod_event_log::Worker::new("ann");
    log.register(&worker, std::time::Duration::from_secs(60)).await.unwrap();
    log.claim(id, &worker).await.unwrap().unwrap();
    assert_eq!(log.take_over(&worker, &[], 9).await.unwrap(), []);
    log.purge(id).await.unwrap();
    synod_event_log::conformance::run_records(&store.records()).await;
    let owned = shared().sql(&format!(
        "SET ROLE \"{role}\"; SELECT has_schema_privilege('{schema}', 'CREATE'), \
         has_table_privilege('{schema}.meta', 'UPDATE')"
    ));
    assert_eq!(owned, "f|f");
}

#[tokio::test]
async fn too_many_connections_are_named() {
    let options = PostgresOptions { schema: new_schema(), ..PostgresOptions::default() };
    let role = format!("limited_{}", options.schema);
    shared().sql(&format!("CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}' CONNECTION LIMIT 2"));
    migrate(&shared().url(), &options, Some(&role)).await.unwrap();
    let options = PostgresOptions { hints: false, ..options };
    let store = PostgresStore::open(&shared().url_of(&role), options.clone()).await.unwrap();
    let log = store.events();
    let id = loop {
        // The connection that opened the store ends in the background.
        match create(&log).await {
            Ok(id) => break id,
            Err(LogError::Unavailable { .. }) => {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            Err(error) => panic!("{error:?}"),
        }
    };
    assert_database!(error_of(&shared().url_of(&role), options).await, TooManyConnections);
    assert_eq!(append(&log, id, 1, "a").await.unwrap(), 2);
}
