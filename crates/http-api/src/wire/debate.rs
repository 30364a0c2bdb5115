use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use synod_domain::{DebateConfig, PausePolicy};

/// Debate configuration request model.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct DebateConfigurationRequest {
    /// What was asked for.
    pub(crate) config: DebateConfig,
}

impl JsonSchema for DebateConfigurationRequest {
    fn schema_name() -> Cow<'static, str> {
        "DebateConfigurationRequest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object" })
    }
}

/// Debate control request model.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct DebateControlRequest {
    /// Control action
    pub(crate) action: Action,
    /// What becomes of open calls at a pause
    #[serde(default)]
    pub(crate) policy: Option<PausePolicy>,
}

impl JsonSchema for DebateControlRequest {
    fn schema_name() -> Cow<'static, str> {
        "DebateControlRequest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object" })
    }
}

/// What can be done to a debate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Action {
    Start,
    Pause,
    Resume,
    Stop,
}
