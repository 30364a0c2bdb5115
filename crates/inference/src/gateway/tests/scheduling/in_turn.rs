//! Hosts whose calls are made in turn, whatever their model.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use futures_util::{
    future::{self, BoxFuture},
    stream,
};
use tokio::time::sleep;

use super::*;
use crate::{Completion, HostError, HostLimits, ModelHost, ModelInfo, Usage};

/// A host that computes on one processor. A call has 20 steps of 100 ms; while others run, each step
/// takes as much longer as was measured on a real Ollama: two calls 20 times.
#[derive(Clone)]
struct Processor {
    models: Vec<ModelInfo>,
    reports_cpu: bool,
    calls_at_once: Option<std::num::NonZeroUsize>,
    running: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    order: Arc<Mutex<Vec<String>>>,
}

struct OnProcessor(Processor, ModelInfo);

impl Processor {
    fn of(models: &[&str], reports_cpu: bool) -> Self {
        let info = |name: &&str| {
            let model = ScriptedModel::new(name).with_info(|info| info.host = host());
            model.info().clone()
        };
        Self {
            models: models.iter().map(info).collect(),
            reports_cpu,
            calls_at_once: None,
            running: Arc::default(),
            most: Arc::default(),
            order: Arc::default(),
        }
    }

    /// Asks the models in this order, all at once, and returns how long all took.
    async fn ask(&self, order: &str) -> Duration {
        let gateway = Gateway::new(vec![Arc::new(self.clone())], GatewaySettings::default());
        let begun = Instant::now();
        let mut calls = Vec::new();
        for name in order.split(' ') {
            let model = gateway.chat_model(&host(), &ModelName::new(name).unwrap()).await.unwrap();
            let time_limit = seconds(1_000);
            calls.push(model.chat(ChatRequest { time_limit, ..request() }));
        }
        for events in join_all(calls.into_iter().map(whole)).await {
            assert!(matches!(events.last(), Some(Ok(ChatEvent::Finished(_)))), "{events:?}");
        }
        begun.elapsed()
    }
}

fn host() -> HostName {
    HostName::new("desk").unwrap()
}

impl ModelHost for Processor {
    fn name(&self) -> &HostName {
        &self.models[0].host
    }

    fn models(&self) -> BoxFuture<'_, Result<Vec<ModelInfo>, HostError>> {
        future::ready(Ok(self.models.clone())).boxed()
    }

    fn chat_model(&self, info: ModelInfo) -> Arc<dyn ChatModel> {
        Arc::new(OnProcessor(self.clone(), info))
    }

    fn limits(&self) -> HostLimits {
        HostLimits { calls_at_once: self.calls_at_once, ..HostLimits::default() }
    }
}

impl ChatModel for OnProcessor {
    fn info(&self) -> &ModelInfo {
        &self.1
    }

    fn chat(&self, _: ChatRequest) -> ChatStream {
        let (host, model) = (self.0.clone(), self.1.model.to_string());
        stream::once(async move {
            host.order.lock().unwrap().push(model);
            let running = host.running.fetch_add(1, Relaxed) + 1;
            host.most.fetch_max(running, Relaxed);
            for _ in 0..20 {
                let slower = if host.running.load(Relaxed) > 1 { 20 } else { 1 };
                sleep(Duration::from_millis(100) * slower).await;
            }
            host.running.fetch_sub(1, Relaxed);
            let usage = Usage { prompt_tokens: None, output_tokens: Some(20) };
            let finished = Completion { usage, ..Completion::default() };
            let finished = ChatEvent::Finished(finished);
            stream::iter([Ok(ChatEvent::Delta("Yes.".to_owned())), Ok(finished)])
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

    fn runs_on_cpu(&self) -> bool {
        self.0.reports_cpu
    }
}

/// The table of `docs/models.md`.
#[tokio::test(start_paused = true)]
async fn on_a_processor_calls_of_all_models_are_made_in_turn() {
    let order = "a b a b a b";
    let together = Processor::of(&["a", "b"], false);
    assert_eq!(together.ask(order).await, seconds(120), "it does not report it: two at a time");
    let in_turn = Processor::of(&["a", "b"], true);
    assert_eq!(in_turn.ask(order).await, seconds(12));
    assert_eq!(in_turn.most.load(Relaxed), 1);
    assert_eq!(*in_turn.order.lock().unwrap(), ["a", "b", "a", "b", "a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn settings_of_a_host_overrule_its_reports() {
    let calls = |calls: usize| calls.try_into().ok();
    let one = Processor { calls_at_once: calls(1), ..Processor::of(&["a", "b", "c"], false) };
    assert_eq!(one.ask("a b c").await, seconds(6));
    let two = Processor { calls_at_once: calls(2), ..Processor::of(&["a", "b", "c"], true) };
    two.ask("a b c").await;
    assert_eq!(two.most.load(Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn cpu_models_are_loaded_and_used_one_after_another() {
    let model = |name: &str| slow(name).running_on_cpu();
    let host = ScriptedHost::new("desk").loading_one_at_a_time();
    let harness = Harness::of(host, ["a", "b"].map(model).to_vec());
    assert_eq!(harness.ask("a b a b").await, LOAD * 2 + REPLY * 4);
    let most: Vec<_> = harness.models.iter().map(|model| model.record().most_in_flight).collect();
    assert_eq!(most, [1, 1]);
}
