use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something to say to all participants.
#[derive(Clone, Debug, Deserialize, JsonSchema, garde::Validate)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "text": "The bus line runs every ten minutes.", "author": "Ada" }]))]
pub(crate) struct InterjectionRequest {
    /// What is said; calls that begin after it hear it
    #[garde(length(chars, min = 1, max = 4_000))]
    #[schemars(regex(pattern = r"[^\s\x00-\x1f\x7f-\x9f]"))]
    pub(crate) text: String,
    /// Who says it, shown to watchers only
    #[garde(length(chars, min = 1, max = 128))]
    #[schemars(regex(
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    ))]
    pub(crate) author: Option<String>,
}

/// It was said.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "InterjectionAccepted")]
pub(crate) struct Interjected {
    /// The number of its event.
    pub(crate) seq: u64,
}
