use std::time::Duration;

use futures_util::StreamExt;
use synod_event_log::EventLog;
use synod_event_log_postgres::{PostgresOptions, PostgresStore};
use tokio::time::timeout;

use crate::{cluster::shared, sample::*};

const LONG: Duration = Duration::from_secs(3_600);

async fn stores(options: PostgresOptions) -> (PostgresStore, PostgresStore) {
    let open = async || PostgresStore::open(&shared().url(), options.clone()).await.unwrap();
    (open().await, open().await)
}

/// Without a poll that would find the event.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notification_brings_events_before_the_poll() {
    let options = PostgresOptions { poll_interval: LONG, ..shared().schema().await };
    let (here, there) = stores(options).await;
    let id = create(&here.events()).await.unwrap();
    let mut events = there.events().subscribe(id, 1);
    assert_eq!(events.next().await.unwrap().unwrap().recorded.seq, 1);
    for seq in 2..6 {
        let log = here.events();
        assert_eq!(append(&log, id, seq - 1, "a").await.unwrap(), seq);
        let event = timeout(Duration::from_secs(20), events.next()).await;
        assert_eq!(event.expect("a hint").unwrap().unwrap().recorded.seq, seq);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_arrive_without_notifications() {
    let options = PostgresOptions { hints: false, ..shared().schema().await };
    let (here, there) = stores(options).await;
    let id = create(&here.events()).await.unwrap();
    let mut events = there.events().subscribe(id, 1);
    assert_eq!(events.next().await.unwrap().unwrap().recorded.seq, 1);
    append(&here.events(), id, 1, "a").await.unwrap();
    let event = timeout(Duration::from_secs(20), events.next()).await;
    assert_eq!(event.expect("the poll").unwrap().unwrap().recorded.seq, 2);
}

/// A purge elsewhere ends a subscription here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purge_by_another_process_ends_subscriptions() {
    let (here, there) = stores(shared().schema().await).await;
    let id = create(&here.events()).await.unwrap();
    let mut events = there.events().subscribe(id, 2);
    let waiting = tokio::spawn(async move { events.next().await });
    here.events().purge(id).await.unwrap();
    let end = timeout(Duration::from_secs(20), waiting).await.unwrap().unwrap();
    assert!(matches!(end, Some(Err(synod_event_log::LogError::Purged(_)))), "{end:?}");
}
