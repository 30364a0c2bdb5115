//! `synod backup` and `synod restore`.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use tokio::io::{AsyncBufReadExt, BufReader};

use crate::synod::Synod;

fn data(synod: &Synod) -> PathBuf {
    synod.folder().join(".local/share/synod")
}

/// Makes a backup and returns its path.
async fn backup(synod: &Synod) -> String {
    let run = synod.run(&["backup"]).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.stdout.trim_end().to_owned()
}

/// The names of all files in a folder, with their contents. Without empty files and the index of SQLite's
/// write-ahead log, which readers create.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).expect("a file");
                if !bytes.is_empty() && !path.ends_with("synod.db-shm") {
                    found.push((path, bytes));
                }
            }
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn a_backup_moves_everything_to_a_new_directory() {
    let (synod, _host) = Synod::with_a_debate().await;
    let path = backup(&synod).await;
    let folder = data(&synod).join("backups");
    assert!(Path::new(&path).starts_with(&folder), "{path}");
    let mode = fs::metadata(&path).expect("the backup").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{mode:o}");
    let moved = synod.run(&["restore", &path, "--data", "deep/new"]).await;
    assert_eq!((moved.code, &*moved.stderr), (0, "synod: restored 1 debate to deep/new\n"));
    let again = synod.run(&["backup", "--data", "deep/new", "copy.db"]).await;
    assert_eq!((again.code, &*again.stdout), (0, "copy.db\n"), "{}", again.stderr);
    assert!(again.stderr.starts_with("synod: 1 debate in "), "{}", again.stderr);
}

#[tokio::test]
async fn a_backup_is_made_while_a_server_runs_and_a_restore_is_refused() {
    let (synod, _host) = Synod::with_a_debate().await;
    let mut server = synod.start(&["serve", "--port", "0"]);
    let mut lines = BufReader::new(server.stdout.take().expect("a pipe")).lines();
    lines.next_line().await.expect("text").expect("an address");
    let path = backup(&synod).await;
    let refused = synod.run(&["restore", &path, "--yes"]).await;
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    let process = format!("process {} on ", server.id().expect("a process"));
    for part in [&*process, "stop a server with `systemctl stop synod`", "nothing was changed"] {
        assert!(refused.stderr.contains(part), "{part}: {}", refused.stderr);
    }
    server.kill().await.expect("it ran");

    let restored = synod.run(&["restore", &path, "--yes"]).await;
    assert_eq!(restored.code, 0, "{}", restored.stderr);
    assert!(restored.stderr.contains("restored 1 debate to "), "{}", restored.stderr);
    let kept = restored.stderr.split(" is kept as ").nth(1).and_then(|rest| rest.split(';').next());
    let kept = Path::new(kept.expect("a path"));
    assert!(kept.starts_with(data(&synod)) && kept.exists(), "{}", kept.display());
}

#[tokio::test]
async fn without_a_terminal_nothing_is_replaced_unless_asked_for() {
    let (synod, _host) = Synod::with_a_debate().await;
    let path = backup(&synod).await;
    let before = contents(&data(&synod));
    let run = synod.run_with(&["restore", &path], b"yes\n").await;
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("1 debate; add --yes"), "{}", run.stderr);
    assert!(contents(&data(&synod)) == before, "something was changed");
}

#[tokio::test]
async fn what_is_no_sound_backup_is_refused_before_anything_is_touched() {
    let (synod, _host) = Synod::with_a_debate().await;
    let path = backup(&synod).await;
    let sound = fs::read(&path).expect("the backup");
    synod.file("text.db", "not a database");
    synod.file("empty.db", "");
    synod.file("half.db", &sound[..sound.len() / 2]);
    let mut flipped = sound.clone();
    flipped[4_096] ^= 0xFF;
    synod.file("flipped.db", &flipped);
    let other = rusqlite::Connection::open(synod.folder().join("other.db")).expect("a database");
    other.execute_batch("CREATE TABLE notes (text); PRAGMA application_id = 7").expect("made");
    drop(other);
    let newer = synod.folder().join("newer.db");
    fs::write(&newer, &sound).expect("a file");
    make_newer(&newer);
    synod.file("copied.db", &sound);
    synod.file("copied.db-wal", "the last writes");
    let itself = data(&synod).join("synod.db").display().to_string();
    let refused = synod.run(&["restore", &itself, "--yes"]).await;
    assert!(refused.stderr.contains("is the database itself"), "{}", refused.stderr);
    let before = contents(&data(&synod));
    for (file, said) in [
        ("copied.db", "copied.db is a copy of a database with its write-ahead log"),
        ("text.db", "text.db is damaged"),
        ("empty.db", "empty.db is damaged (it is empty)"),
        ("half.db", "half.db is damaged"),
        ("flipped.db", "flipped.db is damaged"),
        ("other.db", "other.db is the database of another program"),
        ("newer.db", "newer.db was made with Synod 9.1.0 and needs version 9.0.0"),
        ("missing.db", "cannot read missing.db"),
        (".", ". is a directory"),
    ] {
        for directory in [data(&synod), synod.folder().join("new")] {
            let directory = directory.display().to_string();
            let run = synod.run(&["restore", file, "--yes", "--data", &directory]).await;
            assert_ne!(run.code, 0, "{file}");
            assert!(run.stderr.contains(said), "{file}: {}", run.stderr);
        }
    }
    assert!(contents(&data(&synod)) == before, "something was changed");
    assert!(!synod.folder().join("new").exists());
}

/// Lets a database look as if a later version had written it.
pub(crate) fn make_newer(database: &Path) {
    let db = rusqlite::Connection::open(database).expect("a database");
    db.execute_batch(
        "PRAGMA user_version = 99;
         UPDATE meta SET value = '99' WHERE key = 'oldest_reader_schema';
         UPDATE meta SET value = '9.0.0' WHERE key = 'oldest_reader';
         UPDATE meta SET value = '9.1.0' WHERE key = 'written_by';",
    )
    .expect("changed");
}

#[tokio::test]
async fn a_damaged_database_is_replaced_by_a_backup_and_kept() {
    let (synod, _host) = Synod::with_a_debate().await;
    let path = backup(&synod).await;
    let database = data(&synod).join("synod.db");
    fs::write(&database, "torn").expect("a file");
    let run = synod.run(&["restore", &path, "--yes"]).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("restored 1 debate"), "{}", run.stderr);
    let kept = contents(&data(&synod)).into_iter().any(|(_, bytes)| bytes == b"torn");
    assert!(kept, "the damaged database is gone");
    let run = synod.run(&["backup"]).await;
    assert!(run.stderr.contains("1 debate in "), "{}", run.stderr);
}

#[tokio::test]
async fn a_backup_overwrites_nothing_and_creates_no_data() {
    let empty = Synod::without_host();
    let run = empty.run(&["backup", "x.db"]).await;
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("there is no data in "), "{}", run.stderr);
    assert_eq!(contents(empty.folder()), []);

    let (synod, _host) = Synod::with_a_debate().await;
    synod.file("precious.db", "precious");
    for (into, code, said) in [
        ("precious.db", 1, "precious.db exists; name a new file"),
        ("missing/new.db", 1, "missing/new.db cannot be written: No such file"),
        ("-", 2, "cannot be written to stdout"),
    ] {
        let run = synod.run(&["backup", into]).await;
        assert_eq!(run.code, code, "{into}: {}", run.stderr);
        assert!(run.stderr.contains(said), "{into}: {}", run.stderr);
    }
    assert_eq!(fs::read(synod.folder().join("precious.db")).expect("the file"), b"precious");
    let run = synod.run(&["backup", "new/"]).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.starts_with("new/synod-20"), "{}", run.stdout);
}

/// Changes one bit of an event, as a failing disk does.
fn damage_an_event(database: &Path) {
    let mut bytes = fs::read(database).expect("the database");
    let kind = b"\"turn_ended\"";
    let at = bytes.windows(kind.len()).position(|window| window == kind).expect("an event");
    bytes[at + 1] ^= 1;
    fs::write(database, bytes).expect("written");
}

#[tokio::test]
async fn a_damaged_event_is_reported_once_and_neither_backed_up_nor_restored() {
    let (synod, _host) = Synod::with_a_debate().await;
    let database = data(&synod).join("synod.db");
    damage_an_event(&database);
    let verified = synod.run(&["verify"]).await;
    assert_eq!(verified.code, 1, "{}", verified.stderr);
    assert_eq!(verified.stderr.matches("the checksum of event").count(), 1, "{}", verified.stderr);
    assert!(verified.stderr.contains("1 problem found"), "{}", verified.stderr);

    let refused = synod.run(&["backup", "bad.db"]).await;
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    let said = "synod.db is damaged, so that no backup was made: the checksum of event";
    assert!(refused.stderr.contains(said), "{}", refused.stderr);
    assert!(!synod.folder().join("bad.db").exists());

    fs::copy(&database, synod.folder().join("bad.db")).expect("copied");
    let refused = synod.run(&["restore", "bad.db", "--data", "new"]).await;
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("bad.db is damaged (the checksum of event"),
        "{}",
        refused.stderr
    );
    assert!(!synod.folder().join("new").exists());
}
