//! A disk that is full when the server starts, or becomes full while it runs.

use crate::process::{Question, Scene};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_refuses_to_start_on_a_full_disk() {
    let scene = Scene::new().await;
    let server = scene.serve(&[("FAULT_FULL", "1".to_owned())]).await;
    assert!(server.is_none(), "{}", scene.log());
    assert!(scene.log().contains("is full; free some space"), "{}", scene.log());
    let server = scene.serve(&[]).await.unwrap_or_else(|| panic!("{}", scene.log()));
    server.debate(Question::small("structured")).await.expect("a verdict");
    server.kill().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_debate_that_fills_the_disk_goes_on_once_there_is_space() {
    for write in [10, 25, 40] {
        let scene = Scene::new().await;
        let server = scene.serve(&[("FAULT_FULL", write.to_string())]).await;
        let mut id = None;
        if let Some(server) = server {
            id = server.open(Question::small("structured")).await;
            if let Some(id) = &id {
                assert_eq!(server.result(id).await, None, "write {write}: it continued");
            }
            assert_eq!(server.ended().await, Some(1), "write {write}: {}", scene.log());
        }
        let server = scene.serve(&[]).await;
        let server = server.unwrap_or_else(|| panic!("write {write}: {}", scene.log()));
        let id = match id {
            Some(id) => id,
            None => server.open(Question::small("structured")).await.expect("it opens"),
        };
        server.result(&id).await.unwrap_or_else(|| panic!("write {write}: it does not continue"));
        server.kill().await;
    }
}

/// A quota of the user that is used up is no other error than a full disk.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_used_up_quota_is_a_full_disk() {
    let scene = Scene::new().await;
    let faults = [("FAULT_FULL", "75".to_owned()), ("FAULT_QUOTA", "1".to_owned())];
    let server = scene.serve(&faults).await.expect("it serves");
    let id = server.open(Question::small("structured")).await;
    if let Some(id) = &id {
        assert_eq!(server.result(id).await, None, "it continued");
    }
    assert!(scene.log().contains("the disk is full"), "{}", scene.log());
    drop(server);
    let server = scene.serve(&[]).await.unwrap_or_else(|| panic!("{}", scene.log()));
    let id = match id {
        Some(id) => id,
        None => server.open(Question::small("structured")).await.expect("it opens"),
    };
    server.result(&id).await.expect("it continues");
    server.kill().await;
}
