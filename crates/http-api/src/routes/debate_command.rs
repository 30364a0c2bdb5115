//! What a client's command comes to, in the words of the wire.

use synod_debate_engine::{CommandDone, DebateHandle, EngineError};
use synod_debate_protocol::{Command, Rejection};

use crate::{response::error::ApiError, wire::DebateStatus};

/// Carries a command out.
///
/// # Errors
/// [`ApiError::NotAllowed`] where the debate is in no state for it, with how it was closed if it
/// is, which the rules do not tell; other refusals as they are.
pub(crate) async fn carry_out(
    debate: &DebateHandle,
    command: Command,
) -> Result<CommandDone, ApiError> {
    match debate.command(command).await {
        Err(EngineError::Rejected(Rejection::NotAllowed { command, status, allowed })) => {
            let outcome = debate.verdict().await?.map(|verdict| verdict.outcome);
            let status = DebateStatus::of(status, outcome);
            Err(ApiError::NotAllowed { command, status, allowed })
        }
        done => Ok(done?),
    }
}
