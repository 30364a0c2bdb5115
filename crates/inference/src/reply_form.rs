use std::sync::Arc;

use serde_json::{Value, value::RawValue};

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
