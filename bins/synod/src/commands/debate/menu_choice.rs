use synod_debate_engine::{DebateHandle, EngineError};
use synod_debate_protocol::Stage;
use synod_domain::PausePolicy;

use super::stuck_pause::StuckPause;

/// A choice of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MenuChoice {
    /// Continue the debate.
    Continue,
    /// Resume the paused debate, perhaps with models that have changed.
    Resume { accepts_models: bool },
    /// Send this message to all participants.
    Interject(String),
    /// End the discussion of this round and call the vote.
    CallVote,
    /// Stop once the calls in flight have ended.
    Stop,
    /// Pause the debate and leave it, to be resumed later.
    Leave,
    /// Stop the debate, which is paused until someone acts.
    StopPaused(StuckPause),
}

impl MenuChoice {
    /// Whether the debate stops or pauses, which is not for a process to decide that no longer drives it.
    pub(super) const fn ends_driving(&self) -> bool {
        match self {
            Self::Stop | Self::Leave | Self::StopPaused(_) => true,
            Self::Continue | Self::Resume { .. } | Self::Interject(_) | Self::CallVote => false,
        }
    }
}

const SENT: &str = "The message is added; all participants read it before their next statement.";
const VOTE_CALLED: &str =
    "The vote is called; voting begins when the statements in progress have ended.";

/// Sends a message to all participants. Returns the result as a message to the user.
pub(super) async fn interject(handle: &DebateHandle, text: &str) -> Result<String, EngineError> {
    match handle.interject(text, None).await {
        Ok(_) => Ok(SENT.to_owned()),
        Err(EngineError::Rejected(rejection)) => Ok(rejected(&rejection)),
        Err(error) => Err(error),
    }
}

/// Calls the vote. Returns the result as a message to the user.
pub(super) async fn call_vote(handle: &DebateHandle) -> Result<String, EngineError> {
    match handle.call_vote().await {
        Ok(done) if done.recorded => Ok(VOTE_CALLED.to_owned()),
        Ok(_) => {
            let debate = handle.snapshot().await?;
            Ok(debate.stage().map_or_else(over, |stage| no_vote(stage, debate.round())))
        }
        Err(EngineError::Rejected(rejection)) => Ok(rejected(&rejection)),
        Err(error) => Err(error),
    }
}

/// Pauses the debate at once, to be resumed later. Returns false if it has ended meanwhile, which its last
/// event will show.
pub(super) async fn leave(handle: &DebateHandle) -> Result<bool, EngineError> {
    match handle.pause(PausePolicy::Abort).await {
        Ok(_) => Ok(true),
        Err(EngineError::Rejected(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

fn rejected(rejection: &impl std::fmt::Display) -> String {
    format!("Not possible: {rejection}.")
}

fn over() -> String {
    "No vote can be called: the debate is over.".to_owned()
}

/// Explains why no vote can be called in this stage, and what happens next.
fn no_vote(stage: Stage, round: u8) -> String {
    match stage {
        Stage::Opening => {
            "A vote can be called from round 1 on. This is the blind opening, whose vote \
             follows automatically."
                .to_owned()
        }
        Stage::Options => {
            "The options are being collected; the vote follows automatically.".to_owned()
        }
        Stage::Discussion => format!(
            "The vote of round {round} is called already; voting begins when the statements in \
             progress have ended."
        ),
        Stage::Voting => {
            format!("The ballots of round {round} are being cast already.")
        }
        Stage::RunOff => {
            "The ballots of the run-off are being cast; its count ends the debate.".to_owned()
        }
        Stage::Judging => "The judge is breaking the tie, which ends the debate.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_vote_names_the_stage_and_what_follows() {
        let opening = no_vote(Stage::Opening, 0);
        assert!(opening.contains("blind opening") && opening.contains("from round 1 on"));
        assert!(no_vote(Stage::Discussion, 2).contains("round 2 is called already"));
        assert!(no_vote(Stage::Voting, 3).contains("ballots of round 3 are being cast"));
        assert!(no_vote(Stage::RunOff, 3).contains("run-off"));
        assert!(no_vote(Stage::Judging, 3).contains("judge"));
        assert!(no_vote(Stage::Options, 0).contains("options"));
    }
}
