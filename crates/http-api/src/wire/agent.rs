use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use synod_agents::AgentReport;
use synod_domain::Timestamp;

use super::{
    AgentStatusResponse,
    plain::{plain_name, plain_text},
};

/// An agent to register.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, garde::Validate)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{
    "agent_id": "planner",
    "name": "Planner",
    "expertise": "a town planner who has closed streets before",
    "voice": "plainly, with one example",
}]))]
pub(crate) struct AgentRegistration {
    /// The id: letters, digits, `.`, `_` and `-`, beginning with a letter or digit
    #[garde(length(chars, max = 128))]
    #[schemars(regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"))]
    pub(crate) agent_id: String,
    /// The name shown to people, by default made from the id; prompts do not contain it
    #[serde(default)]
    #[garde(length(chars, max = 400), inner(custom(plain_name)))]
    #[schemars(regex(pattern = r"[^\s\x00-\x1f\x7f-\x9f]"))]
    pub(crate) name: Option<String>,
    /// Completes "You are …", as `a critic who looks for risks`
    #[garde(length(chars, max = 4_000), custom(plain_text))]
    #[schemars(regex(pattern = r"[^\s\x00-\x1f\x7f-\x9f]"))]
    pub(crate) expertise: String,
    /// Completes "Speak …", as `bluntly, one point at a time`
    #[serde(default)]
    #[garde(length(chars, max = 400), inner(custom(plain_text)))]
    #[schemars(regex(pattern = r"[^\s\x00-\x1f\x7f-\x9f]"))]
    pub(crate) voice: Option<String>,
    /// The required host
    #[serde(default)]
    #[garde(length(chars, max = 128))]
    #[schemars(regex(pattern = r"^[^\s\x00-\x1f\x7f-\x9f]+$"))]
    pub(crate) host: Option<String>,
    /// The required model, which need not exist yet
    #[serde(default)]
    #[garde(length(chars, max = 128))]
    #[schemars(regex(pattern = r"^[^\s\x00-\x1f\x7f-\x9f]+$"))]
    pub(crate) model: Option<String>,
}

/// Changes of an agent. Absent fields keep their values.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, garde::Validate)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "voice": "bluntly, one point at a time" }]))]
pub(crate) struct AgentPatch {
    /// The name shown to people; prompts do not contain it
    #[serde(default)]
    #[garde(length(chars, max = 400), inner(custom(plain_name)))]
    #[schemars(with = "String", regex(pattern = r"[^\s\x00-\x1f\x7f-\x9f]"))]
    pub(crate) name: Option<String>,
    /// Completes "You are …"
    #[serde(default)]
    #[garde(length(chars, max = 4_000), inner(custom(plain_text)))]
    #[schemars(with = "String", regex(pattern = r"[^\s\x00-\x1f\x7f-\x9f]"))]
    pub(crate) expertise: Option<String>,
    /// Completes "Speak …"
    #[serde(default)]
    #[garde(length(chars, max = 400), inner(custom(plain_text)))]
    #[schemars(with = "String", regex(pattern = r"[^\s\x00-\x1f\x7f-\x9f]"))]
    pub(crate) voice: Option<String>,
    /// The required host; null for any
    #[serde(default, deserialize_with = "given")]
    #[garde(length(chars, max = 128))]
    #[schemars(with = "Option<String>", regex(pattern = r"^[^\s\x00-\x1f\x7f-\x9f]+$"))]
    pub(crate) host: Option<Option<String>>,
    /// The required model; null for any
    #[serde(default, deserialize_with = "given")]
    #[garde(length(chars, max = 128))]
    #[schemars(with = "Option<String>", regex(pattern = r"^[^\s\x00-\x1f\x7f-\x9f]+$"))]
    pub(crate) model: Option<Option<String>>,
}

/// Distinguishes null from an absent field.
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// A registered agent.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct RegisteredAgent {
    /// Its id
    pub(crate) agent_id: String,
    /// The name shown to people
    pub(crate) name: String,
    /// Completes "You are …"
    pub(crate) expertise: String,
    /// Completes "Speak …"
    pub(crate) voice: String,
    /// The required host
    pub(crate) host: Option<String>,
    /// The required model
    pub(crate) model: Option<String>,
    /// Time of registration, RFC 3339, UTC
    #[schemars(with = "Timestamp")]
    pub(crate) created_at: String,
    /// Its status
    pub(crate) status: AgentStatusResponse,
}

/// All registered agents.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct RegisteredAgents {
    /// By id
    pub(crate) agents: Vec<RegisteredAgent>,
}

impl From<AgentReport> for RegisteredAgent {
    fn from(report: AgentReport) -> Self {
        let profile = report.profile.clone();
        Self {
            agent_id: profile.id.into(),
            name: profile.name.to_string(),
            expertise: profile.persona.expertise.to_string(),
            voice: profile.persona.voice.to_string(),
            host: profile.host.map(Into::into),
            model: profile.model.map(Into::into),
            created_at: report.created_at.to_string(),
            status: report.into(),
        }
    }
}
