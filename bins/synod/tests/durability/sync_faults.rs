//! Disks that lose what was not synced, and that fail.

use std::{fs, slice};

use crate::process::{Question, Scene};

/// A power failure loses what was not synced, and nothing that was acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledged_debate_survives_a_power_failure() {
    for sync in (4..40).step_by(3) {
        let scene = Scene::new().await;
        let synced = scene.folder.path().join("synced");
        fs::create_dir(&synced).expect("a folder");
        let faults = [
            ("FAULT_SYNCED", synced.display().to_string()),
            ("FAULT_KILL_BEFORE", sync.to_string()),
        ];
        let server = scene.serve(&faults).await;
        let mut acknowledged = None;
        if let Some(server) = &server {
            acknowledged = server.open(Question::small("structured")).await;
            if let Some(id) = &acknowledged {
                // It ends in its course.
                let _ = server.result(id).await;
            }
        }
        drop(server);
        // The database was synced as `synod.db.new` before it got its name.
        for (name, earlier) in [("synod.db", "synod.db.new"), ("synod.db-wal", "synod.db-wal")] {
            let lost = scene.data().join(name);
            let kept = [name, earlier].map(|name| synced.join(name));
            match kept.iter().find(|kept| kept.exists()) {
                Some(kept) if lost.exists() => drop(fs::copy(kept, lost).expect("copied")),
                Some(_) => {}
                None => fs::remove_file(lost).unwrap_or_default(),
            }
        }
        fs::remove_file(scene.data().join("synod.db-shm")).unwrap_or_default();
        let server = scene.serve(&[]).await;
        let server = server.unwrap_or_else(|| panic!("sync {sync}: {}", scene.log()));
        if let Some(id) = acknowledged {
            server.result(&id).await.expect("it continues");
        }
        server.kill().await;
    }
}

/// A server whose sync failed acknowledges nothing more and ends. Its next start continues the debate.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_sync_fails_ends_and_continues_at_its_next_start() {
    let mut failed = 0;
    for sync in (3..16).step_by(3) {
        let scene = Scene::new().await;
        // Faults of a database that is being created are another test's.
        scene.serve(&[]).await.expect("it serves").kill().await;
        let server = scene.serve(&[("FAULT_EIO", sync.to_string())]).await;
        let server = server.unwrap_or_else(|| panic!("sync {sync}: {}", scene.log()));
        let id = server.open(Question::small("structured")).await;
        let result = match &id {
            Some(id) => server.result(id).await,
            None => None,
        };
        if result.is_some() {
            // Few commits may take all events, so that the debate ends before this sync.
            assert!(
                !scene.log().contains("stops after an error"),
                "sync {sync}: it continued after the error"
            );
            server.kill().await;
            continue;
        }
        failed += 1;
        assert_eq!(server.ended().await, Some(1), "sync {sync}: {}", scene.log());
        assert!(scene.log().contains("cannot be written"), "sync {sync}: {}", scene.log());
        let server = scene.serve(&[]).await.expect("it serves again");
        let id = match id {
            Some(id) => id,
            None => server.open(Question::small("structured")).await.expect("it opens"),
        };
        server.result(&id).await.expect("it continues");
        server.kill().await;
    }
    assert!(failed >= 3, "only {failed} syncs failed");
}

/// A failed sync of a new database is an error, or the database is whole: SQLite makes up for some.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_fails_while_the_database_is_created_leaves_none_or_a_whole_one() {
    for sync in 1..=16 {
        let scene = Scene::new().await;
        let begun = scene.run("data", &DEBATE, &[("FAULT_EIO", sync.to_string())]).await;
        assert!(matches!(begun.status.code(), Some(0 | 1)), "sync {sync}: {begun:?}");
        let again = scene.run("data", &DEBATE, &[]).await;
        assert_eq!(again.status.code(), Some(0), "sync {sync}: {again:?}");
        let verified = scene.run("data", &["verify"], &[]).await;
        assert_eq!(verified.status.code(), Some(0), "sync {sync}: {verified:?}");
    }
}

/// A debate in a terminal ends with the cause of the failed sync, also if it was one of the last.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_whose_sync_fails_ends_with_the_cause() {
    let scene = Scene::new().await;
    let count = scene.folder.path().join("count");
    let counted = ("FAULT_COUNT", count.display().to_string());
    let syncs = || fs::read_to_string(&count).expect("a count").parse::<u64>().expect("a number");
    for _ in 0..2 {
        let whole = scene.run("data", &DEBATE, slice::from_ref(&counted)).await;
        assert_eq!(whole.status.code(), Some(0), "{whole:?}");
    }
    for sync in (4..=syncs()).step_by(2) {
        let faults = [counted.clone(), ("FAULT_EIO", sync.to_string())];
        let run = scene.run("data", &DEBATE, &faults).await;
        let stderr = String::from_utf8_lossy(&run.stderr);
        // The last two copy the write-ahead log to the database, which the next start does as well.
        if sync + 1 >= syncs() {
            continue;
        }
        assert_eq!(run.status.code(), Some(1), "sync {sync}: {stderr}");
        assert!(stderr.contains("cannot be written"), "sync {sync}: {stderr}");
    }
}

const DEBATE: [&str; 12] = [
    "debate",
    "Should the office move?",
    "--agents",
    "analyst,critic",
    "--rounds",
    "1",
    "--iterations",
    "1",
    "--option",
    "Yes",
    "--option",
    "No",
];
