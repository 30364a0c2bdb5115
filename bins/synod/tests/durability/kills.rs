//! A server that is killed at every sync to disk and at every call, and started again.

use std::{fs, time::Duration};

use futures_util::{StreamExt, stream};
use tokio::time::sleep;

use crate::process::{Result, Scene};

const MODES: [&str; 3] = ["structured", "freeform", "autonomous"];
/// Servers at a time.
const AT_ONCE: usize = 3;

/// A debate without faults.
struct Undisturbed {
    result: Result,
    syncs: usize,
    calls: usize,
}

async fn undisturbed(mode: &str) -> Undisturbed {
    let scene = Scene::new().await;
    let count = scene.folder.path().join("syncs");
    let faults = [("FAULT_COUNT", count.display().to_string())];
    let server = scene.serve(&faults).await.expect("it serves");
    let result = scene.debate(&server, mode).await.expect("it ends");
    server.kill().await;
    let syncs = fs::read_to_string(count).expect("a number").parse().expect("a number");
    Undisturbed { result, syncs, calls: scene.ollama.chats().len() }
}

/// Starts a server without faults and follows the debate to its end.
async fn goes_on(scene: &Scene, mode: &str, expected: &Undisturbed, at: &str) {
    let server = scene.serve(&[]).await.unwrap_or_else(|| panic!("{at}: {}", scene.log()));
    let result = scene.debate(&server, mode).await.unwrap_or_else(|| panic!("{at}: it ended"));
    assert_eq!(result, expected.result, "{mode}, {at}");
    let times = scene.times_sent();
    assert_eq!(times.len(), expected.calls, "{mode}, {at}: other calls were made");
    assert!(times.values().all(|times| *times <= 2), "{mode}, {at}: made more than twice");
    server.kill().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_at_any_sync_goes_on() {
    for mode in MODES {
        let expected = &undisturbed(mode).await;
        assert!(expected.syncs >= 10, "{} syncs", expected.syncs);
        let points = ["FAULT_KILL_BEFORE", "FAULT_KILL_AFTER"].into_iter();
        let points = points.flat_map(|fault| (1..=expected.syncs).map(move |at| (fault, at)));
        let runs = points.map(|(fault, at)| async move {
            let scene = Scene::new().await;
            if let Some(server) = scene.serve(&[(fault, at.to_string())]).await
                && let Some(result) = scene.debate(&server, mode).await
            {
                // A process syncs less often in a group of writes; it is killed at its end then.
                assert_eq!(result, expected.result);
                server.kill().await;
            }
            goes_on(&scene, mode, expected, &format!("{fault}={at}")).await;
        });
        stream::iter(runs).buffer_unordered(AT_ONCE).collect::<()>().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_at_any_call_goes_on() {
    for mode in MODES {
        let expected = &undisturbed(mode).await;
        let runs = (0..expected.calls).map(|call| async move {
            let scene = Scene::new().await;
            scene.ollama.hold_from(call);
            let server = scene.serve(&[]).await.expect("it serves");
            let debate = scene.debate(&server, mode);
            let reached = async {
                while scene.ollama.chats().len() <= call {
                    sleep(Duration::from_millis(2)).await;
                }
            };
            tokio::select! {
                _ = debate => panic!("{mode}: it ended without call {call}"),
                () = reached => {}
            }
            server.kill().await;
            scene.ollama.release();
            goes_on(&scene, mode, expected, &format!("call {call}")).await;
        });
        stream::iter(runs).buffer_unordered(AT_ONCE).collect::<()>().await;
    }
}
