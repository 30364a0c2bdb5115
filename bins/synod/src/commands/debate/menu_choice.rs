use synod_debate_engine::{DebateHandle, EngineError};
use synod_debate_protocol::Stage;

/// What the user asks for in the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MenuChoice {
    /// Nothing: let it go on.
    Continue,
    /// That it runs again after a pause.
    Resume,
    /// To say this to all participants.
    Interject(String),
    /// That this round's discussion ends and its ballots begin.
    CallVote,
    /// That it stops once the calls in flight have ended.
    Stop,
    /// That it stops for the reason for which it is paused: too few hosts serve its calls.
    StopPaused(String),
}

const SAID: &str = "The message is added; all read it before their next statement.";
const VOTED: &str = "The vote is called; the ballots begin once the open statements have ended.";

/// Says something to all participants; what became of it.
pub(super) async fn interject(handle: &DebateHandle, text: &str) -> Result<String, EngineError> {
    match handle.interject(text, None).await {
        Ok(_) => Ok(SAID.to_owned()),
        Err(EngineError::Rejected(rejection)) => Ok(not_done(&rejection)),
        Err(error) => Err(error),
    }
}

/// Calls the vote; what became of it.
pub(super) async fn call_vote(handle: &DebateHandle) -> Result<String, EngineError> {
    match handle.call_vote().await {
        Ok(done) if done.recorded => Ok(VOTED.to_owned()),
        Ok(_) => {
            let debate = handle.snapshot().await?;
            Ok(debate.stage().map_or_else(over, |stage| no_vote(stage, debate.round())))
        }
        Err(EngineError::Rejected(rejection)) => Ok(not_done(&rejection)),
        Err(error) => Err(error),
    }
}

fn not_done(rejection: &impl std::fmt::Display) -> String {
    format!("This could not be done: {rejection}.")
}

fn over() -> String {
    "No vote can be called: the debate is over.".to_owned()
}

/// Why no vote can be called in this stage, and what happens next.
fn no_vote(stage: Stage, round: u8) -> String {
    match stage {
        Stage::Opening => {
            "This is the blind opening, where nothing is being discussed; its ballots \
                           follow by themselves. A vote can be called from round 1 on."
                .to_owned()
        }
        Stage::Options => {
            "The options are being collected, and nothing is being discussed; ballots \
                           follow by themselves."
                .to_owned()
        }
        Stage::Discussion => format!(
            "The vote of round {round} is called already; the ballots begin once the open \
             statements have ended."
        ),
        Stage::Voting => {
            format!("The ballots of round {round} are being cast already, and are counted next.")
        }
        Stage::RunOff => {
            "The ballots of the run-off are being cast; its count ends the debate.".to_owned()
        }
        Stage::Judging => "The judge is ruling on the tie, which ends the debate.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vote_that_cannot_be_called_is_answered_with_the_phase_and_what_follows() {
        let opening = no_vote(Stage::Opening, 0);
        assert!(opening.contains("blind opening") && opening.contains("from round 1 on"));
        assert!(no_vote(Stage::Discussion, 2).contains("round 2 is called already"));
        assert!(no_vote(Stage::Voting, 3).contains("ballots of round 3 are being cast"));
        assert!(no_vote(Stage::RunOff, 3).contains("run-off"));
        assert!(no_vote(Stage::Judging, 3).contains("judge"));
        assert!(no_vote(Stage::Options, 0).contains("options"));
    }
}
