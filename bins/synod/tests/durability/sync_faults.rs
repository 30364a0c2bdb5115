//! Disks that lose what was not synced, and that fail.

use std::fs;

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
    for sync in [10, 14] {
        let scene = Scene::new().await;
        let server = scene.serve(&[("FAULT_EIO", sync.to_string())]).await;
        let Some(server) = server else { continue };
        let id = server.open(Question::small("structured")).await;
        if scene.log().contains("the reserve for a full disk could not be made") {
            // A store without a reserve works.
            server.kill().await;
            continue;
        }
        if let Some(id) = &id {
            assert_eq!(server.result(id).await, None, "sync {sync}: it continued after the error");
        }
        assert_eq!(server.ended().await, Some(1), "sync {sync}: {}", scene.log());
        assert!(scene.log().contains("cannot be written"), "{}", scene.log());
        let server = scene.serve(&[]).await.expect("it serves again");
        let id = match id {
            Some(id) => id,
            None => server.open(Question::small("structured")).await.expect("it opens"),
        };
        server.result(&id).await.expect("it continues");
        server.kill().await;
    }
}
