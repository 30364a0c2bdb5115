use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{FutureExt, future::BoxFuture};
use proptest::prelude::*;
use tokio::time::{Instant, advance};

use super::*;
use crate::{
    AdmissionClass, GatewaySettings, HostName, Message, ModelCard, ModelName, ReplyForm, Sampling,
    ScriptedModel, ScriptedReply, gateway::gated_model::GatedModel,
};

/// A call with a clock of 10 s.
pub(crate) fn request() -> ChatRequest {
    ChatRequest {
        messages: vec![Message::user("What is best?")],
        form: ReplyForm::Text,
        sampling: Sampling {
            temperature: None,
            repeat_penalty: None,
            seed: None,
            stop: Vec::new(),
            max_output_tokens: 400,
        },
        class: AdmissionClass::Normal,
        time_limit: seconds(10),
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn gated(model: &ScriptedModel) -> GatedModel {
    gated_with(model, GatewaySettings::default())
}

fn gated_with(model: &ScriptedModel, settings: GatewaySettings) -> GatedModel {
    let lane = Lane::new(settings.concurrent_calls, Arc::new(settings), Arc::default());
    GatedModel::new(Arc::new(model.clone()), lane)
}

fn host() -> HostName {
    HostName::new("scripted").unwrap()
}

fn failed() -> ChatError {
    ChatError::Failed { host: host(), detail: "gone".into(), retry_after: None, source: None }
}

fn broke_off() -> ChatError {
    ChatError::BrokeOff { host: host(), detail: "gone".into(), source: None }
}

type Events = Vec<Result<ChatEvent, ChatError>>;

async fn whole(model: &GatedModel) -> Events {
    model.chat(request()).collect().await
}

fn text(events: &Events) -> String {
    let piece = |event: &Result<ChatEvent, ChatError>| match event {
        Ok(ChatEvent::Delta(text)) => Some(text.clone()),
        Ok(ChatEvent::Phase(_) | ChatEvent::Thinking(_) | ChatEvent::Finished(_)) | Err(_) => None,
    };
    events.iter().filter_map(piece).collect()
}

fn completion(events: Events) -> Completion {
    match events.into_iter().next_back() {
        Some(Ok(ChatEvent::Finished(completion))) => completion,
        other => panic!("no completion but {other:?}"),
    }
}

fn error(events: Events) -> ChatError {
    match events.into_iter().next_back() {
        Some(Err(error)) => error,
        other => panic!("no error but {other:?}"),
    }
}

/// Polls the call until it has nothing to tell.
fn poll(call: &mut ChatStream) -> Events {
    std::iter::from_fn(|| call.next().now_or_never().flatten()).collect()
}

/// Lets the tasks run that are ready to.
async fn settle() {
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_clock_starts_when_the_call_is_admitted_and_the_model_resident() {
    let reply = ScriptedReply::pieces(["Tea", " it is."]).first_after(seconds(6));
    let model = ScriptedModel::new("a")
        .loading_takes(seconds(100))
        .then(ScriptedReply::text("First.").first_after(seconds(9)))
        .then(reply.then_every(seconds(3)));
    let gated = gated(&model);
    let (first, second) = tokio::join!(whole(&gated), whole(&gated));
    assert_eq!(completion(first).timings.load_ms, Some(100_000));
    assert_eq!(second[0].as_ref().unwrap(), &ChatEvent::Phase(Phase::Queued { ahead: 0 }));
    assert_eq!(text(&second), "Tea it is.");
    let timings = completion(second).timings;
    assert_eq!(timings.queued_ms, Some(109_000));
    assert_eq!(timings.load_ms, None);
    assert_eq!(timings.first_token_ms, Some(6_000));
    assert_eq!(timings.generation_ms, Some(3_000));
}

#[tokio::test(start_paused = true)]
async fn phases_are_told_in_order() {
    let model = ScriptedModel::new("a").loading_takes(seconds(1));
    let events = whole(&gated(&model)).await;
    let mut events: Vec<_> = events.into_iter().map(Result::unwrap).collect();
    assert!(matches!(events.pop(), Some(ChatEvent::Finished(_))));
    let expected = [
        ChatEvent::Phase(Phase::Loading),
        ChatEvent::Phase(Phase::Prompting),
        ChatEvent::Phase(Phase::Generating),
        ChatEvent::Delta("I agree.".into()),
    ];
    assert_eq!(events, expected);
}

#[tokio::test(start_paused = true)]
async fn at_the_deadline_the_host_is_left_and_what_was_said_stays() {
    let model = ScriptedModel::new("a").then(ScriptedReply::text("Well,").then_hangs());
    let begun = Instant::now();
    let mut call = gated(&model).chat(request());
    let events: Events = call.by_ref().collect().await;
    assert_eq!(begun.elapsed(), seconds(10));
    assert_eq!(text(&events), "Well,");
    assert!(matches!(error(events), ChatError::Deadline { limit } if limit == seconds(10)));
    let seen = model.seen();
    assert_eq!((seen.in_flight, seen.cancelled), (0, 1), "left before the stream is dropped");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_gives_its_place_to_the_next_at_once() {
    let model = ScriptedModel::new("a").then(ScriptedReply::hangs());
    let gated = gated(&model);
    let (mut first, mut second) = (gated.chat(request()), gated.chat(request()));
    poll(&mut first);
    poll(&mut second);
    drop(first);
    assert_eq!(text(&poll(&mut second)), "I agree.");
    assert_eq!(model.seen().cancelled, 1);
}

#[tokio::test(start_paused = true)]
async fn a_waiting_call_that_is_dropped_is_skipped() {
    let model = ScriptedModel::new("a").then(ScriptedReply::hangs());
    let gated = gated(&model);
    let mut calls = [(); 3].map(|()| gated.chat(request()));
    calls.iter_mut().for_each(|call| drop(poll(call)));
    let [first, second, mut third] = calls;
    drop(second);
    drop(first);
    assert_eq!(text(&poll(&mut third)), "I agree.");
}

#[tokio::test(start_paused = true)]
async fn a_call_dropped_between_being_admitted_and_being_polled_loses_no_place() {
    let model = ScriptedModel::new("a").then(ScriptedReply::hangs());
    let gated = gated(&model);
    let mut calls = [(); 3].map(|()| gated.chat(request()));
    calls.iter_mut().for_each(|call| drop(poll(call)));
    let [first, second, mut third] = calls;
    drop(first);
    drop(second);
    assert_eq!(text(&poll(&mut third)), "I agree.");
}

#[tokio::test(start_paused = true)]
async fn a_call_does_nothing_before_it_is_polled() {
    let model = ScriptedModel::new("a").loading_takes(seconds(1));
    let gated = gated(&model);
    let call = gated.chat(request());
    settle().await;
    let seen = model.seen();
    assert_eq!((seen.calls, seen.checks, seen.loads), (0, 0, 0));
    assert_eq!(gated.traffic().in_service, 0);
    drop(call);
}

#[tokio::test(start_paused = true)]
async fn the_urgent_go_first_and_waiters_rise() {
    let slow = ScriptedReply::text("Done.").first_after(seconds(8));
    let model = ScriptedModel::new("a").always(slow);
    let gated = gated(&model);
    let call = |class, seed| {
        let mut request = ChatRequest { class, ..request() };
        request.sampling.seed = Some(seed);
        let call = gated.chat(request);
        async move { drop(call.collect::<Vec<_>>().await) }
    };
    // A place is free every 8 s.
    let normal = (10..30).map(|seed| call(AdmissionClass::Normal, seed));
    tokio::join!(
        call(AdmissionClass::Normal, 0),
        call(AdmissionClass::Low, 1),
        futures_util::future::join_all(normal),
        call(AdmissionClass::Urgent, 2),
    );
    let order: Vec<_> = model.seen().requests.iter().map(|r| r.sampling.seed.unwrap()).collect();
    assert_eq!(order[..3], [0, 2, 10]);
    // The normal ones rise too and stay ahead, until at 96 s all are urgent and arrival counts.
    let place = order.iter().position(|seed| *seed == 1).unwrap();
    assert_eq!(place, 12);
}

#[tokio::test(start_paused = true)]
async fn more_than_may_wait_are_busy() {
    let model = ScriptedModel::new("a").always(ScriptedReply::hangs());
    let gated = gated(&model);
    let mut calls: Vec<_> = (0..257).map(|_| gated.chat(request())).collect();
    calls.iter_mut().for_each(|call| drop(poll(call)));
    let busy = error(poll(&mut gated.chat(request())));
    assert!(matches!(busy, ChatError::Busy { waiting: 256, .. }), "{busy:?}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_too_long_is_busy_and_not_sent_again() {
    let model = ScriptedModel::new("a").always(ScriptedReply::hangs());
    let settings = GatewaySettings { queue_limit: seconds(7), ..GatewaySettings::default() };
    let gated = gated_with(&model, settings);
    let mut first = gated.chat(request());
    poll(&mut first);
    let begun = Instant::now();
    let late = error(whole(&gated).await);
    assert_eq!(begun.elapsed(), seconds(7));
    assert!(matches!(late, ChatError::Busy { .. }), "{late:?}");
    assert_eq!(gated.traffic().waiting, 0);
}

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
    assert_eq!(model.seen().loads, 1);
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
    assert_eq!(model.seen().loads, 1);
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
    assert_eq!(model.seen().loads, 1);
}

#[tokio::test(start_paused = true)]
async fn a_failed_load_is_tried_again() {
    let model = ScriptedModel::new("a").failing_to_load(failed());
    assert_eq!(text(&whole(&gated(&model)).await), "I agree.");
    assert_eq!(model.seen().loads, 2);
}

#[tokio::test(start_paused = true)]
async fn a_load_that_panics_is_an_error_and_the_next_call_loads_again() {
    struct Clumsy(ScriptedModel, Arc<AtomicUsize>);
    impl ChatModel for Clumsy {
        fn card(&self) -> &ModelCard {
            self.0.card()
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
    let lane = Lane::new(1, Arc::new(settings), Arc::default());
    let loads = Arc::new(AtomicUsize::new(0));
    let clumsy = Clumsy(ScriptedModel::new("a"), Arc::clone(&loads));
    let gated = GatedModel::new(Arc::new(clumsy), lane);
    assert!(matches!(error(whole(&gated).await), ChatError::Failed { .. }));
    assert_eq!(text(&whole(&gated).await), "I agree.");
    assert_eq!(loads.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn residency_is_asked_once_and_again_when_it_may_have_ended() {
    let model = ScriptedModel::new("a").staying_resident(seconds(300));
    let gated = gated(&model);
    for _ in 0..5 {
        whole(&gated).await;
        advance(seconds(200)).await;
    }
    assert_eq!(model.seen().checks, 1, "each use keeps it for another 240 s");
    advance(seconds(50)).await;
    model.evict();
    whole(&gated).await;
    let seen = model.seen();
    assert_eq!((seen.checks, seen.loads), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn after_a_failure_residency_is_asked_again() {
    let broken = ScriptedReply::text("I").then_fails(broke_off());
    let model = ScriptedModel::new("a").then(broken).then(ScriptedReply::hangs());
    let gated = gated(&model);
    for expected in [1, 2, 3] {
        whole(&gated).await;
        assert_eq!(model.seen().checks, expected);
    }
    whole(&gated).await;
    assert_eq!(model.seen().checks, 3);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_fails_before_output_is_sent_again() {
    let model = ScriptedModel::new("a")
        .then(ScriptedReply::fails(failed()))
        .then(ScriptedReply::silent().then_cut_off());
    let events = whole(&gated(&model)).await;
    assert_eq!(text(&events), "I agree.");
    let paused = completion(events).timings.queued_ms.unwrap();
    assert!((750..=1_500).contains(&paused), "two pauses of ½–1 × 0.5 s and 1 s: {paused} ms");
    let seen = model.seen();
    assert_eq!((seen.calls, seen.checks), (3, 3), "the failure may have cost it its residency");
    assert!(seen.requests.windows(2).all(|two| two[0].messages == two[1].messages));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_brought_output_is_not_sent_again() {
    for reply in [ScriptedReply::text("I"), ScriptedReply::silent().thinking("Hm")] {
        let model = ScriptedModel::new("a").then(reply.then_fails(failed()));
        assert!(matches!(error(whole(&gated(&model)).await), ChatError::Failed { .. }));
        assert_eq!(model.seen().calls, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_piece_is_no_output() {
    let model = ScriptedModel::new("a").then(ScriptedReply::text("").then_fails(failed()));
    assert_eq!(text(&whole(&gated(&model)).await), "I agree.");
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_just_ends_broke_off() {
    let model = ScriptedModel::new("a").then(ScriptedReply::text("I").then_cut_off());
    assert!(matches!(error(whole(&gated(&model)).await), ChatError::BrokeOff { .. }));
}

#[tokio::test(start_paused = true)]
async fn errors_that_do_not_pass_are_told_at_once() {
    let model = ModelName::new("a").unwrap();
    for lasting in [
        ChatError::Deadline { limit: seconds(1) },
        ChatError::ContextOverflow { model: model.clone(), prompt_tokens: None, window: None },
        ChatError::ModelNotFound { host: host(), model },
        ChatError::Refused { host: host(), detail: "no".into(), source: None },
        broke_off(),
    ] {
        let model = ScriptedModel::new("a").then(ScriptedReply::fails(lasting.clone()));
        let told = error(whole(&gated(&model)).await);
        assert_eq!(told.to_string(), lasting.to_string());
        assert_eq!(model.seen().calls, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_end_with_the_last_error() {
    let model = ScriptedModel::new("a").always(ScriptedReply::fails(failed()));
    assert!(matches!(error(whole(&gated(&model)).await), ChatError::Failed { .. }));
    assert_eq!(model.seen().calls, 4);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_asks_to_be_left_alone_is() {
    let retry_after = Some(seconds(9));
    let rest = ChatError::Failed { host: host(), detail: "busy".into(), retry_after, source: None };
    let model = ScriptedModel::new("a").then(ScriptedReply::fails(rest));
    let timings = completion(whole(&gated(&model)).await).timings;
    assert_eq!(timings.queued_ms, Some(9_000));
}

#[tokio::test(start_paused = true)]
async fn failed_attempts_use_up_the_clock_and_pauses_do_not() {
    let model = ScriptedModel::new("a")
        .then(ScriptedReply::fails(failed()).first_after(seconds(6)))
        .then(ScriptedReply::text("Late.").first_after(seconds(3)));
    let timings = completion(whole(&gated(&model)).await).timings;
    assert_eq!(timings.first_token_ms, Some(9_000));
    let model = ScriptedModel::new("a")
        .then(ScriptedReply::fails(failed()).first_after(seconds(6)))
        .then(ScriptedReply::text("Too late.").first_after(seconds(5)));
    assert!(matches!(error(whole(&gated(&model)).await), ChatError::Deadline { .. }));
}

#[tokio::test(start_paused = true)]
async fn an_empty_reply_has_no_generation() {
    let empty = ScriptedReply::text("").first_after(seconds(2));
    let model = ScriptedModel::new("a").then(empty);
    let timings = completion(whole(&gated(&model)).await).timings;
    assert_eq!((timings.first_token_ms, timings.generation_ms), (Some(2_000), None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_timings_are_the_whole_time_and_the_clock_holds(
        ahead in 0_u64..9_000,
        load in 0_u64..400_000,
        failures in prop::collection::vec(0_u64..4_000, 0..3),
        first in 0_u64..6_000,
        rhythm in 0_u64..3_000,
    ) {
        let millis = Duration::from_millis;
        let mut model = ScriptedModel::new("a")
            .loading_takes(millis(load))
            .then(ScriptedReply::text("First.").first_after(millis(ahead)));
        for failure in &failures {
            model = model.then(ScriptedReply::fails(failed()).first_after(millis(*failure)));
        }
        let reply = ScriptedReply::pieces(["a", "b", "c"]).first_after(millis(first));
        let model = model.then(reply.then_every(millis(rhythm)));
        let clock = failures.iter().sum::<u64>() + first + 2 * rhythm;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let (elapsed, events) = runtime.block_on(async {
            let gated = gated(&model);
            let begun = Instant::now();
            let (_, events) = tokio::join!(whole(&gated), whole(&gated));
            (begun.elapsed(), events)
        });
        if matches!(events.last(), Some(Ok(_))) {
            let timings = completion(events).timings;
            let on_clock = timings.first_token_ms.unwrap() + timings.generation_ms.unwrap();
            prop_assert!(on_clock <= 10_000 && on_clock.abs_diff(clock) <= 5);
            let all = timings.queued_ms.unwrap() + timings.load_ms.unwrap_or(0) + on_clock;
            prop_assert!(u128::from(all).abs_diff(elapsed.as_millis()) <= 5);
        } else {
            prop_assert!(clock + 5 >= 10_000);
            let deadline = matches!(error(events), ChatError::Deadline { .. });
            prop_assert!(deadline);
        }
    }
}
