use synod_debate_engine::DebateHandle;
use synod_domain::Outcome;
use synod_transcript::Failures;

use super::{access::Access, driving::Loss, lost_calls::LostCalls};
use crate::{CliError, error::DebateFailure};

/// How a debate ended, or that it was left unfinished.
pub(super) struct Ended {
    /// `None`: it can be resumed.
    pub(super) outcome: Option<Outcome>,
    /// The calls that failed.
    pub(super) failures: Failures,
    pub(super) lost_calls: LostCalls,
    /// Why the debate was stopped early or left: all hosts refuse this user, or it is paused until someone
    /// acts and no user is at the terminal to decide.
    pub(super) failure: Option<CliError>,
    /// Why this process no longer drives the debate, which continues.
    pub(super) loss: Option<Loss>,
}

impl Ended {
    /// Finds out why prompts did not fit, if any.
    pub(super) async fn explained(mut self, access: &Access) -> Self {
        self.lost_calls.explain_long_prompts(access).await;
        self
    }

    /// The end of a debate that this process has lost.
    pub(super) fn lost(loss: Loss) -> Self {
        let (failures, lost_calls) = (Failures::default(), LostCalls::default());
        Self { outcome: None, failures, lost_calls, failure: None, loss: Some(loss) }
    }
}

/// The end of a debate whose reader has closed the output: a reader that went away with the last event is no
/// failure, but an unfinished debate is.
pub(super) async fn without_reader(handle: &DebateHandle) -> Result<Ended, CliError> {
    let outcome = handle.verdict().await?.map(|verdict| verdict.outcome);
    let failure = outcome.is_none().then_some(CliError::Debate(DebateFailure::NoReader));
    let (failures, lost_calls) = (Failures::default(), LostCalls::default());
    Ok(Ended { outcome, failures, lost_calls, failure, loss: None })
}

/// Returns the failure that an outcome is, if any.
pub(super) fn check_outcome(
    outcome: Outcome,
    consensus: bool,
    lost_calls: &LostCalls,
) -> Result<(), CliError> {
    let failure = match outcome {
        Outcome::Consensus => return Ok(()),
        Outcome::Deadlock | Outcome::Oscillation | Outcome::MaxRounds if !consensus => {
            return Ok(());
        }
        Outcome::Deadlock | Outcome::Oscillation | Outcome::MaxRounds => DebateFailure::NoConsensus,
        Outcome::Budget => DebateFailure::Budget,
        Outcome::Deadline => DebateFailure::Deadline,
        Outcome::Stopped => DebateFailure::Interrupted,
        Outcome::QuorumLost => {
            let failure = lost_calls.failure();
            return Err(failure.unwrap_or(CliError::Debate(DebateFailure::FailedCalls)));
        }
        Outcome::Failed => DebateFailure::FailedCalls,
    };
    Err(CliError::Debate(failure))
}
