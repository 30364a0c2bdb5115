//! Links to debates, which another process revokes or whose debate it deletes.

use std::time::Duration;

use serde_json::{Value, json};
use synod_event_log::RecordStore;
use synod_event_log_sqlite::{SqliteStore, StoreOptions};
use tokio::time::timeout;

use crate::process::{Process, Question, Scene};

async fn sharing(scene: &Scene) -> Process {
    let shares = ("SYNOD__SERVER__SHARES", "true".to_owned());
    scene.serve_with(&[shares]).await.expect("it serves")
}

/// The token of a new link.
async fn share(server: &Process, id: &str) -> String {
    let path = format!("/api/v1/debates/{id}/shares");
    let (status, share) = server.send("POST", &path, Some(Value::Null)).await.expect("served");
    assert_eq!(status, 201, "{share}");
    share["token"].as_str().expect("a token").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_another_server_revokes_ends_its_streams() {
    let scene = Scene::new().await;
    scene.ollama.hold_from(0);
    let (one, other) = (sharing(&scene).await, sharing(&scene).await);
    let id = one.open(Question::small("structured")).await.expect("it opens");
    let token = share(&one, &id).await;
    let mut stream = one.stream(&format!("/share/{token}/events")).await;
    stream.until("debate_started").await;
    let path = format!("/api/v1/debates/{id}/shares/{token}");
    other.send_away("DELETE", &path).await;
    timeout(Duration::from_secs(20), stream.end()).await.expect("it ends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_go_with_debates_that_commands_delete() {
    let scene = Scene::new().await;
    let server = sharing(&scene).await;
    let mut ids = Vec::new();
    for number in 0..3 {
        let question = Question::small("structured").numbered(number);
        let id = server.open(question).await.expect("it opens");
        server.result(&id).await.expect("it ends");
        for _ in 0..2 {
            share(&server, &id).await;
        }
        ids.push(id);
    }
    let shares = async || {
        let store = SqliteStore::open(&scene.data(), StoreOptions::default()).expect("it opens");
        store.records().all("share").await.expect("readable").len()
    };
    assert_eq!(shares().await, 6);
    let state =
        async || server.send("GET", &format!("/debates/{}", ids[0]), None).await.expect("served").0;
    assert_eq!((state().await, state().await), (200, 200), "the second response is cached");
    let deleted = scene.run("data", &["delete", &ids[0], "--yes"], &[]).await;
    assert!(deleted.status.success(), "{deleted:?}");
    assert_eq!(state().await, 404);
    assert_eq!(shares().await, 4);
    let path = format!("/api/v1/debates/{}", ids[1]);
    server.send_away("DELETE", &path).await;
    assert_eq!(shares().await, 2);
    let pruned = scene.run("data", &["prune", "--older-than=0s", "--yes"], &[]).await;
    assert!(pruned.status.success(), "{pruned:?}");
    assert_eq!(shares().await, 0);
    assert_eq!(
        json!([]),
        server.send("GET", "/api/v1/debates", None).await.expect("served").1["debates"]
    );
}
