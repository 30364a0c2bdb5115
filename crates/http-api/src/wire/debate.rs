use std::borrow::Cow;

use garde::{Path, Report};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::json;
use synod_domain::{DebateConfig, InvalidConfig, PausePolicy};

/// Debate configuration request model.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct DebateConfigurationRequest {
    /// What was asked for.
    pub(crate) config: DebateConfig,
}

/// The domain's schema; stricter where the interface is: the problem must be stated, and a rule
/// that is not known is no rule.
impl JsonSchema for DebateConfigurationRequest {
    fn schema_name() -> Cow<'static, str> {
        "DebateConfigurationRequest".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = DebateConfig::json_schema(generator);
        let object = schema.ensure_object();
        object["description"] = "Debate configuration request model.".into();
        object["required"] = json!(["debate_topic", "problem_statement", "selected_agents"]);
        let properties = object["properties"].as_object_mut();
        let property = |name: &str| properties?.get_mut(name)?.as_object_mut();
        if let Some(rules) = property("debate_rules") {
            rules.insert("additionalProperties".to_owned(), false.into());
        }
        schema
    }
}

impl garde::Validate for DebateConfigurationRequest {
    type Context = ();

    fn validate_into(&self, (): &(), parent: &mut dyn FnMut() -> Path, report: &mut Report) {
        let invalid = self.config.check().err();
        for problem in invalid.iter().flat_map(InvalidConfig::problems) {
            let path = parent().join(problem.path.as_str());
            report.append(path, garde::Error::new(&problem.message));
        }
    }
}

/// Debate control request model.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, garde::Validate)]
pub(crate) struct DebateControlRequest {
    /// Control action
    #[garde(skip)]
    pub(crate) action: Action,
    /// What becomes of open calls at a pause
    #[serde(default)]
    #[garde(skip)]
    pub(crate) policy: Option<PausePolicy>,
}

/// What can be done to a debate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Action {
    Start,
    Pause,
    Resume,
    Stop,
}
