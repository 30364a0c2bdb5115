use futures_util::future::join_all;
use synod_event_log_postgres::{PostgresOptions, PostgresStore, migrate};

use crate::{
    cluster::{new_schema, shared},
    sample::create,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_racing_migrations_migrates() {
    for _ in 0..3 {
        let options = PostgresOptions { schema: new_schema(), ..PostgresOptions::default() };
        let url = shared().url();
        let migrations = (0..6).map(|_| {
            let (url, options) = (url.clone(), options.clone());
            tokio::spawn(async move { migrate(&url, &options, None).await.unwrap() })
        });
        let reports = join_all(migrations).await;
        let mut from: Vec<_> = reports.into_iter().map(|report| report.unwrap().from).collect();
        from.sort();
        assert_eq!(from, [0, 1, 1, 1, 1, 1]);
        let store = PostgresStore::open(&url, options).await.unwrap();
        create(&store.events()).await.unwrap();
    }
}

#[tokio::test]
async fn a_migration_that_fails_changes_nothing() {
    let options = PostgresOptions { schema: new_schema(), ..PostgresOptions::default() };
    let schema = &options.schema;
    // A function in the way of one of the first migration's last steps.
    shared().sql(&format!(
        "CREATE SCHEMA {schema}; CREATE FUNCTION {schema}.release_debate(uuid, bigint) RETURNS text \
         LANGUAGE sql AS 'SELECT NULL::text'"
    ));
    let error = migrate(&shared().url(), &options, None).await.unwrap_err();
    let source = std::error::Error::source(&error).map(ToString::to_string);
    assert!(source.is_some(), "{error:?}");
    let tables = format!("SELECT count(*) FROM pg_tables WHERE schemaname = '{schema}'");
    assert_eq!(shared().sql(&tables), "0");
    shared().sql(&format!("DROP FUNCTION {schema}.release_debate"));
    assert_eq!(migrate(&shared().url(), &options, None).await.unwrap().from, 0);
}
