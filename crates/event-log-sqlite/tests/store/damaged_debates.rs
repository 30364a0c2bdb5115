//! A debate that is damaged, among others that are not.

use std::{path::Path, time::Duration};

use synod_domain::DebateId;
use synod_event_log::{DebateList, EventLog, ListQuery, Which, Worker};
use tempfile::TempDir;

use crate::sample::*;

/// What damages the second of three debates; `?1` is its id.
const DAMAGES: [&str; 5] = [
    "UPDATE debates SET topic = 'other' WHERE id = ?1",
    "UPDATE debates SET last_seq = 'three' WHERE id = ?1",
    "UPDATE debates SET finished = 1 WHERE id = ?1",
    "UPDATE events SET body = '{}' WHERE debate_id = ?1 AND seq = 1",
    "DELETE FROM events WHERE debate_id = ?1 AND seq = 1",
];

/// Three debates, of which the second is damaged.
async fn damaged_by(dir: &Path, change: &str) -> [DebateId; 3] {
    let store = open(dir);
    let log = store.events();
    let ids = [debate(&log, 3).await, debate(&log, 3).await, debate(&log, 3).await];
    drop((log, store));
    damage(dir, change, ids[1]);
    ids
}

fn damage(dir: &Path, change: &str, id: DebateId) {
    let db = rusqlite::Connection::open(dir.join("synod.db")).unwrap();
    assert_eq!(db.execute(change, [id.as_uuid().as_bytes()]).unwrap(), 1, "{change}");
}

fn ids(list: &DebateList) -> Vec<DebateId> {
    list.debates.iter().map(|summary| summary.id).collect()
}

fn damaged(list: &DebateList) -> Vec<DebateId> {
    list.damage.iter().filter_map(|damage| damage.debate).collect()
}

#[tokio::test]
async fn a_list_names_the_damaged_debate_and_has_the_others() {
    for change in DAMAGES {
        let dir = TempDir::new().unwrap();
        let [first, second, third] = damaged_by(dir.path(), change).await;
        let log = open(dir.path()).events();
        let list = log.list(&ListQuery::default(), 9).await.unwrap();
        assert_eq!((ids(&list), damaged(&list)), (vec![third, first], vec![second]), "{change}");
        // A page has as many debates as it may have, and no damage is named twice.
        let page = log.list(&ListQuery::default(), 1).await.unwrap();
        assert_eq!((ids(&page), damaged(&page)), (vec![third], vec![]), "{change}");
        let page = log.list(&ListQuery::default().before(Some(third)), 1).await.unwrap();
        assert_eq!((ids(&page), damaged(&page)), (vec![first], vec![second]), "{change}");
        let page = log.list(&ListQuery::default().before(Some(second)), 1).await.unwrap();
        assert_eq!((ids(&page), damaged(&page)), (vec![first], vec![]), "{change}");
        log.check_ready().await.unwrap();
    }
}

#[tokio::test]
async fn a_damaged_debate_is_deleted_and_the_others_stay() {
    for change in DAMAGES {
        let dir = TempDir::new().unwrap();
        let [first, second, third] = damaged_by(dir.path(), change).await;
        let store = open(dir.path());
        let log = store.events();
        log.purge(second).await.unwrap();
        let list = log.list(&ListQuery::default(), 9).await.unwrap();
        assert_eq!((ids(&list), damaged(&list)), (vec![third, first], vec![]), "{change}");
        let report = store.verify(|_| {}).await.unwrap();
        assert!(report.is_sound(), "{change}: {:?}", report.damage);
    }
}

#[tokio::test]
async fn the_others_are_taken_over_and_renewed() {
    for change in DAMAGES {
        let dir = TempDir::new().unwrap();
        let [first, second, third] = damaged_by(dir.path(), change).await;
        let log = open(dir.path()).events();
        let worker = Worker::new("server");
        log.register(&worker, Duration::from_secs(3_600)).await.unwrap();
        let claims = log.take_over(&worker, &[], 9).await.unwrap();
        let claimed: Vec<_> = claims.iter().map(|claim| claim.id).collect();
        let others = claimed.iter().copied().filter(|id| *id != second);
        assert_eq!(others.collect::<Vec<_>>(), [first, third], "{change}");
        let unfinished = log.list(&ListQuery::of(Which::Unfinished), 9).await.unwrap();
        assert_eq!(ids(&unfinished), [third, first], "{change}");
        assert_eq!(append(&log, third, 3, "goes on").await.unwrap(), 4, "{change}");
    }
}

/// A row that is damaged while its worker holds it: a lease that lapsed can be renewed all the same.
#[tokio::test]
async fn a_lapsed_lease_is_renewed_beside_a_damaged_debate() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path()).events();
    let (whole, other) = (debate(&log, 3).await, debate(&log, 3).await);
    let worker = Worker::new("server");
    log.register(&worker, Duration::from_secs(3_600)).await.unwrap();
    for id in [whole, other] {
        assert!(log.claim(id, &worker).await.unwrap().is_some());
    }
    log.register(&worker, Duration::ZERO).await.unwrap();
    damage(dir.path(), "UPDATE debates SET topic = 'other' WHERE id = ?1", other);
    log.renew(&worker, Duration::from_secs(3_600)).await.unwrap();
    assert!(log.claim(whole, &worker).await.unwrap().is_some());
    log.claim(other, &worker).await.unwrap_err();
}
