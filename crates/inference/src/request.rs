use std::{sync::Arc, time::Duration};

use serde_json::{Value, value::RawValue};

use crate::{AdmissionClass, Flow, Message, RequestFactory, Thinking};

/// A request to a model.
#[derive(Clone, Debug)]
pub struct ChatRequest {
    /// The messages in order. A last one of role assistant is the beginning of the reply; it is
    /// only understood by models with [`continues_reply`](crate::ModelInfo::continues_reply), and it is
    /// not repeated in the deltas.
    pub messages: Vec<Message>,
    /// The form the reply must have.
    pub form: ReplyForm,
    /// How tokens are drawn.
    pub sampling: Sampling,
    /// How soon the call is admitted.
    pub class: AdmissionClass,
    /// The flow that the call belongs to, among those of its class.
    pub flow: Flow,
    /// The clock of the call: it starts when the call is granted and the model in memory, and at its end
    /// the call fails with [`ChatError::Deadline`](crate::ChatError::Deadline).
    pub time_limit: Duration,
    /// Builds the same request again for another attempt. `None`: a gateway keeps the request until there
    /// is output.
    pub factory: Option<RequestFactory>,
}

/// The form of a reply.
#[derive(Clone, Debug, Default)]
pub enum ReplyForm {
    /// Free text.
    #[default]
    Text,
    /// One JSON value that is valid under this JSON Schema. Hosts constrain the sampling by it, but do
    /// not enforce numeric bounds. It is text, as hosts take it, which needs a tenth of the memory.
    Json(Arc<RawValue>),
}

/// The least tokens requested for a text, however slow the model: a few words.
const LEAST_TEXT: u32 = 16;

/// The least tokens requested for an object: half a JSON object is worth nothing.
const LEAST_OBJECT: u32 = 64;

impl ReplyForm {
    /// The tokens that a reply of this form needs to be worth requesting.
    pub(crate) const fn least_tokens(&self) -> u32 {
        match self {
            Self::Text => LEAST_TEXT,
            Self::Json(_) => LEAST_OBJECT,
        }
    }

    /// One JSON value that is valid under this JSON Schema.
    ///
    /// # Panics
    /// Never: a [`Value`] can be written as JSON.
    #[must_use]
    pub fn json(schema: &Value) -> Self {
        let text = serde_json::value::to_raw_value(schema).expect("a value can be written as JSON");
        Self::Json(text.into())
    }
}

/// How tokens are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// Softmax temperature; `None`: the model's own.
    pub temperature: Option<f32>,
    /// Repeat penalty; `None`: the model's own.
    pub repeat_penalty: Option<f32>,
    /// Seed; the same seed and prompt give the same reply where the host allows it.
    pub seed: Option<u32>,
    /// The reply ends before the first of these texts.
    pub stop: Vec<String>,
    /// The maximum of tokens in the reply, at least 1. Thought has tokens of its own.
    pub max_output_tokens: u32,
    /// How much, and whether, the model may think before it replies.
    pub thinking: Thinking,
}
