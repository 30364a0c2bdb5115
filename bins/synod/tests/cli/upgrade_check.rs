//! `synod upgrade-check`, and what `synod doctor` says about data.

use std::{fs, io::Seek, io::Write};

use serde_json::Value;

use crate::synod::{RunResult, Synod};

fn json(run: &RunResult) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}{}", run.stdout, run.stderr))
}

#[tokio::test]
async fn data_is_ready_for_an_upgrade_once_it_is_backed_up() {
    let (synod, _host) = Synod::with_a_debate().await;
    let run = synod.run(&["upgrade-check"]).await;
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(
        run.stdout.contains("\nFAIL backup: ") && run.stdout.contains(" has no backup"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("\n     try: `synod backup`"), "{}", run.stdout);
    assert!(run.stderr.contains("1 of 8 checks failed"), "{}", run.stderr);

    assert_eq!(synod.run(&["backup"]).await.code, 0);
    let run = synod.run(&["upgrade-check"]).await;
    assert_eq!((run.code, &*run.stderr), (0, ""), "{}", run.stdout);
    assert!(run.stdout.lines().all(|line| line.starts_with("PASS ")), "{}", run.stdout);
    let backup = run.stdout.lines().find(|line| line.starts_with("PASS backup: "));
    let backup = backup.expect("a backup");
    assert!(backup.contains(" s ago, can be restored; it has 1 debate"), "{backup}");
    let run = synod.run(&["upgrade-check", "--json"]).await;
    let report = json(&run);
    assert_eq!((run.code, &report["ok"]), (0, &true.into()), "{report}");
    let names: Vec<_> = report["checks"].as_array().expect("checks").iter().collect();
    assert_eq!(names.len(), 8, "{report}");
}

/// A recent date is no backup.
#[tokio::test]
async fn a_backup_that_cannot_be_restored_does_not_count() {
    let (synod, _host) = Synod::with_a_debate().await;
    let path = synod.run(&["backup"]).await.stdout;
    let path = path.trim_end();
    let whole = fs::read(path).expect("the backup");
    // The first place is in the unused part of a page.
    let mut flipped = whole.clone();
    let at = whole.windows(5).rposition(|part| part == b"Cars?").expect("the question");
    flipped[at] ^= 1;
    for (bytes, why) in [
        (&flipped[..], "the checksum of "),
        (&whole[..whole.len() / 2], "is damaged"),
        (b"", "it is empty"),
        (b"not a database", "is damaged"),
    ] {
        fs::write(path, bytes).expect("written");
        let run = synod.run(&["upgrade-check"]).await;
        assert_eq!(run.code, 1, "{why}: {}", run.stdout);
        let line = run.stdout.lines().find(|line| line.starts_with("FAIL backup: "));
        let line = line.unwrap_or_else(|| panic!("{why}: {}", run.stdout));
        assert!(line.contains("the last one cannot be restored: ") && line.contains(why), "{line}");
        assert!(line.contains(path) && line.contains(" s ago"), "{line}");
    }
    fs::write(path, whole).expect("written");
    assert_eq!(synod.run(&["upgrade-check"]).await.code, 0);
}

#[tokio::test]
async fn without_data_the_directory_of_the_server_is_asked_for() {
    let synod = Synod::without_host();
    let run = synod.run(&["upgrade-check"]).await;
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("FAIL data directory: there is no data in "), "{}", run.stdout);
    assert!(run.stdout.contains("with --data"), "{}", run.stdout);
    assert_eq!(fs::read_dir(synod.folder()).expect("a folder").count(), 0, "it created something");
}

/// Changes the text of an event behind the back of its checksum.
fn damage(synod: &Synod) {
    let path = synod.folder().join(".local/share/synod/synod.db");
    let bytes = fs::read(&path).expect("the database");
    let at = bytes.windows(5).position(|part| part == b"Cars?").expect("the question");
    let mut file = fs::File::options().write(true).open(&path).expect("the database");
    file.seek(std::io::SeekFrom::Start(at as u64)).expect("a place");
    file.write_all(b"Bars?").expect("written");
}

#[tokio::test]
async fn damage_is_found_by_the_doctor_and_before_an_upgrade() {
    let (synod, _host) = Synod::with_a_debate().await;
    assert_eq!(synod.run(&["backup"]).await.code, 0);
    damage(&synod);
    let check = synod.run(&["upgrade-check"]).await;
    assert_eq!(check.code, 1, "{}", check.stdout);
    assert!(check.stdout.contains("FAIL integrity: "), "{}", check.stdout);
    let doctor = synod.run(&["doctor", "--no-probe"]).await;
    assert_eq!(doctor.code, 1, "{}", doctor.stdout);
    assert!(doctor.stdout.contains("!! integrity: "), "{}", doctor.stdout);
    assert!(doctor.stdout.contains("try: restore a backup"), "{}", doctor.stdout);
    let begin = "synod: debates can run; damaged debates are left out";
    assert!(doctor.stderr.starts_with(begin), "{}", doctor.stderr);
}

/// A file that is no data directory, and backups that are late.
#[tokio::test]
async fn the_last_line_of_the_doctor_is_true_of_the_data() {
    let (synod, _host) = Synod::with_a_debate().await;
    let doctor = async |arguments: &[&str]| {
        let run = synod.run(&[&["doctor", "--no-probe"][..], arguments].concat()).await;
        (run.code, run.stderr)
    };
    assert_eq!(doctor(&[]).await, (0, String::new()));
    assert_eq!(doctor(&["--data", "empty"]).await, (0, String::new()));
    synod.file("file", "");
    let (code, last) = doctor(&["--data", "file"]).await;
    assert!(code == 1 && last.contains("debates cannot be kept in this data directory"), "{last}");
    fs::create_dir(synod.folder().join("old")).expect("a folder");
    synod.file("old/synod-scheduled-20200101T000000Z.db", "");
    synod.file("synod.toml", "[backup]\nschedule = 'daily'\ndirectory = 'old'\n");
    let (code, last) = doctor(&[]).await;
    let late = "synod: debates can run; their backups need attention\n";
    assert_eq!((code, &*last), (1, late));
}

#[tokio::test]
async fn the_doctor_reports_data_and_creates_none() {
    let empty = Synod::without_host();
    let report = json(&empty.run(&["doctor", "--no-probe", "--json"]).await);
    assert_eq!(report["data"]["exists"], false, "{report}");
    assert_eq!(fs::read_dir(empty.folder()).expect("a folder").count(), 0, "it created something");

    let (synod, _host) = Synod::with_a_debate().await;
    let run = synod.run(&["doctor", "--no-probe", "--json"]).await;
    let report = json(&run);
    assert_eq!(run.code, 0, "{report}");
    let data = &report["data"];
    assert_eq!((&data["debates"], &data["running"]), (&1.into(), &0.into()), "{data}");
    assert_eq!(data["damage"], Value::Array(vec![]), "{data}");
    assert!(data["free_bytes"].as_u64().is_some_and(|bytes| bytes > 0), "{data}");
}

#[tokio::test]
async fn neither_the_doctor_nor_an_upgrade_check_creates_a_file() {
    let (synod, _host) = Synod::with_a_debate().await;
    let copy = synod.folder().join("copy");
    fs::create_dir(&copy).expect("a folder");
    let database = synod.folder().join(".local/share/synod/synod.db");
    fs::copy(database, copy.join("synod.db")).expect("copied");
    for command in [&["doctor", "--no-probe"][..], &["upgrade-check"]] {
        let run = synod.run(&[command, &["--data", "copy"]].concat()).await;
        assert!(run.stdout.contains("integrity: "), "{}{}", run.stdout, run.stderr);
        assert!(!run.stdout.contains("!! integrity"), "{}", run.stdout);
        let files = fs::read_dir(&copy).expect("a folder");
        let names: Vec<_> = files.map(|file| file.expect("a file").file_name()).collect();
        assert_eq!(names, ["synod.db"], "{command:?}");
    }
}
