//! A server with many debates that is killed at random moments.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::sleep;

use crate::{
    kills::Undisturbed,
    process::{Question, Scene},
    soak::Part,
};

/// Seeds with which the test has failed.
const FAILED: &[u64] = &[];

/// Holds debates at once, and kills their server until all have ended.
async fn debates_end(seed: u64, debates: usize, kills: usize) {
    let mut random = fastrand::Rng::with_seed(seed);
    let expected = Undisturbed::hold(Question::small("structured")).await;
    let scene = Scene::new().await;
    let questions = (0..debates).map(|number| expected.question.numbered(number));
    for _ in 0..kills {
        let server =
            scene.serve(&[]).await.unwrap_or_else(|| panic!("seed {seed}: {}", scene.log()));
        let life = Duration::from_millis(random.u64(20..600));
        let opened = join_all(questions.clone().map(|question| server.open(question)));
        tokio::select! {
            _ = async { opened.await; sleep(Duration::MAX).await } => {}
            () = sleep(life) => {}
        }
        server.kill().await;
    }
    let server = scene.serve(&[]).await.unwrap_or_else(|| panic!("seed {seed}: {}", scene.log()));
    let results = join_all(questions.map(|question| server.debate(question))).await;
    for result in results {
        assert_eq!(result.as_ref(), Some(&expected.result), "seed {seed}: {}", scene.log());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn debates_survive_kills_at_random_moments() {
    for seed in FAILED.iter().copied().chain([1]) {
        debates_end(seed, 10, 2).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes ten minutes: `just soak`"]
async fn fifty_debates_survive_kills_at_random_moments() {
    let seeds = std::iter::repeat_with(|| fastrand::u64(..)).take(20);
    for seed in Part::of_soak().of(seeds) {
        println!("seed {seed}");
        debates_end(seed, 50, 2).await;
    }
}
