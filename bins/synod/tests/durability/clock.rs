//! A wall clock that jumps.

use crate::process::{Question, Scene};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_an_hour_changes_no_debate() {
    let undisturbed = Scene::new().await;
    let server = undisturbed.serve(&[]).await.expect("it serves");
    let expected = server.debate(Question::small("structured")).await.expect("a verdict");
    server.kill().await;
    for jump in [3_600, -3_600] {
        let scene = Scene::new().await;
        let faults = [("FAULT_JUMP", jump.to_string()), ("FAULT_JUMP_AFTER", "12".to_owned())];
        let server = scene.serve(&faults).await.expect("it serves");
        let result = server.debate(Question::small("structured")).await.expect("a verdict");
        assert_eq!(result, expected, "{jump} s");
        assert!(
            scene.times_sent().values().all(|times| *times == 1),
            "{jump} s: a call was repeated"
        );
        // The idempotency key finds the same debate at the next start, at the old hour.
        server.kill().await;
        let server = scene.serve(&[]).await.unwrap_or_else(|| panic!("{jump} s: {}", scene.log()));
        assert_eq!(
            server.debate(Question::small("structured")).await.as_ref(),
            Some(&expected),
            "{jump} s"
        );
        server.kill().await;
    }
}
