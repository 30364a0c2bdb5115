//! The backups that a server makes by itself, and what it does with them on its disk.

use std::{fs, path::Path, time::Duration};

use tokio::time::{sleep, timeout};

use crate::process::{Process, Question, Scene};

/// Waits until this is in the metrics of the server.
async fn measured(server: &Process, wanted: &str) {
    let find = async {
        while !server.text("/metrics").await.lines().any(|line| line.starts_with(wanted)) {
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(Duration::from_secs(60), find).await.unwrap_or_else(|_| panic!("no {wanted}"));
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().display().to_string()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_missed_is_made_after_the_start_and_old_ones_go() {
    let scene = Scene::new().await;
    let folder = scene.folder.path().join("backups");
    fs::create_dir(&folder).expect("a folder");
    let old = "synod-scheduled-20200101T030000Z.db";
    for name in [old, "synod-20200101T030000Z.db", "notes.txt"] {
        fs::write(folder.join(name), "x").expect("a file");
    }
    let settings = [
        ("SYNOD__BACKUP__SCHEDULE", "daily".to_owned()),
        ("SYNOD__BACKUP__KEEP", "1".to_owned()),
        ("SYNOD__BACKUP__DIRECTORY", folder.display().to_string()),
    ];
    let server = scene.serve_with(&settings).await.expect("it serves");
    server.debate(Question::small("structured")).await.expect("a verdict");
    measured(&server, "synod_backups_total{outcome=\"success\"} 1").await;
    measured(&server, "synod_backup_last_success_timestamp_seconds 1").await;
    server.kill().await;
    let names = names(&folder);
    // With the file by whose lock processes agree on who makes the next one.
    assert_eq!(names.len(), 4, "{names:?}");
    assert!(!names.contains(&old.to_owned()), "{names:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_fails_is_logged_and_stops_nothing() {
    let scene = Scene::new().await;
    let folder = scene.folder.path().join("backups");
    fs::write(&folder, "a file").expect("a file");
    let settings = [
        ("SYNOD__BACKUP__SCHEDULE", "hourly".to_owned()),
        ("SYNOD__BACKUP__DIRECTORY", folder.display().to_string()),
    ];
    let server = scene.serve_with(&settings).await.expect("it serves");
    measured(&server, "synod_backups_total{outcome=\"failure\"} 1").await;
    assert!(server.text("/readyz").await.contains("\"status\""));
    server.debate(Question::small("structured")).await.expect("a verdict");
    server.kill().await;
    let log = scene.log();
    let line = log.lines().find(|line| line.contains("the scheduled backup")).expect(&log);
    assert!(line.contains("ERROR") && line.contains("`backup.directory`"), "{line}");
    assert_eq!(fs::read_to_string(folder).expect("the file"), "a file");
}
