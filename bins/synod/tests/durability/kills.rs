//! A server that is killed at every sync to disk and at every call, and started again.

use std::{collections::BTreeMap, fs, time::Duration};

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    process::{Question, Result, Scene},
    soak::Part,
};

const MODES: [&str; 3] = ["structured", "freeform", "autonomous"];
/// Servers at a time.
const AT_ONCE: usize = 3;

/// A debate without faults.
pub(crate) struct Undisturbed {
    pub(crate) question: Question,
    pub(crate) result: Result,
    syncs: usize,
    calls: usize,
}

impl Undisturbed {
    pub(crate) async fn hold(question: Question) -> Self {
        let scene = Scene::new().await;
        let count = scene.folder.path().join("syncs");
        let faults = [("FAULT_COUNT", count.display().to_string())];
        let server = scene.serve(&faults).await.expect("it serves");
        let result = server.debate(question).await.expect("it ends");
        server.kill().await;
        let syncs = fs::read_to_string(count).expect("a number").parse().expect("a number");
        Self { question, result, syncs, calls: scene.ollama.chats().len() }
    }

    /// Starts a server without faults and follows the debate to its end.
    async fn continues(&self, scene: &Scene, at: &str) {
        let (mode, log) = (self.question.mode, || scene.log());
        let server = scene.serve(&[]).await.unwrap_or_else(|| panic!("{at}: {}", log()));
        let result = server.debate(self.question).await;
        assert_eq!(result.as_ref(), Some(&self.result), "{mode}, {at}: {}", log());
        let times = scene.times_sent();
        assert_eq!(times.len(), self.calls, "{mode}, {at}: other calls were made");
        assert!(times.values().all(|times| *times <= 2), "{mode}, {at}: made more than twice");
        server.kill().await;
    }

    pub(crate) async fn is_repeated_after_a_kill_at_any_sync(&self, part: Part) {
        assert!(self.syncs >= 10, "{} syncs", self.syncs);
        let points = ["FAULT_KILL_BEFORE", "FAULT_KILL_AFTER"].into_iter();
        let points = points.flat_map(|fault| (1..=self.syncs).map(move |at| (fault, at)));
        let runs = part.of(points).map(|(fault, at)| async move {
            let scene = Scene::new().await;
            if let Some(server) = scene.serve(&[(fault, at.to_string())]).await
                && let Some(result) = server.debate(self.question).await
            {
                // Writes that waited together were synced once: it is killed at its end.
                assert_eq!(result, self.result);
                server.kill().await;
            }
            self.continues(&scene, &format!("{fault}={at}")).await;
        });
        stream::iter(runs).buffer_unordered(AT_ONCE).collect::<()>().await;
    }

    pub(crate) async fn is_repeated_after_a_kill_at_any_call(&self, part: Part) {
        let runs = part.of(0..self.calls).map(|call| async move {
            let scene = Scene::new().await;
            scene.ollama.hold_from(call);
            let server = scene.serve(&[]).await.expect("it serves");
            let reached = async {
                while scene.ollama.chats().len() <= call {
                    sleep(Duration::from_millis(2)).await;
                }
            };
            tokio::select! {
                _ = server.debate(self.question) => panic!("it ended without call {call}"),
                () = reached => {}
            }
            server.kill().await;
            scene.ollama.release();
            self.continues(&scene, &format!("call {call}")).await;
        });
        stream::iter(runs).buffer_unordered(AT_ONCE).collect::<()>().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_at_any_sync_continues() {
    for mode in MODES {
        let undisturbed = Undisturbed::hold(Question::small(mode)).await;
        undisturbed.is_repeated_after_a_kill_at_any_sync(Part::ALL).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_at_any_call_continues() {
    for mode in MODES {
        let undisturbed = Undisturbed::hold(Question::small(mode)).await;
        undisturbed.is_repeated_after_a_kill_at_any_call(Part::ALL).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes half an hour: `just soak`"]
async fn a_server_killed_anywhere_in_a_large_debate_continues() {
    for mode in MODES {
        let undisturbed = Undisturbed::hold(Question::large(mode)).await;
        undisturbed.is_repeated_after_a_kill_at_any_sync(Part::of_soak()).await;
        undisturbed.is_repeated_after_a_kill_at_any_call(Part::of_soak()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_and_tasks_of_a_killed_server_are_there_after_it_starts_again() {
    let scene = Scene::new().await;
    let server = scene.serve(&[]).await.expect("it serves");
    let agent = json!({ "agent_id": "ada", "expertise": "an engineer" });
    let registered = server.send("POST", "/api/v1/agents", Some(agent)).await.expect("served");
    assert_eq!(registered.0, 201, "{registered:?}");
    let task = json!({ "operation": "chat", "parameters": { "text": "Say something." } });
    let path = "/agents/analyst/execute";
    let (status, done) = server.send("POST", path, Some(task)).await.expect("served");
    assert_eq!(status, 200, "{done}");
    server.kill().await;
    let server = scene.serve(&[]).await.expect("it serves");
    let (status, _) = server.send("GET", "/api/v1/agents/ada", None).await.expect("served");
    assert_eq!(status, 200);
    let (_, tasks) = server.send("GET", "/tasks", None).await.expect("served");
    assert_eq!(tasks["tasks"][0], done, "{tasks}");
    server.kill().await;
}

/// The debates of a data directory, and how many events each has.
async fn kept(scene: &Scene, data: &str) -> BTreeMap<String, u64> {
    let listed = scene.run(data, &["list", "--json"], &[]).await;
    assert!(listed.status.success(), "{listed:?}");
    let listed: Value = serde_json::from_slice(&listed.stdout).expect("an array");
    let debate = |debate: &Value| {
        let id = debate["debate_id"].as_str().expect("an id").to_owned();
        (id, debate["seq"].as_u64().expect("a number"))
    };
    listed.as_array().expect("an array").iter().map(debate).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_killed_at_any_sync_leaves_only_whole_debates() {
    let scene = Scene::new().await;
    let server = scene.serve(&[]).await.expect("it serves");
    for number in 0..3 {
        server.debate(Question::small("structured").numbered(number)).await.expect("it ends");
    }
    server.kill().await;
    let all = kept(&scene, "data").await;
    let exported = scene.run("data", &["export", "--all", "-o", "all"], &[]).await;
    assert!(exported.status.success() && all.len() == 3, "{exported:?}");
    let import = ["import", "all"];
    let none = "{\"synod_export\":1,\"written_by\":\"1\",\"debates\":0}\n";
    fs::write(scene.folder.path().join("none"), none).expect("a file");
    let count = scene.folder.path().join("syncs");
    let counted = [("FAULT_COUNT", count.display().to_string())];
    assert!(scene.run("counted", &["import", "none"], &[]).await.status.success());
    assert!(scene.run("counted", &import, &counted).await.status.success());
    let syncs: usize = fs::read_to_string(count).expect("a number").parse().expect("a number");
    for at in 1..=syncs {
        for fault in ["FAULT_KILL_BEFORE", "FAULT_KILL_AFTER"] {
            let data = format!("{fault}{at}");
            assert!(scene.run(&data, &["import", "none"], &[]).await.status.success());
            scene.run(&data, &import, &[(fault, at.to_string())]).await;
            let found = kept(&scene, &data).await;
            assert!(found.iter().all(|(id, seq)| all.get(id) == Some(seq)), "{data}: {found:?}");
            let again = scene.run(&data, &import, &[]).await;
            assert!(again.status.success(), "{data}: {again:?}");
            assert_eq!(kept(&scene, &data).await, all, "{data}");
        }
    }
}

/// A directory keeps nothing until its first opening is complete, and no command calls it broken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_during_the_first_opening_leaves_a_directory_that_can_be_read() {
    // One more than a first opening makes.
    const SYNCS: usize = 10;
    for fault in ["FAULT_KILL_BEFORE", "FAULT_KILL_AFTER"] {
        for at in 1..=SYNCS {
            let scene = Scene::new().await;
            if let Some(server) = scene.serve(&[(fault, at.to_string())]).await {
                server.kill().await;
            }
            let list = scene.run("data", &["list"], &[]).await;
            assert!(list.status.success(), "{fault}={at}: {list:?}");
            let verify = scene.run("data", &["verify"], &[]).await;
            let is_empty = String::from_utf8_lossy(&verify.stderr).contains("no debates are kept");
            assert!(verify.status.success() || is_empty, "{fault}={at}: {verify:?}");
        }
    }
}
