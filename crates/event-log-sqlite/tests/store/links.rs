//! Data directories and databases that are symbolic links.

use std::{fs, os::unix::fs::symlink, path::Path, time::Duration};

use futures_util::StreamExt;
use synod_domain::Timestamp;
use synod_event_log::{EventLog, Worker};
use synod_event_log_sqlite::{RestoreError, SqliteStore, StoreOpenError, StoreOptions};
use tempfile::TempDir;

use crate::{processes::Child, sample::*};

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn processes_share_a_directory_by_different_paths() {
    let folder = TempDir::new().unwrap();
    let (real, link) = (folder.path().join("disk/data"), folder.path().join("link"));
    fs::create_dir_all(&real).unwrap();
    symlink("disk", folder.path().join("mounted")).unwrap();
    symlink("mounted/data", &link).unwrap();
    let store = open(&link);
    let log = store.events();
    let (mine, theirs) = (debate(&log, 3).await, debate(&log, 3).await);
    let me = Worker::new("me");
    log.register(&me, HOUR).await.unwrap();
    log.claim(mine, &me).await.unwrap().unwrap();
    let mut child = Child::start(&real);
    assert_eq!(child.ask("register child 3600000"), "ok");
    assert_eq!(child.ask(&format!("claim {mine}")), "none");
    assert_eq!(child.ask(&format!("claim {theirs}")), "1");
    assert_eq!(log.claim(theirs, &me).await.unwrap(), None);
    let mut events = log.subscribe(theirs, 4);
    assert_eq!(child.ask(&format!("append {theirs} 3 1")), "4");
    let event = tokio::time::timeout(Duration::from_secs(20), events.next()).await;
    assert_eq!(event.unwrap().unwrap().unwrap().recorded.seq, 4);
    // One write-ahead log, beside the database.
    assert!(real.join("synod.db-wal").exists());
    for path in [&real, &link, &folder.path().join("mounted/data")] {
        let found = SqliteStore::inspect(path).unwrap();
        assert_eq!((found.processes.len(), found.workers.len()), (2, 2), "{}", path.display());
        assert!(found.database.starts_with(path), "{}", found.database.display());
    }

    let backup = folder.path().join("backup");
    store.backup_to(&backup).await.unwrap();
    drop((events, log, store));
    let options = StoreOptions { lock_wait: Duration::ZERO, ..options() };
    let restore = |dir: &Path| SqliteStore::restore(dir, &backup, Timestamp::default(), &options);
    let locked = restore(&link).unwrap_err();
    let RestoreError::Directory(StoreOpenError::Locked { path, holders }) = locked else {
        panic!("{locked:?}");
    };
    assert_eq!((path, holders.len()), (link.clone(), 1));
    drop(child);
    restore(&link).unwrap();
    assert!(!real.join("synod.db").is_symlink());
    assert_eq!(content(&open(&real)).await.unwrap().len(), 2);
}

/// Two directories with one database would have two sets of locks.
#[tokio::test]
async fn a_database_that_is_a_link_is_refused() {
    let folder = TempDir::new().unwrap();
    let [real, other] = ["real", "other"].map(|name| folder.path().join(name));
    let store = open(&real);
    create(&store.events()).await.unwrap();
    let backup = folder.path().join("backup");
    store.backup_to(&backup).await.unwrap();
    fs::create_dir(&other).unwrap();
    symlink(real.join("synod.db"), other.join("synod.db")).unwrap();
    let restored = SqliteStore::restore(&other, &backup, Timestamp::default(), &options());
    let restored = restored.unwrap_err();
    let RestoreError::Directory(restored) = restored else { panic!("{restored:?}") };
    let opened = SqliteStore::open(&other, options()).unwrap_err();
    let inspected = SqliteStore::inspect(&other).unwrap_err();
    for error in [opened, inspected, restored] {
        assert!(matches!(error, StoreOpenError::DatabaseIsLink { .. }), "{error:?}");
        let text = error.to_string();
        let (link, target) = (other.join("synod.db"), real.join("synod.db"));
        let begin = format!("{} is a symbolic link to {}", link.display(), target.display());
        assert!(text.starts_with(&begin), "{text}");
    }
    assert_eq!(fs::read_dir(&other).unwrap().count(), 1, "something was created");
}

#[tokio::test]
async fn a_link_to_a_missing_directory_is_named() {
    let folder = TempDir::new().unwrap();
    let link = folder.path().join("link");
    symlink("/not/mounted", &link).unwrap();
    for dir in [link.clone(), link.join("below/it")] {
        let opened = SqliteStore::open(&dir, options()).unwrap_err();
        for error in [opened, SqliteStore::inspect(&dir).unwrap_err()] {
            assert!(matches!(error, StoreOpenError::BrokenLink { .. }), "{error:?}");
            let text = error.to_string();
            let begin = format!("{} is a symbolic link to /not/mounted, which", link.display());
            assert!(text.starts_with(&begin), "{text}");
        }
    }
}
