use serde::Serialize;
use synod_domain::{
    AgentId, BallotRecorded, BallotResult, JudgeRuled, OptionId, RoundClosed, TurnEnded,
};

use crate::{Entry, Happening};

/// A round: its entries, then the ballots and their count.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "TranscriptRound"))]
pub struct Round {
    /// The number of the round; 0 is the blind opening.
    pub round: u8,
    /// The entries before the ballots, in speaking order.
    pub entries: Vec<Entry>,
    /// The ballots, in the order of the participants.
    pub ballots: Vec<BallotRecorded>,
    /// The count, once the round is closed.
    pub closed: Option<RoundClosed>,
    /// The ballots of a run-off between tied leaders, in the order of the participants.
    pub run_off: Vec<BallotRecorded>,
    /// The judge's rulings.
    pub rulings: Vec<JudgeRuled>,
}

impl Round {
    /// The turns, in speaking order.
    pub fn turns(&self) -> impl DoubleEndedIterator<Item = &TurnEnded> {
        self.entries.iter().filter_map(|entry| match &entry.what {
            Happening::Turn(turn) => Some(turn),
            Happening::Interjection(_)
            | Happening::VoteCalled
            | Happening::Move(_)
            | Happening::Options(_) => None,
        })
    }

    /// The option that an agent voted for at the end of the round; `None` without a vote.
    #[must_use]
    pub fn vote_of(&self, agent: &AgentId) -> Option<OptionId> {
        let ballot = self.ballots.iter().find(|b| b.agent_id == *agent)?;
        ballot.option.filter(|_| ballot.result == BallotResult::Vote)
    }

    pub(crate) fn insert(&mut self, entry: Entry) {
        let place = self.entries.partition_point(|e| e.order() <= entry.order());
        self.entries.insert(place, entry);
    }
}
