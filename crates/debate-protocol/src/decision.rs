//! Decision rules: how ballots become an outcome. The counting in which one rule differs from another
//! is in this file; the name of a rule, and whether it uses the threshold, is in [`DecisionRule`].

use synod_domain::{BallotForm, DebateConfig, DecisionRule, OptionId, Tally, VoteCount};

use crate::{Debate, Step, debate::CountedBallot};

/// The implementation of a decision rule.
const fn decision(rule: DecisionRule) -> &'static dyn Decision {
    match rule {
        DecisionRule::Plurality => &Plurality,
        DecisionRule::Majority => &Majority,
    }
}

/// The votes that an option needs for a consensus of everyone who is asked.
#[must_use]
pub fn needed_votes(config: &DebateConfig) -> u8 {
    let asked = u8::try_from(config.selected_agents.len()).unwrap_or(u8::MAX);
    decision(config.debate_rules.decision_rule).needed_votes(config.consensus_threshold, asked)
}

impl Debate {
    /// The rule that this debate is decided by.
    pub(crate) fn decision(&self) -> &'static dyn Decision {
        decision(self.setup.config.debate_rules.decision_rule)
    }

    /// Whether a tally is a consensus, as far as its votes go.
    pub(crate) fn agrees(&self, tally: &Tally) -> bool {
        let enough = |leader| tally.votes_for(leader) >= self.setup.limits.needs;
        tally.leader().is_some_and(enough) && self.has_turnout(tally.answered)
    }

    /// Whether one option would have a consensus with this many votes, all of them for it.
    pub(crate) fn could_agree(&self, votes: u8) -> bool {
        votes >= self.setup.limits.needs && self.has_turnout(votes)
    }

    /// Whether enough participants voted for a consensus on any option.
    pub(crate) fn has_turnout(&self, answered: u8) -> bool {
        answered >= self.decision().turnout(self.setup.limits.of)
    }
}

/// A decision rule. The methods with a body are those of a ballot that names one option.
pub(crate) trait Decision {
    /// The ballot that a voter fills in. `omitted`: statements that its prompt leaves out.
    fn ballot_form(&self, debate: &Debate, step: &Step, omitted: u32) -> BallotForm {
        debate.one_choice_form(step, omitted)
    }

    /// The votes for an option.
    fn count(&self, option: OptionId, ballots: &[CountedBallot]) -> u8 {
        let votes = ballots.iter().filter(|ballot| ballot.option == Some(option)).count();
        u8::try_from(votes).unwrap_or(u8::MAX)
    }

    /// The options that lead; none without a vote.
    fn leaders(&self, votes: &[VoteCount]) -> Vec<OptionId> {
        let most = votes.iter().map(|votes| votes.count).max().unwrap_or(0);
        let leading = votes.iter().filter(|votes| votes.count == most && most > 0);
        leading.map(|votes| votes.option).collect()
    }

    /// The votes that the leader needs for a consensus, at least 1. `threshold`: 0 to 1.
    fn needed_votes(&self, threshold: f64, asked: u8) -> u8;

    /// The fewest votes, for whatever options, that allow a consensus.
    fn turnout(&self, asked: u8) -> u8;
}

/// The option with the most votes has a consensus once a share θ of everyone asked voted for it.
struct Plurality;

impl Decision for Plurality {
    /// max(1, ⌈(θ₆ − 1)·n / 10⁶⌉) with θ₆ = round(θ·10⁶). The −1 keeps two thirds of three at two.
    fn needed_votes(&self, threshold: f64, asked: u8) -> u8 {
        #[expect(clippy::cast_possible_truncation, reason = "a threshold is 0 to 1")]
        let millionths = (threshold.clamp(0.0, 1.0) * 1e6).round() as i64;
        let needed = ((millionths - 1) * i64::from(asked) + 999_999).div_euclid(1_000_000);
        u8::try_from(needed.max(1)).unwrap_or(asked)
    }

    /// Two thirds of everyone asked.
    fn turnout(&self, asked: u8) -> u8 {
        asked - asked / 3
    }
}

/// The option with the most votes has a consensus once more than half of everyone asked voted for
/// it. Abstentions, unreadable ballots and failed calls count as asked, so that half of those who
/// are left never decides.
struct Majority;

impl Decision for Majority {
    /// ⌊n/2⌋ + 1, whatever the threshold.
    fn needed_votes(&self, _: f64, asked: u8) -> u8 {
        asked / 2 + 1
    }

    /// Those who make the majority are enough.
    fn turnout(&self, asked: u8) -> u8 {
        asked / 2 + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plurality_needs_its_share_in_whole_votes() {
        let at = |threshold, asked| Plurality.needed_votes(threshold, asked);
        assert_eq!([3, 4, 5, 6, 7, 8, 9, 10].map(|n| at(0.8, n)), [3, 4, 4, 5, 6, 7, 8, 8]);
        assert_eq!(at(2.0 / 3.0, 3), 2);
        assert_eq!(at(0.5, 2), 1);
        assert_eq!(at(0.5, 4), 2);
        assert_eq!(at(0.0, 5), 1);
        assert_eq!(at(1.0, 16), 16);
    }

    #[test]
    fn a_majority_is_more_than_half_of_everyone_asked() {
        for asked in 2..=16_u8 {
            for threshold in [0.0, 0.5, 1.0] {
                let needed = Majority.needed_votes(threshold, asked);
                assert!(2 * needed > asked && 2 * (needed - 1) <= asked, "{asked}");
                assert_eq!(needed, Majority.turnout(asked));
            }
        }
    }

    #[test]
    fn a_plurality_needs_two_thirds_to_vote() {
        for asked in 2..=16_u8 {
            let turnout = Plurality.turnout(asked);
            assert!(3 * turnout >= 2 * asked && 3 * (turnout - 1) < 2 * asked, "{asked}");
        }
    }
}
