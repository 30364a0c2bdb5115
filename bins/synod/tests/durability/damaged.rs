//! A server whose data has a damaged debate.

use std::time::Duration;

use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::process::{Question, Scene};

/// What damages a debate; `?1` is its id.
const DAMAGES: [&str; 3] = [
    "UPDATE debates SET topic = 'other' WHERE id = ?1",
    "UPDATE events SET body = x'7b7d' WHERE debate_id = ?1 AND seq = 1",
    "UPDATE events SET body = x'7b7d' WHERE debate_id = ?1 AND seq = 3",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_debates_of_a_killed_server_continue() {
    for change in DAMAGES {
        let scene = Scene::new().await;
        scene.ollama.hold_from(0);
        let server = scene.serve(&[]).await.expect("it serves");
        let mut ids = Vec::new();
        for number in 0..3 {
            let question = Question::small("structured").numbered(number);
            ids.push(server.open(question).await.expect("it opens"));
        }
        let called = async {
            for id in &ids {
                let path = format!("/api/v1/debates/{id}/events?after=2");
                while server.send("GET", &path, None).await.expect("served").1["events"]
                    == json!([])
                {
                    sleep(Duration::from_millis(2)).await;
                }
            }
        };
        timeout(Duration::from_secs(60), called).await.expect("calls");
        server.kill().await;
        let db = rusqlite::Connection::open(scene.data().join("synod.db")).expect("a database");
        let id = format!("x'{}'", ids[1].replace('-', ""));
        assert_eq!(db.execute(&change.replace("?1", &id), []).expect("changed"), 1, "{change}");
        drop(db);
        scene.ollama.release();

        let server = scene.serve(&[]).await.unwrap_or_else(|| panic!("{change}: {}", scene.log()));
        for id in [&ids[0], &ids[2]] {
            server.result(id).await.expect("it ends");
        }
        let (_, list) = server.send("GET", "/api/v1/debates", None).await.expect("served");
        // Without its first event it cannot be listed; any other is missed once it is read.
        let damaged = if change.contains("seq = 3") { json!([]) } else { json!([ids[1]]) };
        assert_eq!(list["damaged"], damaged, "{change}: {list}");
        let (status, ready) = server.send("GET", "/readyz", None).await.expect("served");
        assert_eq!(status, 200, "{change}: {ready}");
        let log = scene.log();
        let named = log.lines().filter(|line| {
            line.contains("ERROR") && line.contains(&ids[1]) && line.contains("the checksum of ")
        });
        assert!(named.count() >= 1, "{change}: {log}");
        server.kill().await;
    }
}
