//! The order of speakers where one participant speaks at a time: the candidates, and the scheduler's
//! choice among them. Scores are integers, so that every fold of a log has the same order.

use std::{borrow::Cow, cmp::Reverse};

use synod_domain::{Label, TranscriptEntry};

use crate::Debate;

/// An ended turn of a debated round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PastTurn {
    pub(crate) round: u8,
    pub(crate) speaker: Label,
    pub(crate) spoke: bool,
}

impl Debate {
    /// The participants who may speak next, in index order. Empty: the discussion is over.
    pub(crate) fn candidates(&self) -> Vec<usize> {
        let turns = self.turns_of_round();
        let left = self.most_turns_of_round().saturating_sub(turns.len());
        if left == 0 {
            return vec![];
        }
        let last_spoken = turns.iter().rposition(|turn| turn.spoke).unwrap_or(0);
        let is_silent = |index| {
            turns[last_spoken..].iter().any(|turn| turn.speaker.index() == index && !turn.spoke)
        };
        let taken = |index| turns.iter().filter(|turn| turn.speaker.index() == index).count();

        let mut candidates: Vec<_> =
            (0..self.participants()).filter(|index| !is_silent(*index)).collect();
        // The last turns are reserved for participants without a turn.
        let without = candidates.iter().filter(|index| taken(**index) == 0).count();
        if left <= without {
            candidates.retain(|index| taken(*index) == 0);
        }
        let fewest = candidates.iter().map(|index| taken(*index)).min().unwrap_or(0);
        candidates.retain(|index| taken(*index) <= fewest + 1);
        if candidates.len() > 1 {
            let previous = turns.last().map(|turn| turn.speaker.index());
            candidates.retain(|index| Some(*index) != previous);
        }
        candidates
    }

    /// The candidate with the highest score. Ties go to the next index after the previous speaker, and
    /// at the beginning of round r to the first from index r on.
    pub(crate) fn scheduled(&self) -> Option<usize> {
        let n = self.participants();
        let previous = self.turns_of_round().last();
        let first =
            previous.map_or(usize::from(self.round), |turn| turn.speaker.index() + 1) % n.max(1);
        let addressed = self.last_words();
        let addressed = if self.holds_earlier_rules() {
            Cow::Borrowed(addressed)
        } else {
            Label::legible(addressed)
        };
        let rank =
            |index: &usize| (self.score(*index, &addressed), Reverse((index + n - first) % n));
        self.candidates().into_iter().max_by_key(rank)
    }

    /// The score of a participant: 4·w + 3·n·a + 2·(n − v).
    fn score(&self, index: usize, addressed: &str) -> usize {
        let n = self.participants();
        let own_last = self.turns.iter().rposition(|turn| turn.speaker.index() == index);
        let waited = own_last.map_or(self.turns.len(), |place| self.turns.len() - 1 - place);
        let is_addressed = usize::from(Label::of(index).is_named_in(addressed));
        4 * waited + 3 * n * is_addressed + 2 * n.saturating_sub(self.company(index))
    }

    /// The votes for its option in the last closed round; the highest possible number if it had no vote.
    fn company(&self, index: usize) -> usize {
        let votes = self.rounds.last().and_then(|round| {
            let option = round.ballots.get(index)?.option?;
            Some(usize::from(round.tally.votes_for(option)))
        });
        votes.unwrap_or(self.participants())
    }

    /// The latest statement of the round.
    fn last_words(&self) -> &str {
        let last = self.transcript.iter().rev().find_map(|entry| match entry {
            TranscriptEntry::Statement { round, text, .. } => Some((*round, text)),
            TranscriptEntry::Interjection { .. } => None,
        });
        last.filter(|(round, _)| *round == self.round).map_or("", |(_, text)| text)
    }

    /// The ended turns of this round.
    pub(crate) fn turns_of_round(&self) -> &[PastTurn] {
        let earlier = self.turns.partition_point(|turn| turn.round < self.round);
        &self.turns[earlier..]
    }

    fn most_turns_of_round(&self) -> usize {
        self.participants() * usize::from(self.setup.config.max_iterations_per_round)
    }
}
