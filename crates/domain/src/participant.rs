use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{AgentId, HostName, ModelName, Persona, Scale};

/// A participant, moderator or judge as a debate began with it. What was begun is what goes on:
/// the registry is not asked again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ParticipantProfile {
    /// The agent.
    pub agent_id: AgentId,
    /// Its name, shown to people only.
    pub name: String,
    /// The host of its model.
    pub host: HostName,
    /// Its model.
    pub model: ModelName,
    /// The model's content digest, if the host told.
    pub digest: Option<Arc<str>>,
    /// The wording its model is asked in.
    pub scale: Scale,
    /// How it is told to be.
    pub persona: Persona,
}
