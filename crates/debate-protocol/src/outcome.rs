//! The end of a debate, and the step after a round.

use synod_domain::{
    BallotResult, Event, OptionsSet, OptionsSource, Outcome, RoundClosed, Scale, Tally, Then,
    Timestamp,
};

use crate::{
    Addressee, Debate, Stage, Status, Step,
    debate::CountedBallot,
    step_state::{StepProgress, StepState},
    tally,
};

impl Debate {
    /// The event that follows without a call, if any. Called again after each event until `None`.
    pub(crate) fn consequence(&self, at: Timestamp) -> Option<Event> {
        if self.status == Status::Closed || self.closing {
            return None;
        }
        if let Some(outcome) = self.ended() {
            return Some(Event::DebateClosed(self.verdict_of(outcome, None, at).into()));
        }
        match self.stage {
            Stage::Options => self.clerk_is_not_asked().then(|| {
                let (options, source) = (self.fallback_options(), OptionsSource::Fallback);
                Event::OptionsSet(OptionsSet { call: None, options, source, meta: None }.into())
            }),
            Stage::Voting if self.all_ended() => {
                Some(Event::RoundClosed(self.round_closed().into()))
            }
            Stage::Discussion if self.round_begins() => self.with_proposals().map(|options| {
                let source = OptionsSource::Ballots;
                Event::OptionsSet(OptionsSet { call: None, options, source, meta: None }.into())
            }),
            Stage::Opening | Stage::Discussion | Stage::Voting | Stage::RunOff | Stage::Judging => {
                None
            }
        }
    }

    /// The outcome with which the debate ends now, if it does.
    fn ended(&self) -> Option<Outcome> {
        match self.stage {
            Stage::Options | Stage::Voting if self.round == 0 && self.too_few_openings() => {
                Some(Outcome::QuorumLost)
            }
            Stage::Voting if self.ballots.is_empty() => self.outcome,
            Stage::RunOff if self.run_off.is_some() => self.outcome,
            Stage::Judging => match self.rulings[..] {
                [None] | [_, _] => self.outcome,
                _ => None,
            },
            Stage::Opening | Stage::Options | Stage::Discussion | Stage::Voting | Stage::RunOff => {
                None
            }
        }
    }

    fn too_few_openings(&self) -> bool {
        self.rounds.is_empty() && self.statements().count() < 2
    }

    /// Tiny and small models often list answers that no opening gave. In debates of the first revision
    /// of the rules, small models were asked.
    fn clerk_is_not_asked(&self) -> bool {
        let untouched =
            self.steps.iter().all(|state| state.progress == StepProgress::Due { last: None });
        let clerk = Step {
            asked: Addressee::Moderator,
            ..self.step_of(&StepState::new(Addressee::Moderator))
        };
        let asked = match self.asked(&clerk).scale {
            Scale::Tiny => false,
            Scale::Small => self.holds_earlier_rules(),
            Scale::Regular => true,
        };
        untouched && !asked
    }

    fn round_begins(&self) -> bool {
        let untouched = |state: &StepState| {
            state.turn.is_none() && state.progress == StepProgress::Due { last: None }
        };
        self.turns_of_round().is_empty() && self.steps.iter().all(untouched)
    }

    fn round_closed(&self) -> RoundClosed {
        let ballots: Vec<CountedBallot> = self.ballots.iter().flatten().cloned().collect();
        let tally = tally::of_round(self, &ballots);
        let outcome = self.outcome_of(&ballots, &tally);
        let then = match outcome {
            None => Then::Round,
            Some(_) if !self.can_break_tie(outcome, &tally) => Then::Close,
            Some(_) if self.run_off_could_change(&ballots, &tally) => Then::RunOff,
            Some(_) if self.setup.judge.is_some() => Then::Judge,
            Some(_) => Then::Close,
        };
        RoundClosed { round: self.round, tally: tally.into(), then, outcome }
    }

    /// The stop tests, in order.
    pub(crate) fn outcome_of(&self, ballots: &[CountedBallot], tally: &Tally) -> Option<Outcome> {
        let config = &self.setup.config;
        let late_enough = self.round >= config.debate_rules.min_rounds;
        let proposed = ballots.iter().any(|ballot| ballot.proposal.is_some());
        if tally.answered + tally.abstained < 2 {
            Some(Outcome::QuorumLost)
        } else if tally.consensus {
            Some(Outcome::Consensus)
        } else if late_enough && !proposed && self.is_stable(ballots) {
            Some(Outcome::Deadlock)
        } else if late_enough && !proposed && self.is_periodic(ballots) {
            Some(Outcome::Oscillation)
        } else {
            (self.round == config.max_rounds).then_some(Outcome::MaxRounds)
        }
    }

    /// Whether all positions are as in the two rounds before.
    fn is_stable(&self, ballots: &[CountedBallot]) -> bool {
        (1..=2).all(|back| same_positions(ballots, self.positions_at(back)))
    }

    /// The positions have gone through the same cycle of two to four rounds twice.
    fn is_periodic(&self, ballots: &[CountedBallot]) -> bool {
        let at = |back| if back == 0 { ballots } else { self.positions_at(back) };
        !same_positions(at(0), self.positions_at(1))
            && (2..=4).any(|p| (0..p).all(|j| same_positions(at(j), at(j + p))))
    }

    /// The ballots `back` rounds ago; empty if there was no such round, which equals no other.
    fn positions_at(&self, back: usize) -> &[CountedBallot] {
        let round = self.rounds.len().checked_sub(back);
        round.and_then(|r| self.rounds.get(r)).map(|r| &r.ballots[..]).unwrap_or_default()
    }

    fn can_break_tie(&self, outcome: Option<Outcome>, tally: &Tally) -> bool {
        let open_end =
            matches!(outcome, Some(Outcome::Deadlock | Outcome::Oscillation | Outcome::MaxRounds));
        open_end && tally.is_tied()
    }

    /// A run-off among voters who all voted for a leader could only repeat itself.
    fn run_off_could_change(&self, ballots: &[CountedBallot], tally: &Tally) -> bool {
        let for_leader = |ballot: &CountedBallot| {
            ballot.option.is_some_and(|option| tally.leaders.contains(&option))
        };
        self.setup.config.debate_rules.run_off
            && ballots
                .iter()
                .any(|ballot| ballot.result != BallotResult::Vote || !for_leader(ballot))
    }
}

fn same_positions(a: &[CountedBallot], b: &[CountedBallot]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.position() == b.position())
}
