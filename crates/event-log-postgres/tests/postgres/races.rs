use std::{collections::BTreeMap, time::Duration};

use synod_domain::DebateId;
use synod_event_log::{EventLog, LogError, Worker};
use synod_event_log_postgres::{PostgresLog, PostgresStore};

use crate::{cluster::shared, sample::*};

/// Stores as of several processes.
async fn stores(number: usize) -> Vec<PostgresStore> {
    let options = shared().schema().await;
    let mut stores = Vec::new();
    for _ in 0..number {
        stores.push(PostgresStore::open(&shared().url(), options.clone()).await.unwrap());
    }
    stores
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn acknowledged_events_of_racing_stores_are_stored_once() {
    for number in [2, 4] {
        let stores = stores(number).await;
        let id = create(&stores[0].events()).await.unwrap();
        let writers = stores.iter().map(|store| {
            let log = store.events();
            tokio::spawn(async move { write(&log, id, 100).await })
        });
        let mut acknowledged = Vec::new();
        for writer in writers.collect::<Vec<_>>() {
            acknowledged.extend(writer.await.unwrap());
        }
        assert_eq!(acknowledged.len(), number * 100);
        assert_stored(&stores[0].events(), id, acknowledged).await;
    }
}

/// Workers whose leases end while they append: of each epoch only its own worker's events are stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn workers_that_take_a_debate_from_each_other_are_fenced() {
    let stores = stores(4).await;
    let id = started(&stores[0].events()).await;
    let workers = stores.iter().enumerate().map(|(number, store)| {
        let log = store.events();
        tokio::spawn(async move { drive(&log, id, number).await })
    });
    let mut driven = BTreeMap::new();
    for worker in workers.collect::<Vec<_>>() {
        for (epoch, number) in worker.await.unwrap() {
            assert_eq!(driven.insert(epoch, number), None, "two workers with epoch {epoch}");
        }
    }
    let events = stores[0].events().read(id, 3, usize::MAX).await.unwrap();
    assert!(events.windows(2).all(|pair| pair[0].epoch <= pair[1].epoch));
    for event in &events {
        let text = serde_json::to_string(&*event.recorded).unwrap();
        let worker = format!("worker {} of", driven[&event.epoch.0]);
        assert!(text.contains(&worker), "epoch {}: {text}", event.epoch.0);
    }
    assert!(driven.len() >= 8, "{driven:?}");
}

/// Claims the debate and appends until it is fenced. Returns its epochs with its number.
async fn drive(log: &PostgresLog, id: DebateId, number: usize) -> Vec<(u64, usize)> {
    let mut epochs = Vec::new();
    while epochs.len() < 4 {
        // Shorter than its work, so that others get the debate.
        let worker = Worker::new(format!("worker {number}"));
        log.register(&worker, Duration::from_millis(20)).await.unwrap();
        let claim = match log.claim(id, &worker).await {
            Ok(Some(claim)) => claim,
            Ok(None) | Err(LogError::LeaseLost { .. }) => continue,
            Err(error) => panic!("{error:?}"),
        };
        epochs.push((claim.epoch.0, number));
        let mut last = claim.last;
        for _ in 0..20 {
            let text = format!("worker {number} of {}", claim.epoch.0);
            let next = batch(id, last, [interjected(&text)]);
            match log.append(&next, Some(claim.epoch)).await {
                Ok(seq) => last = seq,
                Err(LogError::Fenced { epoch }) => {
                    assert!(epoch > claim.epoch);
                    break;
                }
                Err(error) => panic!("{error:?}"),
            }
        }
    }
    epochs
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn debates_of_a_dead_worker_are_taken_over_once() {
    let stores = stores(4).await;
    let log = stores[0].events();
    let dead = Worker::new("dead");
    log.register(&dead, Duration::from_secs(60)).await.unwrap();
    let mut left = Vec::new();
    for _ in 0..120 {
        let id = started(&log).await;
        log.claim(id, &dead).await.unwrap().unwrap();
        left.push(id);
    }
    log.deregister(&dead).await.unwrap();
    let takers = stores.iter().enumerate().map(|(number, store)| {
        let log = store.events();
        tokio::spawn(async move {
            let worker = Worker::new(format!("worker {number}"));
            log.register(&worker, Duration::from_secs(60)).await.unwrap();
            let mut taken = Vec::new();
            loop {
                let claims = log.take_over(&worker, &[], 7).await.unwrap();
                if claims.is_empty() {
                    return taken;
                }
                assert!(claims.iter().all(|claim| claim.epoch.0 == 2 && claim.last == 2));
                taken.extend(claims.into_iter().map(|claim| claim.id));
            }
        })
    });
    let mut taken = Vec::new();
    for taker in takers.collect::<Vec<_>>() {
        taken.extend(taker.await.unwrap());
    }
    taken.sort();
    left.sort();
    assert_eq!(taken, left);
}
