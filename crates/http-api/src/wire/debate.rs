use std::{borrow::Cow, collections::BTreeSet};

use garde::{Path, Report};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::{Value, json};
use synod_domain::{DebateConfig, DebateRules, InvalidConfig, PathSegment, PausePolicy};

use crate::DebateDefaults;

/// Debate configuration request model.
#[derive(Clone, Debug)]
pub(crate) struct DebateConfigurationRequest {
    /// The requested configuration, with the defaults of the interface filled in.
    config: DebateConfig,
    given: BTreeSet<String>,
}

impl<'de> Deserialize<'de> for DebateConfigurationRequest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let fields = value.as_object().into_iter().flatten();
        let rules = value["debate_rules"].as_object().into_iter().flatten();
        let given = fields.chain(rules).map(|(key, _)| key.clone()).collect();
        let config = DebateConfig::deserialize(value).map_err(D::Error::custom)?;
        Ok(Self { config, given })
    }
}

impl DebateConfigurationRequest {
    /// Returns the requested configuration, with these defaults for absent fields.
    pub(crate) fn with(self, defaults: &DebateDefaults) -> DebateConfig {
        let Self { config, given } = self;
        defaults.fill(config, |field| given.contains(field))
    }
}

/// The domain's schema, with two stricter rules of the interface: the problem statement is required, and
/// unknown debate rules are refused.
impl JsonSchema for DebateConfigurationRequest {
    fn schema_name() -> Cow<'static, str> {
        "DebateConfigurationRequest".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = DebateConfig::json_schema(generator);
        let object = schema.ensure_object();
        object["description"] = "Debate configuration request model.".into();
        object.insert("examples".to_owned(), json!([example()]));
        object["required"] = json!(["debate_topic", "problem_statement", "selected_agents"]);
        let properties = &mut object["properties"];
        if let Some(problem) = properties["problem_statement"].as_object_mut() {
            problem.remove("default");
        }
        let rules = match generator.definitions_mut().get_mut(&*DebateRules::schema_name()) {
            Some(named) => named,
            None => &mut properties["debate_rules"],
        };
        rules["additionalProperties"] = false.into();
        schema
    }
}

fn example() -> Value {
    json!({
        "debate_topic": "Should a small town close its centre to cars?",
        "problem_statement": "8,000 people; one through road; shops fear for their trade.",
        "debate_mode": "structured",
        "max_rounds": 3,
        "selected_agents": ["analyst", "critic", "skeptic"],
        "debate_rules": { "options": ["Yes, close it", "No, keep it open"], "seed": 7 },
    })
}

impl garde::Validate for DebateConfigurationRequest {
    type Context = ();

    fn validate_into(&self, (): &(), parent: &mut dyn FnMut() -> Path, report: &mut Report) {
        let mut config = self.config.clone();
        if !self.given.contains("max_rounds") {
            // The configuration may set more rounds; the rules that join fields are checked again
            // once it has filled in what the request leaves out.
            config.max_rounds = DebateConfig::MOST_ROUNDS;
        }
        let invalid = config.check().err();
        for problem in invalid.iter().flat_map(InvalidConfig::problems) {
            let path = problem.path.segments().fold(parent(), |path, segment| match segment {
                PathSegment::Name(name) => path.join(name),
                PathSegment::Index(index) => path.join(index),
            });
            report.append(path, garde::Error::new(&problem.message));
        }
    }
}

/// Debate control request model.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, garde::Validate)]
#[schemars(extend("examples" = [{ "action": "start" }]))]
pub(crate) struct DebateControlRequest {
    /// Control action
    #[garde(skip)]
    pub(crate) action: Action,
    /// The treatment of open calls at a pause
    #[serde(default)]
    #[garde(skip)]
    pub(crate) policy: Option<PausePolicy>,
    /// Whether to resume although a host serves another model than the debate has recorded. The new digest
    /// is recorded
    #[serde(default)]
    #[garde(skip)]
    pub(crate) accept_model_change: bool,
}

/// A control action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "DebateAction")]
pub(crate) enum Action {
    Start,
    Pause,
    Resume,
    Stop,
}
