use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Task execution request model.
#[derive(Clone, Debug, Deserialize, JsonSchema, garde::Validate)]
pub(crate) struct TaskRequest {
    /// Operation to perform
    #[garde(skip)]
    pub(crate) operation: String,
    /// Task parameters
    #[serde(default)]
    #[garde(skip)]
    pub(crate) parameters: Map<String, Value>,
    /// Task priority
    #[serde(default)]
    #[garde(skip)]
    pub(crate) priority: Option<Priority>,
    /// Task timeout in seconds
    #[serde(default)]
    #[garde(range(min = 1, max = 3_600))]
    pub(crate) timeout_seconds: Option<u32>,
}

/// How soon a task is admitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Priority {
    Low,
    #[default]
    Normal,
    High,
    Urgent,
}
