use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use synod_domain::{CallNo, Timestamp};
use synod_event_log::EventLog;
use synod_event_log_sqlite::{
    BackupError, RestoreError, Restored, SqliteStore, StoreOpenError, StoreOptions,
};
use tempfile::TempDir;

use crate::sample::*;

fn restore(dir: &Path, backup: &Path) -> Result<Restored, RestoreError> {
    let options = StoreOptions { lock_wait: Duration::from_millis(20), ..options() };
    SqliteStore::restore(dir, backup, Timestamp::from_unix_ms(1_796_000_000_000), &options)
}

fn names(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_made_while_debates_are_written() {
    let (dir, backups) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let store = open(dir.path());
    let log = store.events();
    let id = debate(&log, 200).await;
    let writer = tokio::spawn({
        let log = log.clone();
        async move {
            for last in 200..300 {
                append(&log, id, last, "meanwhile").await.unwrap();
            }
        }
    });
    let path = backups.path().join("one.db");
    let report = store.backup_to(&path).await.unwrap();
    writer.await.unwrap();
    assert_eq!((report.debates, report.bytes), (1, path.metadata().unwrap().len()));
    assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
    assert_eq!(names(backups.path()), ["one.db"]);

    let target = TempDir::new().unwrap();
    let restored = restore(target.path(), &path).unwrap();
    assert_eq!(restored, Restored { previous: None, previous_log: None, debates: 1 });
    let copy = open(target.path());
    assert!(copy.verify(|_| {}).await.unwrap().is_sound());
    let events = copy.events().read(id, 1, usize::MAX).await.unwrap();
    assert!((200..=300).contains(&events.len()));
    let all = log.read(id, 1, events.len()).await.unwrap();
    assert_eq!(events, all);
}

#[tokio::test]
async fn a_restore_removes_the_text_of_other_calls() {
    let (dir, backups) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let store = open(dir.path());
    let id = debate(&store.events(), 3).await;
    let path = backups.path().join("one.db");
    store.backup_to(&path).await.unwrap();
    let texts = [(CallNo(1), "said since".into())].into();
    store.events().keep_partials(id, &texts).await.unwrap();
    drop(store);
    restore(dir.path(), &path).unwrap();
    assert!(open(dir.path()).events().partials(id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_backup_replaces_no_file_and_leaves_none_behind() {
    let (dir, backups) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let store = open(dir.path());
    let path = backups.path().join("one.db");
    fs::write(&path, "mine").unwrap();
    let exists = store.backup_to(&path).await;
    assert!(matches!(exists, Err(BackupError::Exists { .. })), "{exists:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    let nowhere = store.backup_to(&backups.path().join("missing").join("one.db")).await;
    assert!(matches!(nowhere, Err(BackupError::Io { .. })), "{nowhere:?}");
    assert_eq!(names(backups.path()), ["one.db"]);
}

#[tokio::test]
async fn a_restore_keeps_the_database_it_replaces() {
    let dir = TempDir::new().unwrap();
    let backup = dir.path().join("backup.db");
    let data = dir.path().join("data");
    let store = open(&data);
    debate(&store.events(), 5).await;
    store.backup_to(&backup).await.unwrap();
    let before = content(&store).await.unwrap();
    debate(&store.events(), 5).await;
    let later = content(&store).await.unwrap();

    let locked = restore(&data, &backup).unwrap_err();
    let RestoreError::Directory(StoreOpenError::Locked { holders, .. }) = &locked else {
        panic!("{locked:?}")
    };
    assert_eq!(holders[0].pid, std::process::id());
    drop(store);

    let restored = restore(&data, &backup).unwrap();
    let previous = restored.previous.unwrap();
    assert!(previous.ends_with("synod.db.before-restore-20261130T005320000Z"), "{previous:?}");
    assert_eq!(content(&open(&data)).await.unwrap(), before);
    // Twice at the same time, and back.
    let again = restore(&data, &previous).unwrap().previous.unwrap();
    assert_ne!(again, previous);
    assert_eq!(content(&open(&data)).await.unwrap(), later);
}

/// The log of a damaged database may have events that are nowhere else.
#[tokio::test]
async fn a_restore_replaces_no_log_that_an_earlier_one_kept() {
    let dir = TempDir::new().unwrap();
    let (data, backup) = (dir.path().join("data"), dir.path().join("backup.db"));
    open(&data).backup_to(&backup).await.unwrap();
    for log in ["first", "second"] {
        fs::write(data.join("synod.db"), "damaged".repeat(20)).unwrap();
        fs::write(data.join("synod.db-wal"), log).unwrap();
        fs::write(data.join("synod.db.restoring"), "of a restore that was killed").unwrap();
        restore(&data, &backup).unwrap();
    }
    let kept = names(&data).into_iter().filter(|name| name.contains("-wal.before-restore-"));
    let kept: Vec<_> = kept.map(|name| fs::read_to_string(data.join(name)).unwrap()).collect();
    assert_eq!(kept, ["first", "second"]);
    assert!(!data.join("synod.db.restoring").exists());
}

/// A log would be taken for that of the restored database.
#[tokio::test]
async fn a_restore_puts_a_log_without_its_database_aside() {
    for emptied in [false, true] {
        let dir = TempDir::new().unwrap();
        let (data, backup) = (dir.path().join("data"), dir.path().join("backup.db"));
        let store = open(&data);
        debate(&store.events(), 100).await;
        store.backup_to(&backup).await.unwrap();
        let before = content(&store).await.unwrap();
        debate(&store.events(), 100).await;
        let log = fs::read(data.join("synod.db-wal")).unwrap();
        assert!(!log.is_empty());
        drop(store);
        // As a process that was killed leaves it.
        fs::write(data.join("synod.db-wal"), &log).unwrap();
        if emptied {
            fs::write(data.join("synod.db"), "").unwrap();
        } else {
            fs::remove_file(data.join("synod.db")).unwrap();
        }
        let restored = restore(&data, &backup).unwrap();
        let kept = restored.previous_log.unwrap();
        assert_eq!(fs::read(&kept).unwrap(), log, "{emptied}");
        assert_eq!(restored.previous.is_some(), emptied);
        assert_eq!(content(&open(&data)).await.unwrap(), before, "{emptied}");
    }
}

#[tokio::test]
async fn a_backup_that_is_cut_off_is_not_restored() {
    let dir = TempDir::new().unwrap();
    let (data, backup) = (dir.path().join("data"), dir.path().join("backup.db"));
    let before = {
        let store = open(&data);
        debate(&store.events(), 100).await;
        store.backup_to(&backup).await.unwrap();
        content(&store).await.unwrap()
    };
    let files = names(&data);
    let whole = fs::read(&backup).unwrap();
    for length in [0, 50, 4_096, whole.len() / 2, whole.len() - 1] {
        fs::write(&backup, &whole[..length]).unwrap();
        let refused = restore(&data, &backup);
        assert!(matches!(refused, Err(RestoreError::Backup(_))), "{length}: {refused:?}");
    }
    fs::write(&backup, "other").unwrap();
    assert!(restore(&data, &backup).is_err());
    // A database in which nothing was ever kept.
    fs::remove_file(&backup).unwrap();
    rusqlite::Connection::open(&backup).unwrap().execute_batch("VACUUM").unwrap();
    let refused = restore(&data, &backup);
    let missing = matches!(refused, Err(RestoreError::Backup(StoreOpenError::Missing { .. })));
    assert!(missing, "{refused:?}");
    assert!(restore(&data, &PathBuf::from("/nowhere/backup.db")).is_err());
    assert_eq!(names(&data), files);
    assert_eq!(content(&open(&data)).await.unwrap(), before);
}

/// A backup of damaged data would push the sound ones out, and a restore of it would replace sound data.
#[tokio::test]
async fn a_damaged_event_is_neither_backed_up_nor_restored() {
    let dir = TempDir::new().unwrap();
    let (data, folder) = (dir.path().join("data"), dir.path().join("backups"));
    let (sound, damaged) = (folder.join("sound.db"), folder.join("damaged.db"));
    fs::create_dir(&folder).unwrap();
    let store = open(&data);
    debate(&store.events(), 5).await;
    let id = debate(&store.events(), 20).await;
    store.backup_to(&sound).await.unwrap();
    drop(store);
    let mut bytes = fs::read(data.join("synod.db")).unwrap();
    let text = b"15 \xE2\x80\xA6";
    let at = bytes.windows(text.len()).position(|window| window == text).unwrap();
    bytes[at] ^= 1;
    fs::write(data.join("synod.db"), &bytes).unwrap();

    let store = open(&data);
    let refused = store.backup_to(&damaged).await.unwrap_err();
    assert!(matches!(refused, BackupError::Damaged { .. }), "{refused:?}");
    let said = refused.to_string();
    let what = format!("the checksum of event 16 of debate {id} is wrong; restore an earlier");
    assert!(said.contains(&what), "{said}");
    assert_eq!(names(&folder), ["sound.db"]);
    drop(store);

    fs::write(&damaged, &bytes).unwrap();
    let target = dir.path().join("target");
    let refused = restore(&target, &damaged).unwrap_err();
    let RestoreError::Backup(StoreOpenError::Damaged { reason, .. }) = &refused else {
        panic!("{refused:?}")
    };
    assert!(reason.contains(&id.to_string()), "{reason}");
    assert!(!target.exists());
    assert_eq!(SqliteStore::check_backup(&sound, &options()).unwrap(), 2);
    restore(&data, &sound).unwrap();
    assert!(open(&data).verify(|_| {}).await.unwrap().is_sound());
}
