//! Commands to the debate of a terminal.

use synod_debate_engine::{DebateHandle, EngineError};
use synod_debate_protocol::Status;
use synod_domain::{Event, PauseReason};

use super::stuck_pause::StuckPause;
use crate::CliError;

/// The reason of a stop from this terminal.
pub(super) const INTERRUPTED: &str = "interrupted";

/// Stops a debate at the request of the user.
pub(super) async fn stop(handle: &DebateHandle) -> Result<(), EngineError> {
    handle.stop(Some(INTERRUPTED.to_owned())).await.map(drop)
}

/// Starts the debate, or continues it.
pub(super) async fn begin(handle: &DebateHandle, accepts_models: bool) -> Result<(), EngineError> {
    match handle.snapshot().await?.status() {
        Status::Initialized => handle.start().await.map(drop),
        Status::Running | Status::Paused => resume(handle, accepts_models).await,
        Status::Closed => Ok(()),
    }
}

/// Resumes a debate.
pub(super) async fn resume(handle: &DebateHandle, accepts_models: bool) -> Result<(), EngineError> {
    let resumed =
        if accepts_models { handle.resume_accepting_models().await } else { handle.resume().await };
    resumed.map(drop)
}

/// Stops a debate that is paused until someone acts. Returns the error of the command.
pub(super) async fn stop_paused(
    handle: &DebateHandle,
    pause: StuckPause,
) -> Result<CliError, EngineError> {
    if pause.is_for_hosts() {
        stop_for_hosts(handle).await?;
    } else {
        handle.stop(Some(pause.why.clone())).await?;
    }
    Ok(pause.into_error())
}

/// Stops a debate that no host serves.
pub(super) async fn stop_for_hosts(handle: &DebateHandle) -> Result<(), EngineError> {
    handle.stop(Some("no model host accepts calls".to_owned())).await.map(drop)
}

/// What to say of a pause by a client and of its end, where no status shows it.
pub(super) fn client_pause(event: &Event) -> Option<&'static str> {
    if let Event::DebatePaused(paused) = event
        && paused.reason == PauseReason::Command
    {
        return Some(
            "the debate was paused by another process or client, and waits until one resumes it; `synod resume` \
             does",
        );
    }
    matches!(event, Event::DebateResumed(_)).then_some("the debate was resumed")
}
