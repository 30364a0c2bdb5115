use std::{
    fs,
    io::{self, ErrorKind},
    path::Path,
    process::Command,
    sync::Arc,
    thread::{self, ThreadId},
    time::Duration,
};

use synod_domain::{Event, Resumed, Timestamp};
use synod_event_log::{EventLog, LogError};
use synod_event_log_sqlite::{Disk, RestoreError, SqliteStore, StoreOpenError, StoreOptions};
use tempfile::TempDir;

use crate::{failures::faulty, sample::*};

#[tokio::test]
async fn new_debates_are_refused_before_the_disk_is_full() {
    let dir = TempDir::new().unwrap();
    let (store, disk) = faulty(dir.path(), 0);
    *disk.free.lock() = Some((256 << 20) - 1);
    let log = store.events();
    // Seen by the first write.
    let refused = create(&log).await.unwrap_err();
    assert!(matches!(refused, LogError::LowSpace { .. }), "{refused:?}");
    assert!(refused.to_string().starts_with("the disk has 255 MiB of free space"), "{refused}");
    assert!(*store.low_on_space().borrow());
    drop((store, log));

    let (store, disk) = faulty(dir.path(), 0);
    let log = store.events();
    let id = create(&log).await.unwrap();
    *disk.free.lock() = Some(0);
    append(&log, id, 1, "running debates go on").await.unwrap();
    assert!(!*store.low_on_space().borrow());
}

/// A disk that answers in other threads than that of the test only.
struct BlockingDisk(ThreadId);

impl Disk for BlockingDisk {
    fn free_bytes(&self, _: &Path) -> io::Result<u64> {
        let is_ours = thread::current().id() == self.0;
        if is_ours { Err(ErrorKind::WouldBlock.into()) } else { Ok(1 << 40) }
    }

    fn network_file_system(&self, _: &Path) -> io::Result<Option<&'static str>> {
        Ok(None)
    }
}

#[tokio::test]
async fn the_disk_is_not_asked_in_a_thread_of_the_runtime() {
    let dir = TempDir::new().unwrap();
    let disk = Arc::new(BlockingDisk(thread::current().id()));
    let store = SqliteStore::open(dir.path(), StoreOptions { disk, ..options() }).unwrap();
    store.events().check_ready().await.unwrap();
}

#[tokio::test]
async fn a_full_disk_uses_up_the_reserve() {
    let dir = TempDir::new().unwrap();
    let (store, disk) = faulty(dir.path(), 1 << 20);
    let (log, reserve) = (store.events(), dir.path().join("reserve"));
    let id = create(&log).await.unwrap();
    assert_eq!(reserve.metadata().unwrap().len(), 1 << 20);

    *disk.fault.lock() = Some(ErrorKind::StorageFull);
    let full = append(&log, id, 1, "too much").await;
    assert!(matches!(full, Err(LogError::Full)), "{full:?}");
    assert!(!reserve.exists());
    assert_eq!(append(&log, id, 1, "the pause").await.unwrap(), 2);
    assert!(matches!(create(&log).await, Err(LogError::Full)));
    drop((store, log));

    // It is made again when there is space.
    let (_store, _) = faulty(dir.path(), 1 << 20);
    assert!(reserve.exists());
}

/// Neither takes what is left, nor does a check say that all is well.
#[tokio::test]
async fn a_debate_neither_starts_nor_resumes_while_little_space_is_left() {
    let dir = TempDir::new().unwrap();
    let (store, _) = faulty(dir.path(), 0);
    let id = create(&store.events()).await.unwrap();
    drop(store);

    let (store, disk) = faulty(dir.path(), 0);
    *disk.free.lock() = Some(1 << 20);
    let log = store.events();
    let resumed = || Event::DebateResumed(Resumed { accepted_models: Box::default() }.into());
    for event in [Event::DebateStarted, resumed()] {
        let refused = log.append(&batch(id, 1, [event]), None).await;
        assert!(matches!(refused, Err(LogError::LowSpace { .. })), "{refused:?}");
    }
    let unready = log.check_ready().await;
    assert!(matches!(unready, Err(LogError::LowSpace { .. })), "{unready:?}");
    append(&log, id, 1, "what was said is kept").await.unwrap();
    drop((store, log));

    let (store, _) = faulty(dir.path(), 0);
    let log = store.events();
    log.check_ready().await.unwrap();
    assert_eq!(log.append(&batch(id, 2, [resumed()]), None).await.unwrap(), 3);
}

#[tokio::test]
async fn the_reserve_is_made_again_once_there_is_space() {
    let dir = TempDir::new().unwrap();
    let (store, disk) = faulty(dir.path(), 1 << 20);
    let (log, reserve) = (store.events(), dir.path().join("reserve"));
    let id = create(&log).await.unwrap();
    *disk.free.lock() = Some(0);
    *disk.fault.lock() = Some(ErrorKind::StorageFull);
    append(&log, id, 1, "too much").await.unwrap_err();
    assert!(!reserve.exists());
    *disk.free.lock() = None;
    let mut last = 1;
    // The space is looked at once a second.
    let made = async {
        while !reserve.exists() {
            last = append(&log, id, last, "meanwhile").await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), made).await.unwrap();
    assert_eq!(reserve.metadata().unwrap().len(), 1 << 20);
    assert!(!*store.low_on_space().borrow());
    create(&log).await.unwrap();
}

/// A file system of 4 MiB, if this process may mount one.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let dir = TempDir::new().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=4m", "none"])
            .arg(dir.path())
            .output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(dir))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).output();
    }
}

/// Something else has filled the disk while no process used the store: what frees space has to work.
#[tokio::test]
async fn a_store_opens_on_a_disk_that_is_full_to_the_last_byte() {
    let Some(disk) = SmallDisk::mount() else {
        return eprintln!("left out: this process may not mount a file system");
    };
    let options = StoreOptions { reserve_bytes: 1 << 20, low_space_bytes: 1 << 18, ..options() };
    let data = disk.0.path().join("data");
    let store = SqliteStore::open(&data, options.clone()).unwrap();
    let id = create(&store.events()).await.unwrap();
    drop(store);
    let filled = fs::write(disk.0.path().join("rest"), vec![1; 8 << 20]);
    assert_eq!(filled.unwrap_err().kind(), ErrorKind::StorageFull);
    let inspected = SqliteStore::inspect(&data);
    assert!(matches!(inspected, Err(StoreOpenError::NoSpace { .. })), "{inspected:?}");

    let store = SqliteStore::open(&data, options).unwrap();
    assert!(!data.join("reserve").exists());
    let log = store.events();
    assert_eq!(log.read(id, 1, usize::MAX).await.unwrap().len(), 1);
    log.purge(id).await.unwrap();
    store.shrink().await.unwrap();
    assert!(store.verify(|_| {}).await.unwrap().is_sound());
}

#[tokio::test]
async fn a_restore_that_fills_the_disk_leaves_no_copy() {
    let Some(disk) = SmallDisk::mount() else {
        return eprintln!("left out: this process may not mount a file system");
    };
    let dir = TempDir::new().unwrap();
    let store = open(&dir.path().join("data"));
    let (log, backup) = (store.events(), dir.path().join("backup.db"));
    let id = create(&log).await.unwrap();
    for last in 1..=60 {
        append(&log, id, last, &"x".repeat(100_000)).await.unwrap();
    }
    store.backup_to(&backup).await.unwrap();
    let (data, at) = (disk.0.path().join("data"), Timestamp::from_unix_ms(7));
    let full = SqliteStore::restore(&data, &backup, at, &options()).unwrap_err();
    let is_full = matches!(full, RestoreError::Directory(StoreOpenError::NoSpace { .. }));
    assert!(is_full, "{full:?}");
    for name in ["synod.db.restoring", "synod.db"] {
        assert!(!data.join(name).exists(), "{name} is left");
    }
}

#[tokio::test]
async fn a_really_full_disk_loses_nothing() {
    let Some(disk) = SmallDisk::mount() else {
        return eprintln!("left out: this process may not mount a file system");
    };
    let options = StoreOptions { reserve_bytes: 1 << 20, low_space_bytes: 1 << 18, ..options() };
    let data = disk.0.path().join("data");
    let store = SqliteStore::open(&data, options.clone()).unwrap();
    let log = store.events();
    let id = create(&log).await.unwrap();
    let mut last = 1;
    let error = loop {
        match append(&log, id, last, &"x".repeat(50_000)).await {
            Ok(seq) => last = seq,
            Err(error) => break error,
        }
        assert!(last < 200, "the disk has no end");
    };
    assert!(matches!(error, LogError::Full), "{error:?}");
    last = append(&log, id, last, "the pause").await.unwrap();
    assert!(matches!(create(&log).await, Err(LogError::Full)));
    drop((store, log));

    let rest = disk.0.path().join("rest");
    let filled = fs::write(&rest, vec![1; 8 << 20]);
    assert_eq!(filled.unwrap_err().kind(), ErrorKind::StorageFull);
    let full = SqliteStore::open(&data, options.clone()).unwrap_err();
    assert!(matches!(full, StoreOpenError::NoSpace { .. }), "{full:?}");
    fs::remove_file(rest).unwrap();
    let store = SqliteStore::open(&data, options).unwrap();
    assert_eq!(store.events().read(id, 1, usize::MAX).await.unwrap().len() as u64, last);
    assert!(store.verify(|_| {}).await.unwrap().is_sound());
}
