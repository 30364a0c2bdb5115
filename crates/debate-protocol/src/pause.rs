//! Pauses, for a person or for hosts.

use std::sync::Arc;

use synod_domain::{BallotResult, CallNo, Outcome, Paused, Timestamp};

use crate::{
    Debate, Stage,
    call_result::NO_BALLOT,
    debate::CountedBallot,
    step_state::{StepProgress, StepState},
    tally,
};

/// The reason and time of a pause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// The time of the event that paused it.
    pub since: Timestamp,
    /// The payload of that event.
    pub paused: Arc<Paused>,
}

/// The fewest openings or ballots of a quorum.
const QUORUM: usize = 2;

impl Debate {
    /// The pause, if the debate is paused.
    #[must_use]
    pub fn pause(&self) -> Option<&Pause> {
        self.pause.as_deref()
    }

    /// Whether the failure of these open calls would end the debate, and their success need not:
    /// without them there is no quorum, or there are too few ballots for a consensus on any option.
    /// False while other calls are open or due.
    #[must_use]
    pub fn ends_without(&self, calls: &[CallNo]) -> bool {
        let is_over = |state: &StepState| match state.progress {
            StepProgress::Ended => true,
            StepProgress::Open(call) => calls.contains(&call),
            StepProgress::Due { .. } => false,
        };
        if !self.steps.iter().all(is_over) {
            return false;
        }
        let missing = self.steps.iter().filter(|state| state.open().is_some()).count();
        let lacks_quorum = |came: usize| came < QUORUM && came + missing >= QUORUM;
        let ballots = self.ballots.iter().flatten();
        let came = ballots.filter(|ballot| ballot.result != BallotResult::None).count();
        match self.stage {
            Stage::Opening => lacks_quorum(self.pending.len()),
            Stage::Voting => lacks_quorum(came) || self.ends_undecided_without(missing),
            Stage::RunOff => lacks_quorum(came),
            // Without the clerk the openings themselves are the options, and without the judge a
            // tie is a result.
            Stage::Options | Stage::Discussion | Stage::Judging => false,
        }
    }

    /// Whether the debate would end with this round, with too few votes for a consensus on any option,
    /// and the missing ballots could make one.
    fn ends_undecided_without(&self, missing: usize) -> bool {
        let ballots: Vec<CountedBallot> =
            self.ballots.iter().map(|ballot| ballot.clone().unwrap_or(NO_BALLOT)).collect();
        let tally = tally::of_round(self, &ballots);
        let ends = match self.outcome_of(&ballots, &tally) {
            Some(Outcome::Deadlock | Outcome::Oscillation | Outcome::MaxRounds) => true,
            Some(
                Outcome::Consensus
                | Outcome::QuorumLost
                | Outcome::Budget
                | Outcome::Deadline
                | Outcome::Stopped
                | Outcome::Failed,
            )
            | None => false,
        };
        let missing = u8::try_from(missing).unwrap_or(u8::MAX);
        let most = tally.answered.saturating_add(missing);
        ends && !self.has_turnout(tally.answered) && self.could_agree(most)
    }
}
