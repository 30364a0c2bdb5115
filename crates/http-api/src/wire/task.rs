use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Task execution request model.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, garde::Validate)]
#[schemars(extend("examples" = [{
    "operation": "summarize",
    "parameters": { "text": "A synod is an assembly that debates until it decides." },
}]))]
pub(crate) struct TaskRequest {
    /// Operation to perform
    #[garde(skip)]
    pub(crate) operation: String,
    /// Task parameters
    #[serde(default)]
    #[garde(skip)]
    pub(crate) parameters: Map<String, Value>,
    /// Task priority
    #[serde(default = "default_priority")]
    #[garde(skip)]
    pub(crate) priority: Option<Priority>,
    /// Task timeout in seconds
    #[serde(default)]
    #[garde(range(min = 1, max = 3_600))]
    pub(crate) timeout_seconds: Option<u32>,
}

#[expect(clippy::unnecessary_wraps, reason = "null is a value of this field")]
const fn default_priority() -> Option<Priority> {
    Some(Priority::Normal)
}

/// The priority of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "TaskPriority")]
pub(crate) enum Priority {
    Low,
    #[default]
    Normal,
    High,
    Urgent,
}
