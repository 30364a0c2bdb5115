//! Commands of clients to debates.

use synod_debate_engine::{CommandDone, DebateHandle, EngineError};
use synod_debate_protocol::{Command, Rejection};

use crate::{response::error::ApiError, wire::DebateStatus};

/// Carries out a command.
///
/// # Errors
/// [`ApiError::NotAllowed`] if the status of the debate does not allow it. Unlike the error of the rules, it
/// tells how a closed debate ended. Other errors are returned unchanged.
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
