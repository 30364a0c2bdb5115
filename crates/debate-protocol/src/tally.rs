//! Counting ballots.

use synod_domain::{AgentId, BallotResult, OptionId, Tally, VoteCount};

use crate::{Debate, debate::CountedBallot};

/// Votes that make a consensus of `n` at threshold θ: max(1, ⌈(θ₆ − 1)·n / 10⁶⌉) with
/// θ₆ = round(θ·10⁶). The −1 keeps two thirds of three at two.
#[must_use]
pub fn needed_votes(threshold: f64, n: u8) -> u8 {
    #[expect(clippy::cast_possible_truncation, reason = "a threshold is 0 to 1")]
    let millionths = (threshold.clamp(0.0, 1.0) * 1e6).round() as i64;
    let needed = ((millionths - 1) * i64::from(n) + 999_999).div_euclid(1_000_000);
    u8::try_from(needed.max(1)).unwrap_or(n)
}

/// The count of the ballots of the round that is going on.
pub(crate) fn of_round(debate: &Debate, ballots: &[CountedBallot]) -> Tally {
    let before = debate.rounds.last().map(|round| &round.ballots[..]).unwrap_or_default();
    let options = debate.options.iter().map(|option| option.id);
    let mut tally = count(debate, ballots, before, options);
    let limits = &debate.setup.limits;
    tally.consensus = debate.round >= debate.setup.config.debate_rules.min_rounds
        && tally.leader().is_some_and(|leader| tally.votes_for(leader) >= limits.needs)
        && are_enough(usize::from(tally.answered), usize::from(tally.asked));
    tally
}

/// Whether so many votes of so many participants are enough for a consensus on any option: two
/// thirds.
pub(crate) const fn are_enough(answered: usize, asked: usize) -> bool {
    3 * answered >= 2 * asked
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
    let votes_for = |option| {
        let found = ballots.iter().filter(|ballot| ballot.option == Some(option)).count();
        u8::try_from(found).unwrap_or(u8::MAX)
    };
    let votes: Vec<_> =
        options.map(|option| VoteCount { option, count: votes_for(option) }).collect();
    let most = votes.iter().map(|vote| vote.count).max().unwrap_or(0);
    Tally {
        asked: debate.setup.limits.of,
        answered: with(BallotResult::Vote),
        abstained: with(BallotResult::Abstain),
        failed: with(BallotResult::None),
        leaders: votes.iter().filter(|v| v.count == most && most > 0).map(|v| v.option).collect(),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of debate-spec: what θ = .8 needs, and the edges.
    #[test]
    fn a_threshold_needs_whole_votes() {
        let at = |threshold, n| needed_votes(threshold, n);
        assert_eq!([3, 4, 5, 6, 7, 8, 9, 10].map(|n| at(0.8, n)), [3, 4, 4, 5, 6, 7, 8, 8]);
        assert_eq!(at(2.0 / 3.0, 3), 2);
        assert_eq!(at(0.5, 2), 1);
        assert_eq!(at(0.5, 4), 2);
        assert_eq!(at(0.0, 5), 1);
        assert_eq!(at(1.0, 16), 16);
    }
}
