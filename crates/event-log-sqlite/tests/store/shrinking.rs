//! The space of deleted debates.

use std::{fs, path::Path, time::Duration};

use synod_event_log::{EventLog, ListQuery};
use synod_event_log_sqlite::{Shrunk, SqliteStore, StoreOptions};
use tempfile::TempDir;

use crate::sample::*;

fn size(dir: &Path) -> u64 {
    dir.join("synod.db").metadata().unwrap().len()
}

/// Whether a file has this text.
fn has(dir: &Path, text: &str) -> bool {
    let bytes = fs::read(dir.join("synod.db")).unwrap();
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn the_space_of_deleted_debates_is_given_back() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let log = store.events();
    let mut ids = Vec::new();
    for _ in 0..6 {
        ids.push(debate(&log, 300).await);
    }
    append(&log, ids[0], 300, "a word of the deleted").await.unwrap();
    append(&log, ids[5], 300, "a word of the kept").await.unwrap();
    drop((store, log));
    let before = size(dir.path());
    assert!(has(dir.path(), "a word of the deleted"));

    let store = open(dir.path());
    let log = store.events();
    let kept = log.read(ids[5], 1, 999).await.unwrap();
    for id in &ids[..5] {
        log.purge(*id).await.unwrap();
    }
    let shrunk = store.shrink().await.unwrap();
    assert!(shrunk.can_shrink && shrunk.free_inside == 0, "{shrunk:?}");
    assert!(size(dir.path()) < before / 3, "{} of {before}", size(dir.path()));
    assert_eq!(size(dir.path()) + shrunk.given_back, before);
    assert!(!has(dir.path(), "a word of the deleted") && has(dir.path(), "a word of the kept"));
    assert_eq!(log.read(ids[5], 1, 999).await.unwrap(), kept);
    assert!(store.verify(|_| {}).await.unwrap().is_sound());
    // It is as before, and can grow and become smaller again.
    let again = debate(&log, 300).await;
    log.purge(again).await.unwrap();
    assert!(store.shrink().await.unwrap().given_back > 0);
    assert_eq!(store.shrink().await.unwrap().given_back, 0);
}

#[tokio::test]
async fn a_store_gives_space_back_while_nothing_is_written() {
    let dir = TempDir::new().unwrap();
    let options = StoreOptions { idle_after: Duration::from_millis(10), ..options() };
    let store = SqliteStore::open(dir.path(), options).unwrap();
    let log = store.events();
    let (kept, id) = (debate(&log, 3).await, debate(&log, 300).await);
    log.purge(id).await.unwrap();
    // The thread that writes waits for the time of the system.
    let smaller = async {
        while SqliteStore::inspect(dir.path()).unwrap().free_inside_bytes > 0
            || size(dir.path()) > 200 << 10
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), smaller).await.unwrap();
    assert_eq!(append(&log, kept, 3, "goes on").await.unwrap(), 4);
}

/// A process that reads an earlier state may need what was deleted.
#[tokio::test]
async fn nothing_is_given_back_while_another_process_reads() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let log = store.events();
    let id = debate(&log, 300).await;
    let other = rusqlite::Connection::open(dir.path().join("synod.db")).unwrap();
    other.execute_batch("BEGIN; SELECT count(*) FROM events").unwrap();
    log.purge(id).await.unwrap();
    let shrunk = store.shrink().await.unwrap();
    assert!(shrunk.given_back == 0 && shrunk.free_inside > 100 << 10, "{shrunk:?}");
    other.execute_batch("COMMIT").unwrap();
    assert!(store.shrink().await.unwrap().given_back >= shrunk.free_inside);
}

/// Another process that writes for long delays nothing but the space.
#[tokio::test]
async fn a_store_stays_open_if_another_process_writes_meanwhile() {
    let dir = TempDir::new().unwrap();
    let options = StoreOptions { lock_wait: Duration::from_millis(20), ..options() };
    let store = SqliteStore::open(dir.path(), options).unwrap();
    let log = store.events();
    let (kept, id) = (debate(&log, 3).await, debate(&log, 300).await);
    log.purge(id).await.unwrap();
    let other = rusqlite::Connection::open(dir.path().join("synod.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let shrunk = store.shrink().await.unwrap();
    assert!(shrunk.given_back == 0 && shrunk.free_inside > 0, "{shrunk:?}");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(append(&log, kept, 3, "goes on").await.unwrap(), 4);
    assert!(store.shrink().await.unwrap().given_back > 0);
}

#[tokio::test]
async fn a_database_of_an_earlier_version_keeps_its_size_until_a_backup_is_restored() {
    let dir = TempDir::new().unwrap();
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/schema-1.db");
    fs::copy(fixture, dir.path().join("synod.db")).unwrap();
    let store = open(dir.path());
    let log = store.events();
    let id = debate(&log, 300).await;
    log.purge(id).await.unwrap();
    let Shrunk { given_back, free_inside, can_shrink } = store.shrink().await.unwrap();
    assert!(given_back == 0 && free_inside > 100 << 10 && !can_shrink);
    assert_eq!(SqliteStore::inspect(dir.path()).unwrap().free_inside_bytes, free_inside);
    let before = content(&store).await.unwrap();
    let backup = dir.path().join("backup");
    store.backup_to(&backup).await.unwrap();
    drop((store, log));
    let large = size(dir.path());
    SqliteStore::restore(dir.path(), &backup, Default::default(), &options()).unwrap();
    // It has one page more, which notes how pages are used.
    assert!(size(dir.path()) + free_inside <= large + 4_096);

    let store = open(dir.path());
    assert_eq!(content(&store).await.unwrap(), before);
    let log = store.events();
    let id = debate(&log, 300).await;
    log.purge(id).await.unwrap();
    let shrunk = store.shrink().await.unwrap();
    assert!(shrunk.can_shrink && shrunk.given_back > 100 << 10, "{shrunk:?}");
    assert_eq!(log.list(&ListQuery::default(), 9).await.unwrap().debates.len(), before.len());
}
