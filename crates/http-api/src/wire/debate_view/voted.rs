use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use synod_domain::{
    AgentId, BallotResult, Confidence, Event, FailureCause, Initialized, OptionId, Recorded, Tally,
    TurnNo,
};

/// One participant's ballot.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Ballot {
    /// The round it counts for.
    round: u8,
    /// Whether it is a ballot of the run-off.
    run_off: bool,
    /// The voter.
    agent_id: AgentId,
    /// How it ended.
    result: BallotResult,
    /// The option, of a vote.
    option: Option<OptionId>,
    /// The confidence that the voter states.
    confidence: Option<Confidence>,
    /// The turn that the voter names as decisive.
    moved_by: Option<TurnNo>,
    /// The option that the voter proposes.
    proposal: Option<Arc<str>>,
}

impl Ballot {
    /// By round, then in the order of the participants, not of arrival.
    pub(super) fn all(log: &[Arc<Recorded>], setup: &Initialized) -> Vec<Self> {
        let cast = log.iter().filter_map(|recorded| {
            let Event::BallotRecorded(ballot) = &recorded.event else { return None };
            Some(Self {
                round: ballot.round,
                run_off: ballot.run_off,
                agent_id: ballot.agent_id.clone(),
                result: ballot.result,
                option: ballot.option,
                confidence: ballot.confidence,
                moved_by: ballot.moved_by,
                proposal: ballot.proposal.clone(),
            })
        });
        let mut ballots: Vec<_> = cast.collect();
        let seat =
            |agent: &AgentId| setup.participants.iter().position(|seat| seat.agent_id == *agent);
        ballots.sort_by_key(|ballot| (ballot.round, ballot.run_off, seat(&ballot.agent_id)));
        ballots
    }
}

/// The count of a round.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ClosedRound {
    /// The round.
    round: u8,
    /// Its count.
    tally: Arc<Tally>,
}

impl ClosedRound {
    pub(super) fn all(log: &[Arc<Recorded>]) -> Vec<Self> {
        let closed = log.iter().filter_map(|recorded| {
            let Event::RoundClosed(closed) = &recorded.event else { return None };
            Some(Self { round: closed.round, tally: Arc::clone(&closed.tally) })
        });
        closed.collect()
    }
}

/// The count of the ballots over tied leaders.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RunOff {
    /// The count.
    pub(super) tally: Arc<Tally>,
}

/// A ruling of the judge.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Ruling {
    /// The option it named.
    option: Option<OptionId>,
    /// Why it named none.
    cause: Option<FailureCause>,
}

impl Ruling {
    pub(super) fn all(log: &[Arc<Recorded>]) -> Vec<Self> {
        let ruled = log.iter().filter_map(|recorded| {
            let Event::JudgeRuled(ruled) = &recorded.event else { return None };
            Some(Self { option: ruled.option, cause: ruled.cause })
        });
        ruled.collect()
    }
}
