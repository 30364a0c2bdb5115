mod pace;
mod queue;
mod residency;
mod retries;
mod shared_context;
mod thinking;
mod token_counts;

use futures_util::FutureExt;
use proptest::prelude::*;
use tokio::time::{Instant, advance};

use super::*;
use crate::{
    AdmissionClass, ChatStream, Completion, GatewaySettings, HostLimits, HostName, Message,
    ModelInfo, ModelName, ReplyForm, Sampling, ScriptedHost, ScriptedModel, ScriptedReply,
    SeenThinking,
    gateway::{gateway_model::GatewayModel, health::Health, host_probe::HostProbe},
    scheduler::HostScheduler,
};

/// A call with a clock of 10 s.
pub(crate) fn request() -> ChatRequest {
    ChatRequest::new([Message::user("What is best?")])
        .with_sampling(Sampling::default().with_max_output_tokens(400))
        .with_time_limit(seconds(10))
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn gated(model: &ScriptedModel) -> GatewayModel {
    gated_with(model, GatewaySettings::default())
}

fn gated_with(model: &ScriptedModel, settings: GatewaySettings) -> GatewayModel {
    let concurrency = settings.concurrent_calls;
    gateway_model(Arc::new(model.clone()), concurrency, settings)
}

/// A model on a host of its own that serves this many calls at a time.
fn gateway_model(
    model: Arc<dyn ChatModel>,
    concurrency: usize,
    settings: GatewaySettings,
) -> GatewayModel {
    let health = Health::new(settings.circuit_breaker.clone());
    let host = HostScheduler::new(HostLimits::default(), settings.listing_limit);
    let state = ModelState::new(concurrency, Arc::new(settings), &host);
    let probe = HostProbe::new(Arc::new(ScriptedHost::new("scripted")));
    GatewayModel::Pinned(ModelAtHost::new(model, state, health, probe))
}

fn host() -> HostName {
    HostName::new("scripted").unwrap()
}

fn failed() -> ChatError {
    ChatError::Failed { host: host(), detail: "gone".into(), retry_after: None, source: None }
}

fn broke_off() -> ChatError {
    ChatError::Interrupted { host: host(), detail: "gone".into(), source: None }
}

type Events = Vec<Result<ChatEvent, ChatError>>;

async fn whole(model: &GatewayModel) -> Events {
    model.chat(request()).collect().await
}

fn text(events: &Events) -> String {
    let piece = |event: &Result<ChatEvent, ChatError>| match event {
        Ok(ChatEvent::Delta(text)) => Some(text.clone()),
        Ok(
            ChatEvent::Phase(_)
            | ChatEvent::Moved(_)
            | ChatEvent::Thinking(_)
            | ChatEvent::Corrected { .. }
            | ChatEvent::Finished(_),
        )
        | Err(_) => None,
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

/// Polls the call until it has no event.
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
async fn the_clock_starts_with_grant_and_resident_model() {
    let reply = ScriptedReply::pieces(["Tea", " it is."]).first_after(seconds(6));
    let model = ScriptedModel::new("a")
        .loading_takes(seconds(100))
        .then(ScriptedReply::text("First.").first_after(seconds(9)))
        .then(reply.then_every(seconds(3)));
    let gated = gated(&model);
    let (first, second) = tokio::join!(whole(&gated), whole(&gated));
    assert_eq!(completion(first).timings.load_ms, Some(100_000));
    assert_eq!(
        second[0].as_ref().unwrap(),
        &ChatEvent::Phase(Phase::Queued { ahead: 0, wait: None })
    );
    assert_eq!(text(&second), "Tea it is.");
    let timings = completion(second).timings;
    assert_eq!(timings.queued_ms, Some(109_000));
    assert_eq!(timings.load_ms, None);
    assert_eq!(timings.first_token_ms, Some(6_000));
    assert_eq!(timings.generation_ms, Some(3_000));
}

#[tokio::test(start_paused = true)]
async fn phases_are_reported_in_order() {
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
    let seen = model.record();
    assert_eq!((seen.in_flight, seen.cancelled), (0, 1), "left before the stream is dropped");
}

#[tokio::test(start_paused = true)]
async fn a_call_does_nothing_before_it_is_polled() {
    let model = ScriptedModel::new("a").loading_takes(seconds(1));
    let gated = gated(&model);
    let call = gated.chat(request());
    settle().await;
    let seen = model.record();
    assert_eq!((seen.calls, seen.checks, seen.loads), (0, 0, 0));
    assert_eq!(gated.own().traffic().in_service, 0);
    drop(call);
}

#[tokio::test(start_paused = true)]
async fn an_empty_reply_has_no_generation() {
    let empty = ScriptedReply::text("").first_after(seconds(2));
    let model = ScriptedModel::new("a").always(empty);
    let timings = completion(whole(&gated(&model)).await).timings;
    assert_eq!((timings.first_token_ms, timings.generation_ms), (Some(4_000), None));
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
