use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{AgentId, HostName, ModelName};

/// A persona: what an agent knows and how it speaks. It holds no name, because agents do not know
/// theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// Completes "You are …", as `a critic who looks for risks and weak points`.
    pub expertise: Arc<str>,
    /// Completes "Speak …", as `bluntly, one point at a time`.
    #[serde(default)]
    pub voice: Arc<str>,
}

impl Persona {
    /// A persona by what it knows, without a manner of speaking.
    #[must_use]
    pub fn new(expertise: impl Into<Arc<str>>) -> Self {
        Self { expertise: expertise.into(), voice: Arc::from("") }
    }

    /// With a manner of speaking.
    #[must_use]
    pub fn with_voice(self, voice: impl Into<Arc<str>>) -> Self {
        Self { voice: voice.into(), ..self }
    }
}

/// An agent as the registry knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentProfile {
    /// The id.
    pub id: AgentId,
    /// The name shown to people. Prompts do not hold it.
    pub name: Arc<str>,
    /// The persona.
    pub persona: Persona,
    /// The host that the agent requires, if any.
    pub host: Option<HostName>,
    /// The model that the agent requires, if any.
    pub model: Option<ModelName>,
}
