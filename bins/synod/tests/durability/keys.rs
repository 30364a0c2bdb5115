//! Idempotency keys of requests that open no debate, among several processes and over kills.

use std::{fs, time::Duration};

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::process::{Process, Question, Scene};

async fn calls(scene: &Scene, number: usize) {
    let reached = async {
        while scene.ollama.chats().len() < number {
            sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(Duration::from_secs(60), reached).await.expect("the calls");
}

async fn chat(server: &Process) -> Option<(u16, Value)> {
    let chat = json!({ "model": "qwen2.5:3b", "message": "What is a synod?" });
    server.send_with_key("/ollama/chat", "k", chat).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_at_another_server_is_409_until_that_server_is_killed() {
    let scene = Scene::new().await;
    scene.ollama.hold_from(0);
    let first = scene.serve(&[]).await.expect("it serves");
    let second = scene.serve(&[]).await.expect("it serves");
    let refused = async {
        calls(&scene, 1).await;
        let (status, refused) = chat(&second).await.expect("served");
        assert_eq!(status, 409, "{refused}");
        first.signal("KILL");
    };
    let (answer, ()) = tokio::join!(chat(&first), refused);
    assert_eq!(answer, None, "the server was killed");
    scene.ollama.release();
    let (status, answer) = chat(&second).await.expect("served");
    assert_eq!((status, scene.ollama.chats().len()), (200, 2), "{answer}");
    assert_eq!(chat(&second).await, Some((status, answer)));
    assert_eq!(scene.ollama.chats().len(), 2, "it was answered before");
}

/// A stopped server may continue: its request is not made again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_server_keeps_its_key() {
    let scene = Scene::new().await;
    scene.ollama.hold_from(0);
    let first = scene.serve(&[]).await.expect("it serves");
    let second = scene.serve(&[]).await.expect("it serves");
    let stopped = async {
        calls(&scene, 1).await;
        // Stopped in the middle of a write, it would hold the lock of the database as well.
        sleep(Duration::from_millis(500)).await;
        first.signal("STOP");
        let (status, refused) = chat(&second).await.expect("served");
        assert_eq!(status, 409, "{refused}");
        scene.ollama.release();
        first.signal("CONT");
    };
    let (answer, ()) = tokio::join!(chat(&first), stopped);
    assert_eq!(answer.as_ref().map(|(status, _)| *status), Some(200), "{answer:?}");
    assert_eq!(chat(&second).await, answer);
    assert_eq!(scene.ollama.chats().len(), 1);
}

async fn messages(server: &Process, id: &str) -> usize {
    let path = format!("/api/v1/debates/{id}/events?limit=500");
    let (_, log) = server.send("GET", &path, None).await.expect("served");
    let events = log["events"].as_array().expect("events").iter();
    events.filter(|event| event["type"] == "interjected").count()
}

async fn say(server: &Process, id: &str) -> Option<(u16, Value)> {
    let message = json!({ "text": "Think of the cost." });
    server.send_with_key(&format!("/api/v1/debates/{id}/interjections"), "m", message).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_sent_once_if_the_server_is_killed_at_any_sync() {
    let scene = Scene::new().await;
    scene.ollama.hold_from(0);
    let count = scene.folder.path().join("syncs");
    let faults = [("FAULT_COUNT", count.display().to_string())];
    let server = scene.serve(&faults).await.expect("it serves");
    let id = server.open(Question::small("structured")).await.expect("it opens");
    let syncs = || fs::read_to_string(&count).expect("a number").parse().expect("a number");
    calls(&scene, 1).await;
    let before: usize = syncs();
    let first = say(&server, &id).await.expect("served");
    // The key is given back after the response.
    sleep(Duration::from_millis(500)).await;
    let after: usize = syncs();
    assert_eq!(first.0, 202, "{}", first.1);
    assert!(after - before >= 3, "claim, message, answer: {}", after - before);
    server.kill().await;

    let mut were_killed = 0;
    for at in 1..=after {
        let scene = Scene::new().await;
        scene.ollama.hold_from(0);
        let fault = ("FAULT_KILL_AFTER", at.to_string());
        let Some(server) = scene.serve(&[fault]).await else { continue };
        let Some(id) = server.open(Question::small("structured")).await else { continue };
        let reached = timeout(Duration::from_secs(2), calls(&scene, 1)).await;
        if reached.is_ok() && say(&server, &id).await.is_none() {
            were_killed += 1;
        }
        server.kill().await;
        let server = scene.serve(&[]).await.expect("it serves");
        let again = say(&server, &id).await.expect("served");
        assert_eq!((again.0, messages(&server, &id).await), (202, 1), "{at}: {}", again.1);
        assert_eq!(say(&server, &id).await, Some(again), "{at}");
    }
    assert!(were_killed >= 2, "{were_killed}");
}
