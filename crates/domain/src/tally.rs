use serde::{Deserialize, Serialize};

use crate::{AgentId, OptionId};

/// The count of one round's ballots. asked = answered + abstained + failed, and the votes add up to
/// `answered`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tally {
    /// The number of participants.
    pub asked: u8,
    /// Votes for an option.
    pub answered: u8,
    /// Abstentions.
    pub abstained: u8,
    /// Non-ballots.
    pub failed: u8,
    /// Votes per option, in id order, including options without a vote.
    pub votes: Vec<VoteCount>,
    /// The options with the most votes; empty without a vote.
    pub leaders: Vec<OptionId>,
    /// Whether the round has a consensus.
    pub consensus: bool,
    /// The participants who voted for another option than in the round before.
    pub changed: Vec<AgentId>,
}

/// The votes for one option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VoteCount {
    /// The option.
    pub option: OptionId,
    /// Its votes.
    pub count: u8,
}

impl Tally {
    /// The single leader; `None` without a vote and in a tie.
    #[must_use]
    pub fn leader(&self) -> Option<OptionId> {
        match self.leaders[..] {
            [leader] => Some(leader),
            _ => None,
        }
    }

    /// Votes for an option.
    #[must_use]
    pub fn votes_for(&self, option: OptionId) -> u8 {
        self.votes.iter().find(|v| v.option == option).map_or(0, |v| v.count)
    }

    /// Whether two or more options lead.
    #[must_use]
    pub fn is_tied(&self) -> bool {
        self.leaders.len() > 1
    }
}
