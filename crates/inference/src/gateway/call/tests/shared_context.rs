//! A host whose calls share one context, as llama.cpp's server has it by default.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use futures_util::{
    future::{self, BoxFuture, join_all},
    stream,
};
use tokio::{sync::watch, time::sleep};

use super::*;

/// Each call takes this many of the tokens of the context.
const TOKENS: usize = 400;

/// A model that stops all calls under way as soon as they do not fit the context together.
#[derive(Clone)]
struct Crowded {
    info: Arc<ModelInfo>,
    context: usize,
    /// A piece of the reply comes before the calls are stopped.
    speaks_first: bool,
    in_flight: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    calls: Arc<AtomicUsize>,
    stops: watch::Sender<u64>,
}

struct InFlight(Arc<AtomicUsize>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Crowded {
    fn of(context: usize, speaks_first: bool) -> Self {
        let info = Arc::new(ScriptedModel::new("a").info().clone());
        let [in_flight, most, calls] = [0; 3].map(|n| Arc::new(AtomicUsize::new(n)));
        let stops = watch::Sender::new(0);
        Self { info, context, speaks_first, in_flight, most, calls, stops }
    }

    fn gated(&self, concurrent_calls: usize) -> GatewayModel {
        gateway_model(Arc::new(self.clone()), concurrent_calls, GatewaySettings::default())
    }

    async fn perform(
        self,
        events: tokio::sync::mpsc::UnboundedSender<Result<ChatEvent, ChatError>>,
    ) {
        let mut stops = self.stops.subscribe();
        stops.borrow_and_update();
        let together = self.in_flight.fetch_add(1, Relaxed) + 1;
        let _in_flight = InFlight(Arc::clone(&self.in_flight));
        self.calls.fetch_add(1, Relaxed);
        self.most.fetch_max(together, Relaxed);
        sleep(seconds(1)).await;
        if self.speaks_first {
            drop(events.send(Ok(ChatEvent::Delta("I ".into()))));
        }
        sleep(seconds(1)).await;
        let is_full = self.in_flight.load(Relaxed) * TOKENS > self.context;
        if is_full || stops.has_changed().unwrap() {
            self.stops.send_modify(|stops| *stops += 1);
            // All are stopped in the same step.
            drop(events.send(Err(self.error())));
            tokio::task::yield_now().await;
            return;
        }
        drop(events.send(Ok(ChatEvent::Delta("agree.".into()))));
        let usage = crate::Usage { prompt_tokens: None, output_tokens: None };
        let completion = Completion { usage, ..Completion::default() };
        drop(events.send(Ok(ChatEvent::Finished(completion))));
    }

    fn error(&self) -> ChatError {
        ChatError::SharedContextFull {
            host: self.info.host.clone(),
            model: self.info.model.clone(),
            detail: "Context size has been exceeded.".into(),
            begun: self.speaks_first,
            source: None,
        }
    }
}

impl ChatModel for Crowded {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn chat(&self, _: ChatRequest) -> ChatStream {
        let model = self.clone();
        stream::once(async move {
            let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
            let task = Box::pin(model.perform(sender));
            stream::unfold((Some(task), receiver), |(mut task, mut receiver)| async move {
                loop {
                    match &mut task {
                        Some(running) => tokio::select! { biased;
                            event = receiver.recv() => return event.map(|e| (e, (task, receiver))),
                            () = running => task = None,
                        },
                        None => return receiver.recv().await.map(|e| (e, (task, receiver))),
                    }
                }
            })
        })
        .flatten()
        .boxed()
    }

    fn warm_up(&self) -> BoxFuture<'static, Result<(), ChatError>> {
        future::ready(Ok(())).boxed()
    }

    fn is_resident(&self) -> BoxFuture<'static, bool> {
        future::ready(true).boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn calls_that_overflow_together_are_retried_with_fewer() {
    for (context, most_that_fit) in [(1_000, 2), (500, 1)] {
        let model = Crowded::of(context, false);
        let gated = model.gated(4);
        let came = join_all((0..4).map(|_| whole(&gated))).await;
        for events in came {
            assert_eq!(text(&events), "agree.");
            let timings = completion(events).timings;
            assert_eq!(
                timings.first_token_ms,
                Some(2_000),
                "stopped attempts do not count against the clock"
            );
        }
        assert!(model.calls.load(Relaxed) <= 4 + 4 + 2, "{}", model.calls.load(Relaxed));
        model.most.store(0, Relaxed);
        let came = join_all((0..6).map(|_| whole(&gated))).await;
        assert!(came.iter().all(|events| text(events) == "agree."));
        assert_eq!(model.most.load(Relaxed), most_that_fit, "it was learnt");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_does_not_fit_alone_is_too_long() {
    let alone = Crowded::of(300, false).gated(1);
    assert!(matches!(error(whole(&alone).await), ChatError::ContextOverflow { .. }));
    let alone = Crowded::of(300, true).gated(1);
    assert!(matches!(error(whole(&alone).await), ChatError::Interrupted { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_had_begun_is_for_the_caller_to_begin_afresh() {
    let model = Crowded::of(1_000, true);
    let gated = model.gated(4);
    let came = join_all((0..4).map(|_| whole(&gated))).await;
    let stopped = came.into_iter().map(error);
    assert!(
        stopped
            .into_iter()
            .all(|error| { matches!(error, ChatError::SharedContextFull { begun: true, .. }) })
    );
    let again = join_all((0..4).map(|_| whole(&gated))).await;
    assert!(again.iter().all(|events| text(events) == "I agree."));
}
