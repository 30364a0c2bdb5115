use schemars::JsonSchema;
use serde::Serialize;

/// That the server answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Health {
    /// Always `healthy`.
    pub(crate) status: &'static str,
    /// The time there, RFC 3339, UTC.
    pub(crate) timestamp: String,
}
