use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::plain::{plain_name, plain_text};

/// A message to all participants.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, garde::Validate)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "text": "The bus line runs every ten minutes.", "author": "Ada" }]))]
pub(crate) struct InterjectionRequest {
    /// The message; calls that start later contain it
    #[garde(length(chars, min = 1, max = 4_000), custom(plain_text))]
    #[schemars(regex(pattern = r"[^\s\x00-\x1f\x7f-\x9f]"))]
    pub(crate) text: String,
    /// The author, shown to watchers only
    #[garde(length(chars, min = 1, max = 128), inner(custom(plain_name)))]
    #[schemars(regex(pattern = r"[^\s\x00-\x1f\x7f-\x9f]"))]
    pub(crate) author: Option<String>,
}

/// The interjection was accepted.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct InterjectionAccepted {
    /// The number of its event.
    pub(crate) seq: u64,
}
