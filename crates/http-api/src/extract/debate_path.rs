use actix_web::web::Path;
use synod_debate_engine::{DebateHandle, EngineError};
use synod_domain::DebateId;
use synod_event_log::LogError;

use crate::{
    Api,
    response::error::{ApiError, Noun},
};

/// The debate that a path names. An invalid id names no debate.
pub(crate) type DebatePath = Path<String>;

impl Api {
    /// Returns the debate of this id.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] for an unknown, deleted or invalid id.
    pub(crate) async fn debate(&self, id: &str) -> Result<DebateHandle, ApiError> {
        let id: DebateId = id.parse().map_err(|_| ApiError::NotFound(Noun::Debate))?;
        match self.synod().debates().get(id).await {
            Err(EngineError::Log(LogError::UnknownDebate(_) | LogError::Purged(_))) => {
                Err(ApiError::NotFound(Noun::Debate))
            }
            found => Ok(found?),
        }
    }
}
