//! Counting ballots.

use synod_domain::{AgentId, BallotResult, OptionId, Tally, VoteCount};

use crate::{Debate, debate::CountedBallot};

/// The count of the ballots of the current round.
pub(crate) fn of_round(debate: &Debate, ballots: &[CountedBallot]) -> Tally {
    let before = debate.rounds.last().map(|round| &round.ballots[..]).unwrap_or_default();
    let options = debate.options.iter().map(|option| option.id);
    let mut tally = count(debate, ballots, before, options);
    let late_enough = debate.round >= debate.setup.config.debate_rules.min_rounds;
    tally.consensus = late_enough && debate.agrees(&tally);
    tally
}

/// The count of a run-off, over its own options; never a consensus.
pub(crate) fn run_off(debate: &Debate, ballots: &[CountedBallot]) -> Tally {
    let before = debate.rounds.last().map(|round| &round.ballots[..]).unwrap_or_default();
    count(debate, ballots, before, debate.leading_options().into_iter().map(|option| option.id))
}

fn count(
    debate: &Debate,
    ballots: &[CountedBallot],
    before: &[CountedBallot],
    options: impl Iterator<Item = OptionId>,
) -> Tally {
    let with = |result| {
        let found = ballots.iter().filter(|ballot| ballot.result == result).count();
        u8::try_from(found).unwrap_or(u8::MAX)
    };
    let decision = debate.decision();
    let votes: Vec<_> = options
        .map(|option| VoteCount { option, count: decision.count(option, ballots) })
        .collect();
    Tally {
        asked: debate.setup.limits.of,
        answered: with(BallotResult::Vote),
        abstained: with(BallotResult::Abstain),
        failed: with(BallotResult::None),
        leaders: decision.leaders(&votes),
        votes,
        consensus: false,
        changed: changed(debate, ballots, before),
    }
}

fn changed(debate: &Debate, ballots: &[CountedBallot], before: &[CountedBallot]) -> Vec<AgentId> {
    let moved = before.iter().zip(ballots).map(|(old, new)| match (old.option, new.option) {
        (Some(old), Some(new)) => old != new,
        (None, _) | (_, None) => false,
    });
    let participants = debate.setup.participants.iter();
    participants.zip(moved).filter(|(_, moved)| *moved).map(|(p, _)| p.agent_id.clone()).collect()
}
