//! Errors of the server within a write, and damaged rows.

use std::{sync::Arc, time::Duration};

use futures_util::FutureExt;
use synod_domain::ManualClock;
use synod_event_log::{
    Batch, ChainHash, EventLog, ListQuery, LogError, MemoryLog, RecordStore, Takeover, Worker,
    export::ExportedDebate,
};
use synod_event_log_postgres::{PostgresOptions, PostgresStore};

use crate::{cluster::shared, sample::*};

async fn store() -> (String, PostgresStore) {
    let options = shared().schema().await;
    let schema = options.schema.clone();
    (schema, PostgresStore::open(&shared().url(), options).await.unwrap())
}

#[tokio::test]
async fn a_full_disk_refuses_a_write_whole() {
    let (schema, store) = store().await;
    let log = store.events();
    let id = create(&log).await.unwrap();
    shared().sql(&format!(
        "CREATE FUNCTION {schema}.full() RETURNS trigger LANGUAGE plpgsql AS \
         $$BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END$$; \
         CREATE TRIGGER full_disk BEFORE INSERT ON {schema}.events FOR EACH ROW WHEN (NEW.seq = 3) \
         EXECUTE FUNCTION {schema}.full()"
    ));
    let both = log.append(&batch(id, 1, ["a", "b"].map(interjected)), None).await;
    assert!(matches!(both, Err(LogError::Full)), "{both:?}");
    assert_eq!(log.read(id, 1, 9).await.unwrap().len(), 1);
    shared().sql(&format!("DROP TRIGGER full_disk ON {schema}.events"));
    assert_eq!(append(&log, id, 1, "a").await.unwrap(), 2);
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_refused() {
    let options = PostgresOptions {
        statement_timeout: Duration::from_millis(100),
        ..shared().schema().await
    };
    let schema = options.schema.clone();
    let store = PostgresStore::open(&shared().url(), options).await.unwrap();
    let log = store.events();
    let id = create(&log).await.unwrap();
    // Another client keeps the row locked for a while.
    let lock = format!(
        "BEGIN; SELECT FROM {schema}.debates WHERE id = '{id}' FOR UPDATE; SELECT pg_sleep(0.6); COMMIT"
    );
    let locking = tokio::task::spawn_blocking(move || shared().sql(&lock));
    let mut last = 1;
    let refused = loop {
        match append(&log, id, last, "a").await {
            Ok(seq) => last = seq,
            Err(error) => break error,
        }
    };
    let LogError::Unavailable { source } = refused else { panic!("{refused:?}") };
    assert!(source.to_string().contains("did not complete a statement in time"), "{source}");
    locking.await.unwrap();
    assert_eq!(append(&log, id, last, "b").await.unwrap(), last + 1);
}

#[tokio::test]
async fn the_chain_is_that_of_other_stores() {
    let (_, store) = store().await;
    let log = store.events();
    let id = started(&log).await;
    log.append(&batch(id, 2, ["a", "b\n\0ä"].map(interjected)), None).await.unwrap();
    let mut chain = ChainHash::start(id);
    for event in log.read(id, 1, 9).await.unwrap() {
        chain = chain.next(event.event_id, &serde_json::to_vec(&*event.recorded).unwrap());
    }
    assert_eq!(store.chain(id).await.unwrap(), chain);
    assert_eq!(ExportedDebate::read(&log, id).await.unwrap().chain(), chain);
}

#[tokio::test]
async fn a_debate_copied_from_another_store_has_its_chain() {
    let (_, store) = store().await;
    let memory = MemoryLog::new(Arc::new(ManualClock::default()));
    let id = started(&memory).await;
    for last in 2..80 {
        append(&memory, id, last, &format!("{last} \0 ä")).await.unwrap();
    }
    let exported = ExportedDebate::read(&memory, id).await.unwrap();
    let copied = Batch::copied(id, 0, exported.events.clone()).unwrap();
    let worker = Worker::new("import").with_takeover(Takeover::OnRequest);
    assert_eq!(store.events().import(&copied, &worker).await.unwrap(), Some(80));
    assert_eq!(store.chain(id).await.unwrap(), exported.chain());
    assert_eq!(ExportedDebate::read(&store.events(), id).await.unwrap(), exported);
}

#[tokio::test]
async fn verification_finds_each_kind_of_damage() {
    let (schema, store) = store().await;
    let log = store.events();
    let worker = Worker::new("ann");
    log.register(&worker, Duration::from_secs(60)).await.unwrap();
    store.records().put("agent", [("ann".into(), "1".into())].into()).await.unwrap();
    let purged = started(&log).await;
    log.purge(purged).await.unwrap();
    let mut debates = Vec::new();
    for _ in 0..8 {
        let id = started(&log).await;
        let claim = log.claim(id, &worker).await.unwrap().unwrap();
        let next = batch(id, 2, ["a", "b"].map(interjected));
        log.append(&next, Some(claim.epoch)).await.unwrap();
        debates.push(id);
    }
    let report = store.verify(|_, _| {}).await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.debates, report.events), (8, 32));
    let of_event = "UPDATE {}.events SET # WHERE seq = 3 AND debate_id = ";
    let of_debate = "UPDATE {}.debates SET # WHERE id = ";
    for (id, (statement, change, found)) in debates.iter().zip([
        (of_event, "hash = sha256(hash)", "the chain hash of event 3"),
        (of_event, "epoch = 7", "the epoch of event 4"),
        (of_event, "crc = crc + 1", "the checksum of event 3"),
        (of_debate, "hash = sha256(hash)", "the chain hash in the row"),
        (of_debate, "status_seq = 1", "the status in the row"),
        (of_debate, "finished = true", "the state in the row"),
        (of_debate, "epoch = 0", "the epoch in the row"),
        ("DELETE FROM {}.debates WHERE id = ", "", "its row is missing"),
    ]) {
        let sql = statement.replace("{}", &schema).replace('#', change);
        shared().sql(&format!("{sql}'{id}'"));
        let report = store.verify(|_, _| {}).await.unwrap();
        let damage = report.damage.iter().find(|damage| damage.debate == Some(*id));
        let what = damage.map(ToString::to_string).unwrap_or_default();
        assert!(what.contains(found), "{change}: {report:?}");
    }
    shared().sql(&format!("UPDATE {schema}.records SET json = '2'"));
    let report = store.verify(|_, _| {}).await.unwrap();
    assert!(report.damage.iter().any(|damage| damage.what.contains("the agent ann")), "{report:?}");
}

#[tokio::test]
async fn damaged_rows_are_not_read() {
    let (schema, store) = store().await;
    let log = store.events();
    for damage in [
        "UPDATE {}.events SET body = overlay(body PLACING '\\x20' FROM 9) WHERE seq = 2 AND debate_id = ",
        "UPDATE {}.events SET event_id = gen_random_uuid() WHERE seq = 2 AND debate_id = ",
        "DELETE FROM {}.events WHERE seq = 2 AND debate_id = ",
        "DELETE FROM {}.events WHERE seq = 3 AND debate_id = ",
        "UPDATE {}.debates SET last_seq = 2 WHERE id = ",
        "DELETE FROM {}.debates WHERE id = ",
    ] {
        let id = started(&log).await;
        append(&log, id, 2, "a").await.unwrap();
        shared().sql(&format!("{}'{id}'", damage.replace("{}", &schema)));
        let read = log.read(id, 1, 9).await;
        let Err(LogError::Damaged(source)) = read else { panic!("{damage}: {read:?}") };
        assert!(source.to_string().contains("damaged"), "{damage}: {source}");
        log.purge(id).await.unwrap();
        let read = log.read(id, 1, 9).await;
        assert!(matches!(read, Err(LogError::Purged(_))), "{damage}: {read:?}");
    }
    assert!(store.verify(|_, _| {}).await.unwrap().is_sound());
}

#[tokio::test]
async fn a_damaged_debate_keeps_no_other_from_being_listed() {
    let (schema, store) = store().await;
    let log = store.events();
    let mut debates = Vec::new();
    for _ in 0..6 {
        debates.push(started(&log).await);
    }
    for (id, damage) in debates[1..5].iter().zip([
        "DELETE FROM {}.events WHERE seq = 1 AND debate_id = ",
        "UPDATE {}.events SET event_id = gen_random_uuid() WHERE seq = 2 AND debate_id = ",
        "UPDATE {}.events SET body = 'x' WHERE seq = 1 AND debate_id = ",
        "UPDATE {}.debates SET status_seq = 7 WHERE id = ",
    ]) {
        shared().sql(&format!("{}'{id}'", damage.replace("{}", &schema)));
    }
    for limit in [2, 9] {
        let listed = log.list(&ListQuery::default(), limit).await.unwrap();
        let ids: Vec<_> = listed.debates.iter().map(|summary| summary.id).collect();
        assert_eq!(ids, [debates[5], debates[0]]);
        let damaged: Vec<_> = listed.damage.iter().filter_map(|damage| damage.debate).collect();
        assert_eq!(damaged, [debates[4], debates[3], debates[2], debates[1]]);
    }
    let first = log.list(&ListQuery::default(), 1).await.unwrap();
    assert_eq!((first.debates[0].id, first.damage), (debates[5], vec![]));
    assert!(log.list(&ListQuery::default(), 0).await.unwrap().debates.is_empty());
    for id in &debates[1..5] {
        log.purge(*id).await.unwrap();
    }
    let listed = log.list(&ListQuery::default(), 9).await.unwrap();
    assert_eq!((listed.debates.len(), listed.damage), (2, vec![]));
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let (_, store) = store().await;
    let log = store.events();
    let id = create(&log).await.unwrap();
    let mut events = log.subscribe(id, 2);
    store.close();
    let refused = append(&log, id, 1, "a").await;
    let Err(LogError::Unavailable { source }) = refused else { panic!("{refused:?}") };
    assert_eq!(source.to_string(), "the store is closed");
    let end = futures_util::StreamExt::next(&mut events).now_or_never();
    assert!(end.is_none_or(|item| matches!(item, Some(Err(_)))));
}
