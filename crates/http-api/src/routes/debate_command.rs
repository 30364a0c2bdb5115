//! Commands of clients to debates.

use synod_debate_engine::{CommandDone, DebateHandle, EngineError};
use synod_debate_protocol::{Command, Rejection};
use synod_event_log::IdempotencyKey;

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
    carried_out(debate, debate.command(command).await).await
}

/// Sends a message to all participants, once for each key.
///
/// # Errors
/// As from [`carry_out`].
pub(crate) async fn interject_once(
    debate: &DebateHandle,
    text: String,
    author: Option<String>,
    key: &IdempotencyKey,
) -> Result<CommandDone, ApiError> {
    carried_out(debate, debate.interject_once(text, author, key).await).await
}

/// Resumes a debate with the models that its hosts serve now.
///
/// # Errors
/// As from [`carry_out`].
pub(crate) async fn resume_accepting_models(
    debate: &DebateHandle,
) -> Result<CommandDone, ApiError> {
    carried_out(debate, debate.resume_accepting_models().await).await
}

async fn carried_out(
    debate: &DebateHandle,
    done: Result<CommandDone, EngineError>,
) -> Result<CommandDone, ApiError> {
    match done {
        Err(EngineError::Rejected(Rejection::NotAllowed { command, status, allowed })) => {
            let outcome = debate.verdict().await?.map(|verdict| verdict.outcome);
            let status = DebateStatus::of(status, outcome);
            Err(ApiError::NotAllowed { command, status, allowed })
        }
        done => Ok(done?),
    }
}
