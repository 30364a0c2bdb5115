use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};

use crate::model_labels::ModelLabels;

/// An ended call to a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call<'a> {
    /// The model, if known.
    pub model: Option<&'a str>,
    /// The purpose, such as `opening` or `ballot`.
    pub purpose: &'static str,
    /// The outcome, such as `spoke` or `timed_out`.
    pub outcome: &'static str,
    /// Prompt tokens.
    pub prompt_tokens: u32,
    /// Output tokens.
    pub output_tokens: u32,
    /// Time in the queue, if known.
    pub queued: Option<Duration>,
    /// Time that the model worked, if known.
    pub worked: Option<Duration>,
}

impl Call<'_> {
    /// A call of unknown cost.
    #[must_use]
    pub const fn of(purpose: &'static str, outcome: &'static str) -> Self {
        Self {
            model: None,
            purpose,
            outcome,
            prompt_tokens: 0,
            output_tokens: 0,
            queued: None,
            worked: None,
        }
    }
}

/// Buckets of waiting and working times, in seconds.
const BUCKETS: [f64; 10] = [0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0];

#[derive(Debug)]
pub(crate) struct Calls {
    models: ModelLabels,
    started: Family<Purpose, Counter>,
    ended: Family<Ended, Counter>,
    tokens: Family<Tokens, Counter>,
    queued: Family<Model, Histogram>,
    worked: Family<Work, Histogram>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Purpose {
    purpose: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    model: String,
    purpose: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Tokens {
    model: String,
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Model {
    model: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Work {
    model: String,
    purpose: &'static str,
}

impl Calls {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let calls = Self {
            models: ModelLabels::default(),
            started: Family::default(),
            ended: Family::default(),
            tokens: Family::default(),
            queued: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            worked: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
        };
        registry.register("calls_started", "Calls begun", calls.started.clone());
        registry.register("calls", "Calls ended, by outcome", calls.ended.clone());
        registry.register(
            "tokens",
            "Tokens read (prompt) and written (output)",
            calls.tokens.clone(),
        );
        registry.register(
            "call_queue_seconds",
            "Time that calls waited in the queue of their model",
            calls.queued.clone(),
        );
        registry.register(
            "call_duration_seconds",
            "Time that models worked on calls, from the prompt to the last token",
            calls.worked.clone(),
        );
        calls
    }

    pub(crate) fn started(&self, purpose: &'static str) {
        self.started.get_or_create(&Purpose { purpose }).inc();
    }

    pub(crate) fn ended(&self, call: &Call<'_>) {
        let &Call { purpose, outcome, .. } = call;
        let model = self.models.label(call.model);
        for (kind, tokens) in [("prompt", call.prompt_tokens), ("output", call.output_tokens)] {
            let labels = Tokens { model: model.clone(), kind };
            self.tokens.get_or_create(&labels).inc_by(tokens.into());
        }
        if let Some(queued) = call.queued {
            let labels = Model { model: model.clone() };
            self.queued.get_or_create(&labels).observe(queued.as_secs_f64());
        }
        if let Some(worked) = call.worked {
            let labels = Work { model: model.clone(), purpose };
            self.worked.get_or_create(&labels).observe(worked.as_secs_f64());
        }
        self.ended.get_or_create(&Ended { model, purpose, outcome }).inc();
    }
}
