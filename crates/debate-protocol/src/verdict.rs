//! The verdict of a debate.

use synod_domain::{
    CallCount, DebateOption, Dissent, Hollow, OptionId, Outcome, Panel, Scale, Silent, Tally,
    TieBreak, Timestamp, TranscriptEntry, TurnNo, Verdict,
};

use crate::{Debate, debate::ClosedRound};

impl Debate {
    pub(crate) fn verdict_of(
        &self,
        outcome: Outcome,
        reason: Option<String>,
        at: Timestamp,
    ) -> Verdict {
        let counted = self.counted();
        let (leader, tie_broken_by) = self.leader();
        let round0 = self.rounds.first().map(|round| Tally::clone(&round.tally));
        let first_leader = round0.as_ref().and_then(|tally| tally.leader());
        let (needs, of) = (self.setup.limits.needs, self.setup.limits.of);
        Verdict {
            outcome,
            answer: leader.filter(|_| outcome == Outcome::Consensus).and_then(|l| self.option(l)),
            leader,
            tie_broken_by,
            votes: leader.zip(counted).map_or(0, |(leader, c)| c.tally.votes_for(leader)),
            needs,
            of,
            panel: counted.map(|counted| Panel::from(&*counted.tally)),
            round: self.rounds.len().checked_sub(1).and_then(|round| u8::try_from(round).ok()),
            tied_round: self.tied_round().map(|round| Tally::clone(&round.tally)),
            round0,
            leader_changed: leader.zip(first_leader).map(|(last, first)| last != first),
            argument: leader.zip(counted).and_then(|(leader, c)| self.argument(leader, c)),
            dissent: leader.zip(counted).map_or_else(Vec::new, |(l, c)| self.dissent(l, c)),
            silent: self.names_the_silent().then(|| self.silent()),
            hollow: (outcome == Outcome::Consensus).then(|| self.hollow(leader?)).flatten(),
            demo: self.tiny_voted(),
            tokens: self.tokens,
            calls: CallCount { begun: self.calls_begun, voided: self.calls_voided },
            running_ms: self.running_ms(at),
            reason,
        }
    }

    /// The ballots that count: those of the run-off if it has a vote, else those of the last closed round.
    fn counted(&self) -> Option<&ClosedRound> {
        let run_off = self.run_off().filter(|run_off| run_off.tally.answered > 0);
        run_off.or(self.rounds.last())
    }

    /// The last closed round, if the ballots that count are those of the run-off after it.
    fn tied_round(&self) -> Option<&ClosedRound> {
        self.run_off().filter(|run_off| run_off.tally.answered > 0)?;
        self.rounds.last()
    }

    fn leader(&self) -> (Option<OptionId>, Option<TieBreak>) {
        if let [Some(first), Some(second)] = self.rulings[..] {
            return if first == second {
                (Some(first), Some(TieBreak::Judge))
            } else {
                (None, None)
            };
        }
        match self.run_off().and_then(|run_off| run_off.tally.leader()) {
            Some(leader) => (Some(leader), Some(TieBreak::RunOff)),
            None => (self.rounds.last().and_then(|round| round.tally.leader()), None),
        }
    }

    fn option(&self, id: OptionId) -> Option<DebateOption> {
        self.options.iter().find(|option| option.id == id).cloned()
    }

    fn dissent(&self, leader: OptionId, counted: &ClosedRound) -> Vec<Dissent> {
        let others =
            counted.ballots.iter().enumerate().filter(|(_, ballot)| ballot.option != Some(leader));
        others
            .map(|(index, ballot)| Dissent {
                agent_id: self.setup.participants[index].agent_id.clone(),
                option: ballot.option,
                turn: self.last_statement(index),
            })
            .collect()
    }

    /// The verdict of a debate has the fields of the version that began it.
    fn names_the_silent(&self) -> bool {
        self.setup.limits.most_thinking_tokens > 0
    }

    fn silent(&self) -> Vec<Silent> {
        let voices = self.setup.participants.iter().zip(&self.voices);
        voices.filter_map(|(profile, voice)| voice.silence(&profile.agent_id)).collect()
    }

    fn hollow(&self, leader: OptionId) -> Option<Hollow> {
        if self.came_over_unexplained(leader) {
            return Some(Hollow::Unexplained);
        }
        let models = self.setup.participants.iter().map(|participant| &participant.model);
        let one_model = models.clone().all(|model| Some(model) == models.clone().next());
        let agreed = self.rounds.first()?.tally.votes_for(leader) >= self.setup.limits.needs;
        (one_model && agreed).then_some(Hollow::SameModel)
    }

    /// Whether at least half of those who changed to the leader in this round named no statement.
    fn came_over_unexplained(&self, leader: OptionId) -> bool {
        let [.., before, last] = &self.rounds[..] else { return false };
        let had_it = before.tally.votes_for(leader) >= self.setup.limits.needs;
        let came = last
            .ballots
            .iter()
            .zip(&before.ballots)
            .filter(|(new, old)| new.option == Some(leader) && old.option != Some(leader));
        let unexplained = came.clone().filter(|(new, _)| new.moved_by.is_none()).count();
        !had_it && 2 * unexplained >= came.count()
    }

    fn tiny_voted(&self) -> bool {
        let rounds = self.rounds.iter().chain(self.run_off());
        rounds.flat_map(|round| round.ballots.iter().zip(&self.setup.participants)).any(
            |(ballot, participant)| ballot.option.is_some() && participant.scale == Scale::Tiny,
        )
    }

    /// Every statement so far, including those of the current group.
    pub(crate) fn statements(&self) -> impl Iterator<Item = &TranscriptEntry> {
        let pending = self.pending.iter().map(|(_, entry)| entry);
        let is_statement =
            |entry: &&TranscriptEntry| matches!(entry, TranscriptEntry::Statement { .. });
        self.transcript.iter().chain(pending).filter(is_statement)
    }

    /// A participant's last statement of the closed rounds. Later statements were made after its vote.
    pub(crate) fn last_statement(&self, index: usize) -> Option<TurnNo> {
        let closed = self.rounds.len();
        let turns = self.statements().filter_map(|entry| match entry {
            TranscriptEntry::Statement { round, label, turn, .. } => {
                (usize::from(*round) < closed && label.index() == index).then_some(*turn)
            }
            TranscriptEntry::Interjection { .. } => None,
        });
        turns.last()
    }
}
