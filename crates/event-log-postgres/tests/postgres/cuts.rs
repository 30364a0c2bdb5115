use std::time::Duration;

use synod_event_log::{Created, EventLog, IdempotencyKey, LogError, append_once, create_once};
use synod_event_log_postgres::{PostgresOptions, PostgresStore};

use crate::{
    cluster::shared,
    proxy::{Cut, Proxy},
    sample::*,
};

/// Two stores on one schema: one through a proxy, and one that is not disturbed.
async fn stores(options: PostgresOptions) -> (Proxy, PostgresStore, PostgresStore) {
    let proxy = Proxy::start(shared().port).await;
    let url = shared().url_at(proxy.port, "sslmode=disable");
    let cut = PostgresStore::open(&url, options.clone()).await.unwrap();
    (proxy, cut, PostgresStore::open(&shared().url(), options).await.unwrap())
}

#[tokio::test]
async fn a_cut_append_is_unknown_and_then_found() {
    let (proxy, cut, whole) = stores(shared().schema().await).await;
    let id = create(&whole.events()).await.unwrap();
    for (fault, is_written) in [(Cut::Request, false), (Cut::Answer, true)] {
        let last = whole.events().read(id, 1, 99).await.unwrap().len() as u64;
        proxy.cut([fault]);
        let one = batch(id, last, [interjected("…")]);
        let lost = cut.events().append(&one, None).await;
        assert!(matches!(lost, Err(LogError::Unknown { .. })), "{fault:?}: {lost:?}");
        let found = whole.events().read(id, last + 1, 1).await.unwrap();
        assert_eq!(found.len(), usize::from(is_written), "{fault:?}");
        // The same batch is not written twice.
        assert_eq!(
            append_once(&cut.events(), &one, None).await.ok(),
            (!is_written).then_some(last + 1)
        );
    }
    assert_eq!(whole.events().read(id, 1, 99).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_cut_create_makes_one_debate() {
    let (proxy, cut, whole) = stores(shared().schema().await).await;
    for fault in [Cut::Request, Cut::Answer] {
        for key in [None, Some(IdempotencyKey::new(format!("{fault:?}"), "who?"))] {
            proxy.cut([fault]);
            let first = batch(new_id(), 0, [initialized("…")]);
            let created = create_once(&cut.events(), &first, key.as_ref()).await.unwrap();
            assert_eq!(created, Created::New(first.debate_id()));
            assert_eq!(whole.events().read(first.debate_id(), 1, 9).await.unwrap().len(), 1);
        }
    }
    assert_eq!(proxy.made(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_writers_lose_and_repeat_nothing_at_cuts() {
    let (proxy, cut, whole) = stores(shared().schema().await).await;
    let id = create(&whole.events()).await.unwrap();
    let faults = [Cut::Request, Cut::Pass, Cut::Answer, Cut::Pass];
    proxy.cut(faults.into_iter().cycle().take(120));
    let writers = (0..4).map(|_| {
        let log = cut.events();
        tokio::spawn(async move { write(&log, id, 30).await })
    });
    let mut acknowledged = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        acknowledged.extend(writer.await.unwrap());
    }
    assert_eq!(acknowledged.len(), 120);
    assert_eq!(proxy.made(), 60, "every cut was made");
    assert_stored(&whole.events(), id, acknowledged).await;
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let wait = Duration::from_millis(300);
    let options = PostgresOptions { answer_timeout: wait, ..shared().schema().await };
    let (proxy, cut, whole) = stores(options).await;
    let id = create(&whole.events()).await.unwrap();
    proxy.cut([Cut::Silence]);
    let one = batch(id, 1, [interjected("…")]);
    let lost = cut.events().append(&one, None).await;
    let Err(LogError::Unknown { source }) = lost else { panic!("{lost:?}") };
    assert!(source.to_string().contains("has not answered for 0.3 s"), "{source}");
    // The write had arrived; the next one takes another connection.
    assert!(matches!(
        append(&cut.events(), id, 1, "b").await,
        Err(LogError::Conflict { last: 2, .. })
    ));
    assert_eq!(append(&cut.events(), id, 2, "c").await.unwrap(), 3);
}
