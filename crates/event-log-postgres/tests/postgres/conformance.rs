use std::sync::Arc;

use synod_domain::ManualClock;
use synod_event_log::{RecordStore, conformance};
use synod_event_log_postgres::{PostgresLog, PostgresOptions, PostgresStore};

use crate::cluster::shared;

/// An empty store whose leases last by a clock.
async fn open(clock: Arc<ManualClock>) -> PostgresLog {
    // Its many stores need no connections for notifications.
    let hints = false;
    let options = PostgresOptions { clock: Some(clock), hints, ..shared().schema().await };
    PostgresStore::open(&shared().url(), options).await.unwrap().events()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_log_conforms() {
    conformance::run(open).await;
}

#[tokio::test]
async fn records_conform() {
    let store = shared().store().await;
    conformance::run_records(&store.records()).await;
}

#[tokio::test]
async fn a_process_is_known_to_be_open_until_it_closes() {
    let options = shared().schema().await;
    let schema = options.schema.clone();
    let options = PostgresOptions { application_name: schema.clone(), ..options };
    let open = async || PostgresStore::open(&shared().url(), options.clone()).await.unwrap();
    let (one, other) = (open().await, open().await);
    let process = one.records().process();
    assert_ne!(process, other.records().process());
    assert!(other.records().is_open_in(process).await.unwrap());
    // As a restart of the server does to all connections.
    shared().sql(&format!(
        "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid) \
         WHERE locktype = 'advisory' AND application_name = '{schema}'"
    ));
    assert!(other.records().is_open_in(process).await.unwrap());
    one.close();
    assert!(!other.records().is_open_in(process).await.unwrap());
}
