//! Several processes on one data directory: each debate has one driver, and each process sees what the
//! others write.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use crate::process::{Process, Question, Scene};

/// The lease of a process that does not answer.
const LEASE: Duration = Duration::from_secs(15);

async fn calls(scene: &Scene, number: usize) {
    let reached = async {
        while scene.ollama.chats().len() < number {
            sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(Duration::from_secs(60), reached).await.expect("the calls");
}

async fn status(server: &Process, id: &str) -> Value {
    let (code, debate) = server.send("GET", &format!("/debates/{id}"), None).await.expect("served");
    assert_eq!(code, 200, "{debate}");
    debate["status"].clone()
}

/// The only debate of the directory, as a list shows it.
async fn listed(server: &Process) -> Value {
    let (_, mut list) = server.send("GET", "/api/v1/debates", None).await.expect("served");
    assert_eq!(list["debates"].as_array().map(Vec::len), Some(1), "{list}");
    list["debates"][0].take()
}

/// The id of the only debate of the directory.
async fn only(server: &Process) -> String {
    listed(server).await["debate_id"].as_str().expect("an id").to_owned()
}

/// Another server takes over the debates of a stopped one, which writes nothing when it continues.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_server_loses_its_debates_and_writes_nothing_when_it_comes_back() {
    let scene = Scene::new().await;
    scene.ollama.hold_from(2);
    let zombie = scene.serve(&[]).await.expect("it serves");
    let id = zombie.open(Question::small("structured")).await.expect("it opens");
    calls(&scene, 3).await;
    // Stopped in the middle of a write, it would hold the lock of the database as well.
    sleep(Duration::from_millis(500)).await;
    zombie.signal("STOP");
    let heir = scene.serve(&[]).await.expect("it serves");
    // The calls of the zombie stay open; those of the heir are new.
    calls(&scene, 4).await;
    scene.ollama.release();
    heir.result(&id).await.expect("it ends");
    let path = format!("/api/v1/debates/{id}/events?limit=500");
    let log = heir.send("GET", &path, None).await;
    zombie.signal("CONT");
    // It learns that it has lost its lease, and answers from the log.
    assert_eq!(status(&zombie, &id).await, "completed");
    sleep(Duration::from_secs(1)).await;
    assert_eq!(heir.send("GET", &path, None).await, log);
    assert_eq!(zombie.send("GET", &path, None).await, log);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn debates_of_a_killed_server_go_on_at_another_at_once() {
    let scene = Scene::new().await;
    scene.ollama.hold_from(2);
    let first = scene.serve(&[]).await.expect("it serves");
    let second = scene.serve(&[]).await.expect("it serves");
    let id = first.open(Question::small("structured")).await.expect("it opens");
    calls(&scene, 3).await;
    first.kill().await;
    let began = Instant::now();
    calls(&scene, 4).await;
    // The end of a process on the same machine is known without its lease.
    assert!(began.elapsed() < LEASE, "{:?}", began.elapsed());
    scene.ollama.release();
    second.result(&id).await.expect("it ends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_shows_a_debate_of_a_terminal_and_does_not_drive_it() {
    let scene = Scene::new().await;
    scene.ollama.hold_from(2);
    let server = scene.serve(&[]).await.expect("it serves");
    let mut terminal = scene.terminal();
    calls(&scene, 3).await;
    let id = only(&server).await;
    assert_eq!(status(&server, &id).await, "running");
    let mut stream = server.stream(&format!("/api/v1/debates/{id}/events")).await;
    scene.ollama.release();
    let ended = timeout(Duration::from_secs(60), terminal.wait()).await.expect("it ends");
    assert!(ended.expect("a status").success());
    stream.until("debate_closed").await;
    assert_eq!(status(&server, &id).await, "completed");
    assert!(scene.times_sent().values().all(|times| *times == 1), "it has one driver");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_debate_of_a_killed_terminal_waits_for_a_request() {
    let scene = Scene::new().await;
    scene.ollama.hold_from(2);
    let server = scene.serve(&[]).await.expect("it serves");
    let mut terminal = scene.terminal();
    calls(&scene, 3).await;
    assert_eq!(listed(&server).await["driven"], true);
    terminal.kill().await.expect("killed");
    scene.ollama.release();
    let id = only(&server).await;
    assert_eq!(listed(&server).await["driven"], false);
    let message = json!({ "text": "Think of the cost." });
    let path = format!("/api/v1/debates/{id}/interjections");
    assert_eq!(server.send("POST", &path, Some(message)).await.expect("served").0, 202);
    // Longer than a server needs to find the debates of others.
    sleep(Duration::from_secs(7)).await;
    assert_eq!(scene.ollama.chats().len(), 3, "the server drives it unasked");
    let resume = json!({ "action": "resume" });
    let control = server.send("POST", &format!("/debate/{id}/control"), Some(resume)).await;
    assert_eq!(control.expect("served").0, 200);
    server.result(&id).await.expect("it ends");
}

/// A debate that is paused at a server while calls are at the host.
async fn paused(scene: &Scene, server: &Process) -> String {
    scene.ollama.hold_from(2);
    let id = server.open(Question::small("structured")).await.expect("it opens");
    calls(scene, 3).await;
    let pause = json!({ "action": "pause" });
    let control = server.send("POST", &format!("/debate/{id}/control"), Some(pause)).await;
    assert_eq!(control.expect("served").0, 200);
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_resumes_a_debate_at_its_server_and_shows_it() {
    let scene = Scene::new().await;
    let server = scene.serve(&[]).await.expect("it serves");
    let id = paused(&scene, &server).await;
    scene.ollama.release();
    let run = scene.run("data", &["resume", &id, "-o", "json"], &[]).await;
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
    assert!(said.contains(" is resumed at `synod serve`, process "), "{said}");
    let shown: Value = serde_json::from_slice(&run.stdout).expect("JSON");
    assert!(shown["verdict"].is_object(), "{shown}");
    assert_eq!(status(&server, &id).await, "completed");
    assert!(scene.times_sent().values().all(|times| *times == 1), "it has one driver");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_ends_if_the_server_of_its_debate_is_killed() {
    let scene = Scene::new().await;
    let server = scene.serve(&[]).await.expect("it serves");
    let id = paused(&scene, &server).await;
    let killed = async {
        while status(&server, &id).await != "running" {
            sleep(Duration::from_millis(5)).await;
        }
        server.kill().await;
    };
    let command = ["resume", &*id];
    let (run, ()) = tokio::join!(scene.run("data", &command, &[]), killed);
    let said = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(1), "{said}");
    assert!(
        said.contains(" no longer drives debate ") && said.contains("`synod resume "),
        "{said}"
    );
}

/// The texts of the calls that a debate has voided.
async fn voided(server: &Process, id: &str) -> Vec<String> {
    let path = format!("/api/v1/debates/{id}/events?limit=500");
    let (_, log) = server.send("GET", &path, None).await.expect("served");
    let events = log["events"].as_array().expect("events").iter();
    let voided = events.filter(|event| event["type"] == "call_voided");
    voided.map(|event| event["data"]["text"].as_str().expect("a text").to_owned()).collect()
}

/// Waits until the process of the debate has kept the text so far of an open call.
async fn text_is_kept(scene: &Scene) {
    let is_kept = || std::fs::read_dir(scene.data().join("partials")).is_ok_and(|f| f.count() > 0);
    let kept = async {
        while !is_kept() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(30), kept).await.expect("a text");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_stops_the_debate_of_another_process_and_keeps_its_text() {
    for is_terminal in [false, true] {
        let scene = Scene::slow().await;
        let server = scene.serve(&[]).await.expect("it serves");
        let (mut driver, mut terminal) = (None, None);
        if is_terminal {
            terminal = Some(scene.terminal());
        } else {
            let other = scene.serve(&[]).await.expect("it serves");
            other.open(Question::small("structured")).await.expect("it opens");
            driver = Some(other);
        }
        text_is_kept(&scene).await;
        let id = only(&server).await;
        let stop = json!({ "action": "stop" });
        let path = format!("/debate/{id}/control");
        let (code, stopped) = server.send("POST", &path, Some(stop)).await.expect("served");
        assert_eq!(code, 200, "{stopped}");
        let texts = voided(&server, &id).await;
        assert!(texts.iter().any(|text| !text.is_empty()), "{texts:?}");
        if let Some(terminal) = &mut terminal {
            timeout(Duration::from_secs(10), terminal.wait())
                .await
                .expect("it ends")
                .expect("ended");
        }
        if let Some(driver) = driver {
            assert_eq!(status(&driver, &id).await, "stopped");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_of_a_killed_server_keeps_its_text() {
    let scene = Scene::slow().await;
    let server = scene.serve(&[]).await.expect("it serves");
    let id = server.open(Question::small("structured")).await.expect("it opens");
    text_is_kept(&scene).await;
    server.kill().await;
    let server = scene.serve(&[]).await.expect("it serves");
    let recovered = async {
        while voided(&server, &id).await.is_empty() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(30), recovered).await.expect("it recovers");
    let texts = voided(&server, &id).await;
    assert!(texts.iter().any(|text| !text.is_empty()), "{texts:?}");
}
