//! A server that stops, crashes and comes back.

use std::time::Duration;

use futures_util::StreamExt;
use synod_event_log::{EventLog, LogError};
use synod_event_log_postgres::{PostgresOptions, PostgresStore};
use tokio::time::Instant;

use crate::{cluster::Cluster, sample::*};

/// Runs blocking work beside the writers.
async fn blocking<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    tokio::task::block_in_place(work)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_outlive_crashes_and_restarts() {
    let cluster = Cluster::start();
    let store = cluster.store().await;
    let log = store.events();
    let id = create(&log).await.unwrap();
    let mut events = log.subscribe(id, 2);
    let writers = (0..4).map(|_| {
        let log = store.events();
        tokio::spawn(async move { write(&log, id, 150).await })
    });
    let writers: Vec<_> = writers.collect();
    for mode in ["immediate", "fast", "immediate"] {
        // A real wait: the writers are at work.
        tokio::time::sleep(Duration::from_millis(200)).await;
        blocking(|| {
            cluster.down(mode);
            cluster.up();
        })
        .await;
    }
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }
    assert_eq!(acknowledged.len(), 600);
    assert_stored(&log, id, acknowledged).await;
    // The subscription reads while the server is away, or was waiting then.
    let mut next = 2;
    while next < 602 {
        match events.next().await {
            Some(Ok(event)) => {
                assert_eq!(event.recorded.seq, next);
                next += 1;
            }
            Some(Err(LogError::Unavailable { .. })) | None => events = log.subscribe(id, next),
            Some(Err(error)) => panic!("{error:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_away_is_reported_at_once() {
    let cluster = Cluster::start();
    let options = cluster.schema().await;
    let store = PostgresStore::open(&cluster.url(), options.clone()).await.unwrap();
    let log = store.events();
    let id = create(&log).await.unwrap();
    let mut events = log.subscribe(id, 2);
    let waiting = tokio::spawn(async move { events.next().await });
    log.keep_partials(id, &[(synod_domain::CallNo(1), "A".into())].into()).await.unwrap();
    // A real wait: the subscriber has read what there is, and waits.
    tokio::time::sleep(Duration::from_secs(1)).await;
    blocking(|| cluster.down("fast")).await;

    let began = Instant::now();
    let unavailable = append(&log, id, 1, "a").await;
    assert!(matches!(unavailable, Err(LogError::Unavailable { .. })), "{unavailable:?}");
    let LogError::Unavailable { source } = log.check_ready().await.unwrap_err() else { panic!() };
    let said = source.to_string();
    assert!(said.contains("cannot be reached; check that PostgreSQL runs"), "{said}");
    let opened = PostgresStore::open(&cluster.url(), options).await.unwrap_err();
    assert!(opened.to_string().contains("cannot be reached"), "{opened}");
    let most = PostgresOptions::default().connect_timeout;
    assert!(began.elapsed() < most, "none of them waits for a time limit");

    blocking(|| cluster.up()).await;
    assert_eq!(write(&log, id, 1).await[0].0, 2);
    let event = tokio::time::timeout(Duration::from_secs(20), waiting).await.unwrap().unwrap();
    assert_eq!(event.unwrap().unwrap().recorded.seq, 2);
    assert_eq!(log.partials(id).await.unwrap().len(), 1, "a clean restart keeps the texts");
}
