//! The locks of SQLite, by which other programs see that the database is in use.
#![cfg(target_os = "linux")]

use std::{fs, os::unix::fs::MetadataExt, path::Path};

use synod_event_log_sqlite::SqliteStore;
use tempfile::TempDir;

use crate::sample::*;

/// Whether a process has a POSIX lock on a file.
fn is_locked(path: &Path) -> bool {
    let file = format!(":{}", path.metadata().unwrap().ino());
    let locks = fs::read_to_string("/proc/locks").unwrap();
    locks.lines().any(|line| {
        let mut words = line.split_ascii_whitespace();
        words.any(|word| word == "POSIX") && words.any(|word| word.ends_with(&file))
    })
}

/// The system drops the locks of a process on a file when the process closes any descriptor of it. A program
/// that then looks at the database takes its log for one that nobody uses, and deletes it.
#[tokio::test]
async fn looks_at_an_open_store_keep_its_lock() {
    let dir = TempDir::new().unwrap();
    let (data, backup) = (dir.path().join("data"), dir.path().join("backup.db"));
    let database = data.join("synod.db");
    let store = open(&data);
    create(&store.events()).await.unwrap();
    assert!(is_locked(&database), "an open store");

    assert_eq!(store.processes().unwrap().len(), 1);
    assert!(is_locked(&database), "its processes");
    SqliteStore::inspect(&data).unwrap();
    assert!(is_locked(&database), "an inspection");
    drop(open(&data));
    assert!(is_locked(&database), "a second store");
    store.verify(|_| {}).await.unwrap();
    assert!(is_locked(&database), "a verification");
    store.backup_to(&backup).await.unwrap();
    assert!(is_locked(&database), "a backup");
    SqliteStore::check_backup(&database, &options()).unwrap();
    assert!(is_locked(&database), "a check of the database itself");
    let at = synod_domain::Timestamp::from_unix_ms(7);
    let short =
        synod_event_log_sqlite::StoreOptions { lock_wait: std::time::Duration::ZERO, ..options() };
    SqliteStore::restore(&data, &backup, at, &short).unwrap_err();
    assert!(is_locked(&database), "a restore that is refused");
    drop(store);
    assert!(!is_locked(&database), "a closed store");
}
