use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{AgentId, HostName, ModelName, Persona, Scale};

/// A participant, moderator or judge at the start of a debate. Later changes of the agent registry
/// do not affect the debate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ParticipantProfile {
    /// The agent.
    pub agent_id: AgentId,
    /// The name shown to people. Prompts do not hold it.
    pub name: Arc<str>,
    /// The host of the model.
    pub host: HostName,
    /// The model.
    pub model: ModelName,
    /// The content digest of the model, if the host reported one.
    pub digest: Option<Arc<str>>,
    /// Whether any host with the same model may serve its calls. Absent or false: only its own host.
    #[serde(default, skip_serializing_if = "is_false")]
    pub pooled: bool,
    /// The scale of the model, which decides on the wording of prompts.
    pub scale: Scale,
    /// The persona.
    pub persona: Persona,
}

impl ParticipantProfile {
    /// The profile of an agent on a model: named like its id, on its own host, addressed as a regular
    /// model, a neutral participant.
    #[must_use]
    pub fn new(agent_id: AgentId, host: HostName, model: ModelName) -> Self {
        Self {
            name: agent_id.as_str().into(),
            agent_id,
            host,
            model,
            digest: None,
            pooled: false,
            scale: Scale::Regular,
            persona: Persona::new("a participant in this debate"),
        }
    }

    /// With another name to show to people.
    #[must_use]
    pub fn named(self, name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// With the content digest of the model.
    #[must_use]
    pub fn with_digest(self, digest: impl Into<Arc<str>>) -> Self {
        Self { digest: Some(digest.into()), ..self }
    }

    /// Served by any host that holds the same model.
    #[must_use]
    pub fn pooled(self) -> Self {
        Self { pooled: true, ..self }
    }

    /// Addressed as a model of this scale.
    #[must_use]
    pub fn with_scale(self, scale: Scale) -> Self {
        Self { scale, ..self }
    }

    /// With a persona.
    #[must_use]
    pub fn with_persona(self, persona: Persona) -> Self {
        Self { persona, ..self }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
