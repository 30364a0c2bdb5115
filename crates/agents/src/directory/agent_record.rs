use serde::{Deserialize, Serialize};
use synod_domain::{AgentId, AgentProfile, HostName, ModelName, Persona, Timestamp};
use synod_event_log::TypedRecord;

use crate::AgentChange;

/// What the store has of an agent. Agents that are as they were configured have no record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AgentRecord {
    /// The agent was added. It replaces a configured one of the same id.
    Added(AddedAgent),
    /// Keys of a configured agent were changed. The others follow the configuration.
    Changed(AgentChange),
    /// A configured agent was removed.
    Removed,
}

/// A complete agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct AddedAgent {
    name: String,
    expertise: String,
    #[serde(default)]
    voice: String,
    #[serde(default)]
    host: Option<HostName>,
    #[serde(default)]
    model: Option<ModelName>,
    pub(super) created_at: Timestamp,
}

impl TypedRecord for AgentRecord {
    const KIND: &'static str = "agent";
}

impl AgentRecord {
    pub(super) fn of_added(agent: &AgentProfile, created_at: Timestamp) -> Self {
        Self::Added(AddedAgent {
            name: agent.name.to_string(),
            expertise: agent.persona.expertise.to_string(),
            voice: agent.persona.voice.to_string(),
            host: agent.host.clone(),
            model: agent.model.clone(),
            created_at,
        })
    }
}

impl AddedAgent {
    pub(super) fn into_profile(self, id: AgentId) -> AgentProfile {
        AgentProfile {
            id,
            name: self.name.into(),
            persona: Persona { expertise: self.expertise.into(), voice: self.voice.into() },
            host: self.host,
            model: self.model,
        }
    }
}
