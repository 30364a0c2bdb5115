//! The whole system in this process, without the terminal.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use serde_json::{Value, json};
use synod_debate_engine::DebateHandle;
use synod_domain::{AgentId, DebateConfig, Event, HostName};
use synod_event_log_sqlite::SqliteStore;
use synod_inference::{
    ChatRequest, Gateway, GatewaySettings, ModelHost, OllamaHost, ReplyForm, ScriptedHost,
    ScriptedModel, ScriptedReply, StopReason, Usage,
};
use synod_ollama_client::Client;
use synod_runtime::Synod;
use tokio::time::Instant;

/// The speed of a model.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) first: Duration,
    pub(crate) each: Duration,
    pub(crate) tokens: usize,
}

impl Pace {
    /// The duration of a reply of a number of tokens.
    pub(crate) fn call(self, tokens: u32) -> Duration {
        self.first + self.each * tokens.saturating_sub(1)
    }
}

pub(crate) struct TestSystem {
    synod: Synod,
    pace: Pace,
    /// Calls without a reply.
    hanging: Arc<AtomicUsize>,
}

/// Measurements of a run of debates.
pub(crate) struct Held {
    pub(crate) wall: Duration,
    /// The longest chain of calls of one debate, each at the model's pace.
    pub(crate) critical_path: Duration,
    pub(crate) calls: usize,
}

impl TestSystem {
    /// Models in this process that emit their tokens at fixed instants.
    pub(crate) fn scripted(pace: Pace) -> Self {
        Self::scripted_on(pace, None)
    }

    /// The same on a durable log.
    pub(crate) fn scripted_on(pace: Pace, store: Option<SqliteStore>) -> Self {
        let model = ScriptedModel::new("scripted").answering(move |request| {
            let words = pieces(request, pace.tokens);
            let usage =
                Usage { output_tokens: u32::try_from(words.len()).ok(), prompt_tokens: None };
            ScriptedReply::pieces(words)
                .first_after(pace.first)
                .then_every(pace.each)
                .finishing(StopReason::Stop, usage)
        });
        let host = Arc::new(ScriptedHost::new("scripted").with(model));
        Self::with(host, pace, store)
    }

    /// Models in this process that reply at once until a debate has a number of statements, and not at all
    /// afterwards.
    pub(crate) fn hanging_after(statements: usize) -> Self {
        Self::hanging(statements, None)
    }

    /// Models in this process that do not reply, on a durable log.
    pub(crate) fn hanging_on(store: Option<SqliteStore>) -> Self {
        Self::hanging(0, store)
    }

    fn hanging(statements: usize, store: Option<SqliteStore>) -> Self {
        let pace = Pace { first: Duration::ZERO, each: Duration::ZERO, tokens: 20 };
        let hanging = Arc::<AtomicUsize>::default();
        let hangs = Arc::clone(&hanging);
        let model = ScriptedModel::new("scripted").without_records().answering(move |request| {
            let heard = request.messages.iter().map(|m| m.content.matches(", statement ").count());
            if heard.sum::<usize>() >= statements {
                hangs.fetch_add(1, Relaxed);
                ScriptedReply::hangs()
            } else {
                ScriptedReply::pieces(pieces(request, pace.tokens))
            }
        });
        let host = Arc::new(ScriptedHost::new("scripted").with(model));
        Self { hanging, ..Self::with(host, pace, store) }
    }

    /// Models over Ollama's wire protocol.
    pub(crate) fn ollama(address: &str, pace: Pace) -> Self {
        Self::with(ollama_host(address), pace, None)
    }

    fn with(host: Arc<dyn ModelHost>, pace: Pace, store: Option<SqliteStore>) -> Self {
        let settings = GatewaySettings { concurrent_calls: 100_000, ..GatewaySettings::default() };
        let mut synod = Synod::builder(Gateway::new(vec![host], settings));
        if let Some(store) = store {
            synod = synod.with_log(Arc::new(store.events()));
        }
        Self { synod: synod.build(), pace, hanging: Arc::default() }
    }

    async fn open(&self) -> DebateHandle {
        let agents = ["analyst", "critic", "pragmatist"].map(|id| AgentId::new(id).expect("an id"));
        let mut config = DebateConfig::structured("Should the town ban cars?", agents.to_vec());
        config.max_iterations_per_round = 1;
        config.consensus_threshold = 1.0;
        config.debate_rules.min_rounds = 5;
        config.debate_rules.options = Some(vec!["Yes".to_owned(), "No".to_owned()]);
        let handle = self.synod.open(&config).await.expect("the debate opens");
        handle.start().await.expect("it starts");
        handle
    }

    /// Opens debates and waits until all calls of their three participants hang.
    pub(crate) async fn open_and_wait(&self, debates: usize) {
        let before = self.hanging.load(Relaxed);
        for _ in 0..debates {
            // The hub owns the debate, so the handle is not needed.
            self.open().await;
        }
        while self.hanging.load(Relaxed) < before + 3 * debates {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Takes over debates of a process that ended, and waits until all calls of their three participants
    /// hang.
    pub(crate) async fn recover_and_wait(&self, debates: usize) {
        let recovered = self.synod.debates().recover().await.expect("the log works");
        assert_eq!(recovered, debates);
        while self.hanging.load(Relaxed) < 3 * debates {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Runs a number of debates in parallel.
    pub(crate) async fn hold(&self, debates: usize) -> Held {
        let begun = Instant::now();
        let mut handles = Vec::new();
        for _ in 0..debates {
            handles.push(self.open().await);
        }
        for handle in &handles {
            handle.finished().await.expect("a verdict");
        }
        let wall = begun.elapsed();
        self.held(&handles, wall).await
    }

    /// Runs a number of debates, one after another.
    pub(crate) async fn hold_one_by_one(&self, debates: usize) -> Held {
        let begun = Instant::now();
        let mut handles = Vec::new();
        for _ in 0..debates {
            let handle = self.open().await;
            handle.finished().await.expect("a verdict");
            handles.push(handle);
        }
        let wall = begun.elapsed();
        self.held(&handles, wall).await
    }

    async fn held(&self, handles: &[DebateHandle], wall: Duration) -> Held {
        let (mut critical_path, mut calls) = (Duration::ZERO, 0);
        for handle in handles {
            let log = handle.events(1, usize::MAX).await.expect("its log");
            // Calls that begin together run in parallel: the longest of them counts.
            let (mut path, mut group, mut in_group) = (Duration::ZERO, Duration::ZERO, false);
            for recorded in &log {
                if let Event::CallStarted(_) = &recorded.event {
                    calls += 1;
                    if !in_group {
                        path += std::mem::take(&mut group);
                    }
                    in_group = true;
                } else if let Some(meta) = recorded.event.meta() {
                    group = group.max(self.pace.call(meta.output_tokens));
                    in_group = false;
                }
            }
            critical_path = critical_path.max(path + group);
        }
        Held { wall, critical_path, calls }
    }
}

fn ollama_host(address: &str) -> Arc<dyn ModelHost> {
    let client = Client::new(address).expect("a client");
    let name = HostName::new("simulator").expect("a name");
    Arc::new(OllamaHost::new(name, client))
}

/// A reply in the requested format, in a number of pieces.
fn pieces(request: &ChatRequest, tokens: usize) -> Vec<String> {
    let text = match &request.form {
        // All statements differ, since a copy would be a pass.
        ReplyForm::Text => {
            let heard: usize = request.messages.iter().map(|message| message.content.len()).sum();
            format!("After {heard} characters {}", "words ".repeat(tokens))
        }
        ReplyForm::Json(schema) => {
            filled(&serde_json::from_str(schema.get()).expect("a schema")).to_string()
        }
    };
    let cut = |piece: usize| piece * text.len() / tokens;
    (0..tokens).map(|piece| text[cut(piece)..cut(piece + 1)].to_owned()).collect()
}

/// The simplest value that is valid under a schema.
fn filled(schema: &Value) -> Value {
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            fields.map(|(key, schema)| (key.clone(), filled(schema))).collect()
        }
        Some("number") => json!(0.5),
        Some("array") => json!([filled(&schema["items"])]),
        _ => json!("Yes, because of it."),
    }
}
