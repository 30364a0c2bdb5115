//! Loading a model, and knowing that it is loaded.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_load_outlives_its_caller_and_serves_the_next() {
    let model = ScriptedModel::new("a").loading_takes(seconds(30));
    let gated = gated(&model);
    let mut first = gated.chat(request());
    poll(&mut first);
    settle().await;
    advance(seconds(10)).await;
    drop(first);
    let timings = completion(whole(&gated).await).timings;
    assert_eq!(timings.load_ms, Some(20_000));
    assert_eq!(model.record().loads, 1);
}

#[tokio::test(start_paused = true)]
async fn calls_and_warm_ups_share_one_load() {
    let model = ScriptedModel::new("a").loading_takes(seconds(30));
    let settings = GatewaySettings { concurrent_calls: 2, ..GatewaySettings::default() };
    let gated = gated_with(&model, settings);
    let begun = Instant::now();
    let (one, two, warm) = tokio::join!(whole(&gated), whole(&gated), gated.warm_up());
    assert_eq!(begun.elapsed(), seconds(30));
    assert_eq!((text(&one), text(&two)), ("I agree.".into(), "I agree.".into()));
    warm.unwrap();
    assert_eq!(model.record().loads, 1);
}

#[tokio::test(start_paused = true)]
async fn a_load_that_takes_too_long_fails_the_call_and_goes_on() {
    let model = ScriptedModel::new("a").loading_takes(seconds(900));
    let gated = gated(&model);
    let begun = Instant::now();
    let late = error(whole(&gated).await);
    assert_eq!(begun.elapsed(), seconds(600));
    assert_eq!(late.to_string(), "scripted failed: a was not loaded within 600 s");
    assert_eq!(completion(whole(&gated).await).timings.load_ms, Some(300_000));
    assert_eq!(model.record().loads, 1);
}

#[tokio::test(start_paused = true)]
async fn a_failed_load_is_tried_again() {
    let model = ScriptedModel::new("a").failing_to_load(failed());
    assert_eq!(text(&whole(&gated(&model)).await), "I agree.");
    assert_eq!(model.record().loads, 2);
}

#[tokio::test(start_paused = true)]
async fn a_load_that_panics_is_an_error_and_the_next_call_loads_again() {
    struct Clumsy(ScriptedModel, Arc<AtomicUsize>);
    impl ChatModel for Clumsy {
        fn info(&self) -> &ModelInfo {
            self.0.info()
        }
        fn chat(&self, request: ChatRequest) -> ChatStream {
            self.0.chat(request)
        }
        fn warm_up(&self) -> BoxFuture<'static, Result<(), ChatError>> {
            let loads = self.1.fetch_add(1, Ordering::Relaxed);
            async move { if loads == 0 { panic!("dropped it") } else { Ok(()) } }.boxed()
        }
    }
    let mut settings = GatewaySettings::default();
    settings.retry.attempts = 1;
    let loads = Arc::new(AtomicUsize::new(0));
    let clumsy = Clumsy(ScriptedModel::new("a"), Arc::clone(&loads));
    let gated = gateway_model(Arc::new(clumsy), 1, settings);
    assert!(matches!(error(whole(&gated).await), ChatError::Failed { .. }));
    assert_eq!(text(&whole(&gated).await), "I agree.");
    assert_eq!(loads.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn residency_is_asked_once_and_again_when_it_may_have_ended() {
    let model = ScriptedModel::new("a").with_keep_alive(seconds(300));
    let gated = gated(&model);
    for _ in 0..5 {
        whole(&gated).await;
        advance(seconds(200)).await;
    }
    assert_eq!(model.record().checks, 1, "each use keeps it for another 240 s");
    advance(seconds(50)).await;
    model.evict();
    whole(&gated).await;
    let seen = model.record();
    assert_eq!((seen.checks, seen.loads), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn after_a_failure_residency_is_asked_again() {
    let broken = ScriptedReply::text("I").then_fails(broke_off());
    let model = ScriptedModel::new("a").then(broken).then(ScriptedReply::hangs());
    let gated = gated(&model);
    for expected in [1, 2, 3] {
        whole(&gated).await;
        assert_eq!(model.record().checks, expected);
    }
    whole(&gated).await;
    assert_eq!(model.record().checks, 3);
}
