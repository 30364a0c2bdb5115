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
    pub name: Arc<str>,
    /// The host of its model.
    pub host: HostName,
    /// Its model.
    pub model: ModelName,
    /// The model's content digest, if the host told.
    pub digest: Option<Arc<str>>,
    /// Any host that holds the same model may serve its calls. Absent or false: only its own host.
    #[serde(default, skip_serializing_if = "is_false")]
    pub pooled: bool,
    /// The wording its model is asked in.
    pub scale: Scale,
    /// How it is told to be.
    pub persona: Persona,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
