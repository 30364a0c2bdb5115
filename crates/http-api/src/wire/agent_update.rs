use schemars::JsonSchema;
use serde::Serialize;

use super::{AgentStatusResponse, SystemStatusResponse};

/// A message to a client.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "event_type", content = "data")]
#[schemars(rename = "AgentUpdatesMessage")]
pub(crate) enum AgentUpdate {
    /// At first.
    #[serde(rename = "system_status")]
    First(SystemStatusResponse),
    /// Sent periodically, and when an agent was removed.
    #[serde(rename = "status_update")]
    Again(SystemStatusResponse),
    /// When an agent has changed.
    #[serde(rename = "agent_status")]
    Agent(Box<AgentStatusResponse>),
}
