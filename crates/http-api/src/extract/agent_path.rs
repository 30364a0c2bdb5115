use synod_domain::AgentId;

use crate::response::error::{ApiError, Noun};

/// Returns the agent that a path names.
///
/// # Errors
/// [`ApiError::NotFound`] for an invalid id, which names no agent.
pub(crate) fn agent_id(id: &str) -> Result<AgentId, ApiError> {
    AgentId::new(id).map_err(|_| ApiError::NotFound(Noun::Agent))
}
