use std::{
    fs::{self, Permissions},
    io::{self, ErrorKind},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use synod_event_log_sqlite::{Disk, Holder, SqliteStore, StoreOpenError, StoreOptions};
use tempfile::TempDir;

use crate::sample::*;

fn error(dir: &Path) -> StoreOpenError {
    SqliteStore::open(dir, quick()).unwrap_err()
}

/// Without a wait for locks.
fn quick() -> StoreOptions {
    StoreOptions { lock_wait: Duration::from_millis(20), ..options() }
}

fn sql(dir: &Path, sql: &str) {
    rusqlite::Connection::open(dir.join("synod.db")).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn files_are_private() {
    let dir = TempDir::new().unwrap();
    let data = dir.path().join("new").join("data");
    let store = SqliteStore::open(&data, StoreOptions { reserve_bytes: 4 << 20, ..options() });
    let store = store.unwrap();
    let mode = |path: &Path| path.metadata().unwrap().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    let mut seen = 0;
    for file in fs::read_dir(&data).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
        seen += 1;
    }
    assert!(seen >= 6, "{seen}");
    let reserve = data.join("reserve").metadata().unwrap();
    assert_eq!(reserve.len(), 4 << 20);
    assert!(reserve.blocks() * 512 >= 4 << 20, "it is allocated");
    drop(store);
}

#[test]
fn a_directory_that_others_could_read_is_closed_to_them() {
    let dir = TempDir::new().unwrap();
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
    drop(open(dir.path()));
    assert_eq!(dir.path().metadata().unwrap().mode() & 0o777, 0o700);
}

#[test]
fn a_file_is_no_directory() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("data");
    fs::write(&path, "text").unwrap();
    let error = error(&path);
    assert!(matches!(error, StoreOpenError::IsFile { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!("{} is a file; name a directory for the data", path.display())
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "text");
}

#[test]
fn a_database_of_another_program_is_left_alone() {
    let dir = TempDir::new().unwrap();
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
    sql(dir.path(), "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
    let before = fs::read(dir.path().join("synod.db")).unwrap();
    assert!(matches!(error(dir.path()), StoreOpenError::OtherProgram { .. }));
    sql(dir.path(), "PRAGMA application_id = 7");
    assert!(matches!(error(dir.path()), StoreOpenError::OtherProgram { .. }));
    assert!(matches!(SqliteStore::inspect(dir.path()), Err(StoreOpenError::OtherProgram { .. })));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "something was made beside it");
    assert_ne!(dir.path().metadata().unwrap().mode() & 0o077, 0, "its mode was changed");
    sql(dir.path(), "PRAGMA application_id = 0");
    // Nor does SQLite leave files of its own there.
    let other = TempDir::new().unwrap();
    sql(other.path(), "PRAGMA journal_mode = WAL; CREATE TABLE theirs (x)");
    assert!(matches!(error(other.path()), StoreOpenError::OtherProgram { .. }));
    assert_eq!(fs::read_dir(other.path()).unwrap().count(), 1, "SQLite left files");
    let after = fs::read(dir.path().join("synod.db")).unwrap();
    // But for the counters of changes in the header.
    assert_eq!(after[100..], before[100..]);
    fs::write(dir.path().join("synod.db"), "not a database at all").unwrap();
    let error = error(dir.path());
    assert!(matches!(error, StoreOpenError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("synod.db is damaged"), "{error}");
}

/// The files and folders below a directory, with what is in them.
fn contents(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
        }
        found.push((path.clone(), fs::read(path).unwrap_or_default()));
    }
    found.sort();
    found
}

fn write(dir: &Path, file: &str, text: &str) {
    let path = dir.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// The names of the data directory are also those of other programs.
#[tokio::test]
async fn a_directory_with_files_of_others_is_left_alone() {
    let backups = TempDir::new().unwrap();
    let backup = backups.path().join("backup.db");
    open(&backups.path().join("data")).backup_to(&backup).await.unwrap();
    for file in [
        "notes.txt",
        "reserve",
        "LOCK",
        "partials/draft.txt",
        "workers/a.lock",
        "processes/notes",
        "backups",
    ] {
        let dir = TempDir::new().unwrap();
        write(dir.path(), file, "precious notes");
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
        let before = contents(dir.path());
        let reserve_bytes = 1 << 20;
        let options = StoreOptions { reserve_bytes, ..quick() };
        let opened = SqliteStore::open(dir.path(), options.clone()).unwrap_err();
        let at = synod_domain::Timestamp::from_unix_ms(7);
        let restored = SqliteStore::restore(dir.path(), &backup, at, &options).unwrap_err();
        assert!(matches!(opened, StoreOpenError::OtherFiles { .. }), "{file}: {opened:?}");
        assert_eq!(restored.to_string(), opened.to_string());
        let name = file.split('/').next().unwrap();
        assert!(opened.to_string().contains(&format!("such as {name}; name an empty")), "{opened}");
        assert_eq!(contents(dir.path()), before, "{file}");
        assert_eq!(dir.path().metadata().unwrap().mode() & 0o777, 0o755, "{file}");
    }
}

/// Files of the system, of the user beside a database, and of an opening that was killed.
#[test]
fn a_directory_without_files_of_others_is_opened() {
    let id = "01932c07-209c-7d4c-8f3e-8d0f7a1b2c3d";
    for files in [
        &[".DS_Store", "lost+found/x", "synod.toml"][..],
        &["LOCK", "reserve", &format!("partials/{id}"), &format!("processes/{id}.lock")],
        &["LOCK", "synod.db.new", &format!("workers/{id}.new")],
        &["synod.db.before-restore-20261130T000000000Z", "synod.db-wal", "backups/x"],
    ] {
        let dir = TempDir::new().unwrap();
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
        for file in files {
            write(dir.path(), file, if *file == "reserve" { "\0\0\0" } else { "" });
        }
        let options = StoreOptions { reserve_bytes: 1 << 20, ..quick() };
        drop(SqliteStore::open(dir.path(), options).unwrap());
        assert_eq!(dir.path().metadata().unwrap().mode() & 0o777, 0o700, "{files:?}");
        assert_eq!(dir.path().join("reserve").metadata().unwrap().len(), 1 << 20, "{files:?}");
        // Later they may be joined by any others.
        write(dir.path(), "notes.txt", "mine");
        write(dir.path(), "workers/a.lock", "mine");
        drop(open(dir.path()));
        assert!(dir.path().join("workers/a.lock").exists());
    }
}

#[test]
fn lock_files_that_were_never_complete_are_removed() {
    let dir = TempDir::new().unwrap();
    drop(open(dir.path()));
    let (left, begun) =
        (format!("workers/{}.new", new_id()), format!("processes/{}.new", new_id()));
    for file in [&left, &begun] {
        write(dir.path(), file, "");
    }
    // The process is about to name it.
    let file = fs::File::open(dir.path().join(&begun)).unwrap();
    file.lock().unwrap();
    drop(open(dir.path()));
    assert!(!dir.path().join(&left).exists() && dir.path().join(&begun).exists());
    file.unlock().unwrap();
    drop(open(dir.path()));
    assert!(!dir.path().join(&begun).exists());
}

#[tokio::test]
async fn a_backup_in_a_new_directory_is_restored_there() {
    let (dir, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    open(dir.path()).backup_to(&data.path().join("move.db")).await.unwrap();
    let at = synod_domain::Timestamp::from_unix_ms(7);
    let backup = data.path().join("move.db");
    SqliteStore::restore(data.path(), &backup, at, &quick()).unwrap();
    write(data.path(), "partials/draft.txt", "mine");
    write(data.path(), "reserve", "mine");
    SqliteStore::restore(data.path(), &backup, at, &quick()).unwrap();
    drop(
        SqliteStore::open(data.path(), StoreOptions { reserve_bytes: 1 << 20, ..quick() }).unwrap(),
    );
    for file in ["partials/draft.txt", "reserve"] {
        assert_eq!(fs::read_to_string(data.path().join(file)).unwrap(), "mine", "{file}");
    }
}

#[test]
fn a_newer_version_is_refused_unless_this_one_may_read_it() {
    let dir = TempDir::new().unwrap();
    drop(open(dir.path()));
    let newer = |oldest: u32| {
        sql(
            dir.path(),
            &format!(
                "PRAGMA user_version = 9;
             UPDATE meta SET value = '3.2.1' WHERE key = 'written_by';
             UPDATE meta SET value = '3.0.0' WHERE key = 'oldest_reader';
             UPDATE meta SET value = '{oldest}' WHERE key = 'oldest_reader_schema'"
            ),
        );
    };
    newer(2);
    let error = error(dir.path());
    assert!(matches!(error, StoreOpenError::NewerVersion { .. }), "{error:?}");
    for part in ["3.2.1", "3.0.0", env!("CARGO_PKG_VERSION")] {
        assert!(error.to_string().contains(part), "{error}");
    }
    assert!(matches!(SqliteStore::inspect(dir.path()), Err(StoreOpenError::NewerVersion { .. })));
    newer(1);
    drop(open(dir.path()));
}

#[test]
fn a_directory_of_another_user_is_refused() {
    let dir = TempDir::new().unwrap();
    if std::os::unix::fs::chown(dir.path(), Some(12_345), None).is_err() {
        return eprintln!("left out: only root may give a directory away");
    }
    let inspected = SqliteStore::inspect(dir.path()).unwrap_err();
    for error in [error(dir.path()), inspected] {
        assert!(matches!(error, StoreOpenError::OtherOwner { owner: 12_345, .. }), "{error:?}");
    }
}

/// A disk that says what a test wants.
struct FakeDisk {
    file_system: Option<&'static str>,
}

impl Disk for FakeDisk {
    fn free_bytes(&self, _: &Path) -> io::Result<u64> {
        Ok(1 << 40)
    }

    fn network_file_system(&self, _: &Path) -> io::Result<Option<&'static str>> {
        Ok(self.file_system)
    }
}

#[test]
fn a_network_file_system_is_refused_unless_allowed() {
    let dir = TempDir::new().unwrap();
    let disk = Arc::new(FakeDisk { file_system: Some("NFS") });
    let options = StoreOptions { disk, ..options() };
    let error = SqliteStore::open(dir.path(), options.clone()).unwrap_err();
    assert!(
        matches!(error, StoreOpenError::NetworkFileSystem { file_system: "NFS", .. }),
        "{error:?}"
    );
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    SqliteStore::open(dir.path(), StoreOptions { allow_network_fs: true, ..options }).unwrap();
}

#[test]
fn a_lock_names_its_holder_and_ends_with_it() {
    let dir = TempDir::new().unwrap();
    drop(open(dir.path()));
    let path = dir.path().join("LOCK");
    let lock = fs::File::options().write(true).open(&path).unwrap();
    lock.lock().unwrap();
    fs::write(&path, "pid=4711 host=box purpose=restore version=0.9.0\n").unwrap();
    let error = error(dir.path());
    let StoreOpenError::Locked { holders, .. } = &error else { panic!("{error:?}") };
    let (host, purpose, version) = ("box".into(), "restore".into(), "0.9.0".into());
    assert_eq!(holders[..], [Holder { pid: 4711, host, purpose, version }]);
    assert!(error.to_string().contains("process 4711 on box (restore, Synod 0.9.0)"), "{error}");
    assert!(matches!(SqliteStore::inspect(dir.path()), Err(StoreOpenError::Locked { .. })));
    // Its holder dies; the text stays.
    drop(lock);
    drop(open(dir.path()));
}

#[test]
fn an_upgrade_waits_for_the_processes_that_use_the_store() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    // As if this process were of an earlier version.
    sql(dir.path(), "PRAGMA user_version = 0");
    let error = error(dir.path());
    let StoreOpenError::Locked { holders, .. } = &error else { panic!("{error:?}") };
    assert_eq!(holders[0].pid, std::process::id());

    // A restore that was killed has left its line, which does not hide the process that runs.
    let killed = "pid=4711 host=box purpose=restore version=0.9.0\n";
    fs::write(dir.path().join("LOCK"), killed).unwrap();
    let error = self::error(dir.path());
    let StoreOpenError::Locked { holders, .. } = &error else { panic!("{error:?}") };
    assert!(holders.iter().map(|holder| holder.pid).eq([std::process::id()]), "{error}");
    drop(store);
}

#[test]
fn a_directory_that_cannot_be_written_is_refused() {
    let dir = TempDir::new().unwrap();
    // /proc refuses everyone, also root.
    for path in [Path::new("/proc/synod-data"), Path::new("/proc/self/fdinfo")] {
        let error = error(path);
        assert!(
            matches!(
                error,
                StoreOpenError::NotWritable { .. }
                    | StoreOpenError::Io { .. }
                    | StoreOpenError::OtherFiles { .. }
            ),
            "{}: {error:?}",
            path.display()
        );
    }
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let below = error(&file.join("data"));
    assert!(
        matches!(&below, StoreOpenError::Io { source, .. } if source.kind() == ErrorKind::NotADirectory),
        "{below:?}"
    );
}

#[tokio::test]
async fn an_inspection_counts_and_names_processes() {
    let dir = TempDir::new().unwrap();
    assert!(matches!(SqliteStore::inspect(dir.path()), Err(StoreOpenError::Missing { .. })));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    let store = open(dir.path());
    let log = store.events();
    create(&log).await.unwrap();
    debate(&log, 5).await;
    let found = SqliteStore::inspect(dir.path()).unwrap();
    assert_eq!((found.debates, found.running, found.finished, found.events), (2, 1, 0, 6));
    assert_eq!((found.schema_version, found.current_schema_version), (1, 1));
    assert_eq!(found.first_update, Some(synod_domain::Timestamp::from_unix_ms(7)));
    assert!(found.processes.iter().map(|holder| holder.pid).eq([std::process::id()]));
    assert!(!found.has_reserve);
    drop((store, log));
    assert_eq!(SqliteStore::inspect(dir.path()).unwrap().processes, []);
}

/// A look leaves a directory as it was: the files of a store are made by its users.
#[tokio::test]
async fn an_inspection_and_a_verification_create_nothing() {
    let (dir, copy) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let store = open(dir.path());
    debate(&store.events(), 5).await;
    drop(store);
    let database = copy.path().join("synod.db");
    fs::copy(dir.path().join("synod.db"), &database).unwrap();
    let before = contents(copy.path());
    assert_eq!(SqliteStore::inspect(copy.path()).unwrap().events, 5);
    assert_eq!(contents(copy.path()), before);
    let report = SqliteStore::verify_dir(copy.path(), &options()).await.unwrap();
    assert!(report.is_sound() && report.events == 5, "{report:?}");
    assert_eq!(contents(copy.path()), before);
    // Nor is a log of a process that was killed copied into the database.
    let store = open(copy.path());
    debate(&store.events(), 5).await;
    let killed = TempDir::new().unwrap();
    for name in ["synod.db", "synod.db-wal"] {
        fs::copy(copy.path().join(name), killed.path().join(name)).unwrap();
    }
    let before = contents(killed.path());
    let report = SqliteStore::verify_dir(killed.path(), &options()).await.unwrap();
    assert_eq!((report.debates, report.events), (2, 10));
    let mut after = contents(killed.path());
    after.retain(|(path, _)| !path.ends_with("synod.db-shm"));
    assert_eq!(after, before);

    let missing = SqliteStore::verify_dir(&dir.path().join("none"), &options()).await;
    assert!(matches!(missing, Err(StoreOpenError::Missing { .. })), "{missing:?}");
}

/// A database without tables, which other tools leave, keeps nothing, and is no error.
#[test]
fn a_database_without_tables_has_no_data() {
    let dir = TempDir::new().unwrap();
    sql(dir.path(), "PRAGMA journal_mode = WAL");
    assert_eq!(dir.path().join("synod.db").metadata().unwrap().len(), 4_096);
    let found = SqliteStore::inspect(dir.path());
    assert!(matches!(found, Err(StoreOpenError::Missing { .. })), "{found:?}");
    drop(open(dir.path()));
    assert_eq!(SqliteStore::inspect(dir.path()).unwrap().debates, 0);
}

#[test]
fn a_new_database_replaces_what_a_killed_process_left_of_one() {
    let dir = TempDir::new().unwrap();
    for file in ["synod.db.new", "synod.db.new-wal", "synod.db.new-journal"] {
        fs::write(dir.path().join(file), "half").unwrap();
    }
    drop(open(dir.path()));
    assert_eq!(SqliteStore::inspect(dir.path()).unwrap().debates, 0);
    let mut names = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(!names.any(|name| name.to_string_lossy().contains("new")));
}

/// SQLite would begin a new database and delete the log, which has the last writes of the lost one.
#[tokio::test]
async fn a_log_without_its_database_is_refused_and_kept() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    debate(&store.events(), 100).await;
    let log = fs::read(dir.path().join("synod.db-wal")).unwrap();
    assert!(!log.is_empty());
    let whole = fs::read(dir.path().join("synod.db")).unwrap();
    let before = content(&store).await.unwrap();
    drop(store);
    fs::remove_file(dir.path().join("synod.db")).unwrap();
    fs::write(dir.path().join("synod.db-wal"), &log).unwrap();
    let inspected = SqliteStore::inspect(dir.path()).unwrap_err();
    for error in [inspected, error(dir.path())] {
        assert!(matches!(error, StoreOpenError::LogWithoutDatabase { .. }), "{error:?}");
    }
    assert_eq!(fs::read(dir.path().join("synod.db-wal")).unwrap(), log);
    // The database is put back, as the message says.
    fs::write(dir.path().join("synod.db"), whole).unwrap();
    assert_eq!(content(&open(dir.path())).await.unwrap(), before);
}

#[test]
fn an_empty_database_is_damage() {
    let dir = TempDir::new().unwrap();
    drop(open(dir.path()));
    fs::write(dir.path().join("synod.db"), "").unwrap();
    let inspected = SqliteStore::inspect(dir.path()).unwrap_err();
    for error in [inspected, error(dir.path())] {
        let text = error.to_string();
        assert!(text.contains("synod.db is damaged (it is empty); restore a backup"), "{text}");
    }
}

#[test]
fn a_database_that_may_only_be_read_is_refused() {
    let dir = TempDir::new().unwrap();
    drop(open(dir.path()));
    fs::set_permissions(dir.path().join("synod.db"), Permissions::from_mode(0o400)).unwrap();
    if rustix::process::geteuid().is_root() {
        // Rights do not bind root: the files and this thread, and no other, become those of a user.
        let names = ["", "synod.db", "LOCK", "workers", "processes", "partials"];
        for name in names {
            std::os::unix::fs::chown(dir.path().join(name), Some(65_534), None).unwrap();
        }
        rustix::thread::set_thread_uid(rustix::process::Uid::from_raw(65_534)).unwrap();
    }
    let error = error(dir.path());
    assert!(matches!(error, StoreOpenError::NotWritable { .. }), "{error:?}");
}

#[test]
fn a_lost_table_is_damage() {
    let dir = TempDir::new().unwrap();
    drop(open(dir.path()));
    sql(dir.path(), "DROP TABLE meta");
    let error = SqliteStore::inspect(dir.path()).unwrap_err();
    assert!(matches!(error, StoreOpenError::Damaged { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("synod.db is damaged (no such table: meta); restore a backup"), "{text}");
}

#[test]
fn an_inspection_waits_for_an_upgrade() {
    let dir = TempDir::new().unwrap();
    drop(open(dir.path()));
    let lock = fs::File::open(dir.path().join("LOCK")).unwrap();
    lock.lock().unwrap();
    let inspection = std::thread::spawn({
        let dir = dir.path().to_owned();
        move || SqliteStore::inspect(&dir)
    });
    drop(lock);
    assert_eq!(inspection.join().unwrap().unwrap().debates, 0);
}
