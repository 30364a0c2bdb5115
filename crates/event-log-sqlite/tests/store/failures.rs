use std::{
    io::{self, ErrorKind},
    path::Path,
    sync::Arc,
};

use futures_util::{FutureExt, StreamExt};
use parking_lot::Mutex;
use synod_event_log::{EventLog, LogError, RecordStore};
use synod_event_log_sqlite::{Disk, SqliteStore, StoreOptions};
use tempfile::TempDir;

use crate::sample::*;

/// A disk with faults.
#[derive(Default)]
pub(crate) struct FaultyDisk {
    /// The error of the next commit.
    pub(crate) fault: Mutex<Option<ErrorKind>>,
    pub(crate) free: Mutex<Option<u64>>,
}

impl Disk for FaultyDisk {
    fn free_bytes(&self, _: &Path) -> io::Result<u64> {
        Ok(self.free.lock().unwrap_or(1 << 40))
    }

    fn network_file_system(&self, _: &Path) -> io::Result<Option<&'static str>> {
        Ok(None)
    }

    fn before_commit(&self) -> io::Result<()> {
        self.fault.lock().take().map_or(Ok(()), |kind| Err(kind.into()))
    }
}

pub(crate) fn faulty(dir: &Path, reserve_bytes: u64) -> (SqliteStore, Arc<FaultyDisk>) {
    let disk = Arc::new(FaultyDisk::default());
    let options = StoreOptions { disk: disk.clone(), reserve_bytes, ..options() };
    (SqliteStore::open(dir, options).unwrap(), disk)
}

#[tokio::test]
async fn nothing_is_acknowledged_after_a_write_error() {
    let dir = TempDir::new().unwrap();
    let (store, disk) = faulty(dir.path(), 0);
    let log = store.events();
    let id = create(&log).await.unwrap();
    let (mut events, failed) = (log.subscribe(id, 2), store.failed());
    assert!(store.failed().now_or_never().is_none());

    *disk.fault.lock() = Some(ErrorKind::Other);
    let during = append(&log, id, 1, "during").await;
    assert!(matches!(during, Err(LogError::Unknown { .. })), "{during:?}");
    failed.await;
    let after = append(&log, id, 1, "after").await;
    assert!(matches!(after, Err(LogError::Unavailable { .. })), "{after:?}");
    let records = store.records().put("agent", [("a".into(), "1".into())].into()).await;
    assert!(matches!(records, Err(LogError::Unavailable { .. })), "{records:?}");
    assert!(matches!(events.next().await, Some(Err(LogError::Unavailable { .. }))));

    drop((store, log, events));
    let store = open(dir.path());
    append(&store.events(), id, 1, "again").await.unwrap();
    assert!(store.verify(|_| {}).await.unwrap().is_sound());
}

/// A transaction has the writes of many callers. One that is refused leaves the others alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_write_leaves_the_others_alone() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let log = store.events();
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(create(&log).await.unwrap());
    }
    let writes = ids.iter().flat_map(|id| {
        // Two with the same expectation, and one that is ahead.
        [1, 1, 5].map(|expected| {
            let (log, id) = (log.clone(), *id);
            tokio::spawn(async move { append(&log, id, expected, "one of two").await })
        })
    });
    let (mut written, mut refused) = (0, 0);
    for write in writes.collect::<Vec<_>>() {
        match write.await.unwrap() {
            Ok(2) => written += 1,
            Err(LogError::Conflict { .. }) => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((written, refused), (20, 40));
    assert!(store.verify(|_| {}).await.unwrap().is_sound());
}

/// What is written to a file without a name is lost.
#[tokio::test]
async fn a_store_whose_database_is_gone_acknowledges_nothing() {
    for change in ["delete", "move the directory", "replace", "delete the log", "delete the index"]
    {
        let dir = TempDir::new().unwrap();
        let data = dir.path().join("data");
        let store = open(&data);
        let log = store.events();
        let id = create(&log).await.unwrap();
        let database = data.join("synod.db");
        match change {
            "delete" => std::fs::remove_file(&database).unwrap(),
            "replace" => {
                let copy = dir.path().join("copy");
                std::fs::copy(&database, &copy).unwrap();
                std::fs::rename(&copy, &database).unwrap();
            }
            "delete the log" => std::fs::remove_file(data.join("synod.db-wal")).unwrap(),
            "delete the index" => std::fs::remove_file(data.join("synod.db-shm")).unwrap(),
            _ => std::fs::rename(&data, dir.path().join("moved")).unwrap(),
        }
        let refused = append(&log, id, 1, "lost").await;
        assert!(matches!(refused, Err(LogError::Unavailable { .. })), "{change}: {refused:?}");
        let cause = store.failed().await.to_string();
        let file = match change {
            "delete the log" => "synod.db-wal",
            "delete the index" => "synod.db-shm",
            _ => "synod.db",
        };
        let said = format!("{file} was deleted, moved or replaced");
        assert!(cause.contains(&said), "{change}: {cause}");
        let unready = log.check_ready().await;
        assert!(matches!(unready, Err(LogError::Unavailable { .. })), "{change}: {unready:?}");
    }
}
