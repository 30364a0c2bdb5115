//! Whether a log is one that the rules could have written.

use synod_domain::{
    BallotRecorded, BallotResult, CallStarted, Event, Outcome, Purpose, Recorded, Timestamp,
    TurnEnded, TurnResult, VoidCause, is_blank,
};
use thiserror::Error;

use crate::{
    Debate, FoldError, Stage, Status, Step,
    initialize::{check_seats, limits},
};

/// Why a log is not one that the rules could have written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AuditError {
    /// It cannot even be folded.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// An event cannot stand where it stands.
    #[error("event {seq}, {kind}: {why}")]
    Event {
        /// Its number.
        seq: u64,
        /// Its type.
        kind: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// Folds a log and checks each event against the rules: whatever follows without a model (counts,
/// outcomes, the verdict) is worked out again and compared, and everything else must be legal.
///
/// # Errors
/// [`AuditError`] names the first event that is wrong.
pub fn audit<'a>(log: impl IntoIterator<Item = &'a Recorded>) -> Result<Debate, AuditError> {
    let mut log = log.into_iter();
    let first = log.next().ok_or(FoldError::Empty)?;
    let mut debate = Debate::open(first)?;
    check_first(&debate).map_err(|why| wrong(first, why))?;
    for recorded in log {
        debate.check_next(recorded)?;
        debate.check_event(recorded).map_err(|why| wrong(recorded, why))?;
        debate.apply(recorded);
    }
    Ok(debate)
}

fn wrong(recorded: &Recorded, why: &'static str) -> AuditError {
    AuditError::Event { seq: recorded.seq, kind: recorded.event.kind().to_owned(), why }
}

type Check = Result<(), &'static str>;

fn ensure(holds: bool, why: &'static str) -> Check {
    if holds { Ok(()) } else { Err(why) }
}

fn check_first(debate: &Debate) -> Check {
    let setup = &debate.setup;
    ensure(
        setup.limits == limits(&setup.config),
        "the limits do not follow from the configuration",
    )?;
    ensure(setup.config.check().is_ok(), "the configuration breaks its own bounds")?;
    ensure(check_seats(setup).is_ok(), "others take the seats than the configuration names")
}

fn ends_debate(event: &Event) -> bool {
    match event {
        Event::CallVoided(voided) => voided.cause == VoidCause::Closed,
        Event::DebateClosed(_) => true,
        Event::DebateInitialized(_)
        | Event::DebateStarted
        | Event::DebatePaused(_)
        | Event::DebateResumed
        | Event::DebateRecovered
        | Event::Interjected(_)
        | Event::VoteCalled
        | Event::CallStarted(_)
        | Event::TurnEnded(_)
        | Event::OptionsSet(_)
        | Event::MoveChosen(_)
        | Event::BallotRecorded(_)
        | Event::JudgeRuled(_)
        | Event::RoundClosed(_)
        | Event::Unknown { .. } => false,
    }
}

impl Debate {
    fn check_event(&self, recorded: &Recorded) -> Check {
        let event = &recorded.event;
        if let Some(due) = self.consequence(self.last_at) {
            return ensure(*event == due, "something else follows from the events before it");
        }
        ensure(self.status != Status::Closed, "the debate is closed")?;
        ensure(!self.closing || ends_debate(event), "the debate is closing")?;
        match event {
            Event::DebateInitialized(_) => Err("a debate begins once"),
            Event::DebateStarted => {
                ensure(self.status == Status::Initialized, "the debate had started")
            }
            Event::DebateResumed => ensure(self.status == Status::Paused, "it was not paused"),
            Event::DebatePaused(_) | Event::DebateRecovered => {
                ensure(self.status == Status::Running, "the debate was not running")
            }
            Event::Interjected(_) => ensure(self.interjections < 32, "there were 32 already"),
            Event::VoteCalled => ensure(
                self.stage().is_some() && self.stage == Stage::Discussion && !self.vote_called,
                "there was no discussion to end",
            ),
            Event::CallStarted(started) => self.check_begin(started),
            Event::TurnEnded(ended) => self.check_turn(ended),
            Event::BallotRecorded(ballot) => self.check_ballot(ballot),
            Event::OptionsSet(set) => {
                let open = set.call.is_some_and(|call| self.slot_of(call).is_some());
                ensure(open && self.stage == Stage::Options, "no clerk was asked for options")?;
                ensure(set.options.len() <= 6, "there are more than six options")
            }
            Event::JudgeRuled(ruled) => {
                let open = self.slot_of(ruled.call).is_some() && self.stage == Stage::Judging;
                ensure(open, "no judge was asked")?;
                let tied = self.tied_options(false);
                let legal = ruled.option.is_none_or(|id| tied.iter().any(|o| o.id == id));
                ensure(legal, "the ruling names an option that was not tied")
            }
            Event::CallVoided(voided) => {
                let slot = self.slot_of(voided.call).ok_or("the call is not open")?;
                let purpose = self.purpose_of(slot);
                let readable = !purpose.is_turn() && purpose != Purpose::Judge;
                ensure(
                    voided.cause != VoidCause::Invalid || (slot.repair.is_none() && readable),
                    "a reply is repaired once, and statements and rulings never are",
                )
            }
            Event::DebateClosed(verdict) => {
                let at = recorded.at;
                let expected = self.verdict_of(verdict.outcome, verdict.reason.clone(), at);
                ensure(self.may_close(verdict.outcome, at), "nothing closes the debate so here")?;
                ensure(**verdict == expected, "the verdict does not follow from the ballots")
            }
            Event::RoundClosed(_) => Err("the ballots of the round are not complete"),
            Event::MoveChosen(chosen) => self.check_move(chosen),
            Event::Unknown { .. } => Ok(()),
        }
    }

    fn check_begin(&self, started: &CallStarted) -> Check {
        ensure(self.status == Status::Running, "calls begin only while the debate runs")?;
        let due = self.first_due().ok_or("no step is due")?;
        let begun = Step { turn: self.turn_for(&due), ..due };
        let call = synod_domain::CallNo(self.calls_begun + 1);
        ensure(*started == self.call_started(call, &begun), "another step is due first")?;
        ensure(!self.budget_spent(), "the budget is spent")?;
        ensure(
            self.calls_begun - self.calls_repeated < self.setup.limits.most_calls,
            "there are more calls than the limits allow",
        )
    }

    fn check_turn(&self, ended: &TurnEnded) -> Check {
        let slot = self.slot_of(ended.call).ok_or("the call is not open")?;
        let step = self.step_of(slot);
        let speaks = step.purpose.is_turn();
        ensure(speaks && slot.turn == Some(ended.turn), "the call is no turn, or another one")?;
        ensure(self.asked(&step).agent_id == ended.agent_id, "another agent was asked")?;
        ensure(ended.round == self.round, "the turn belongs to another round")?;
        ensure(ended.result != TurnResult::Spoke || !is_blank(&ended.text), "a statement is blank")
    }

    fn check_ballot(&self, ballot: &BallotRecorded) -> Check {
        let slot = self.slot_of(ballot.call).ok_or("the call is not open")?;
        let step = self.step_of(slot);
        ensure(matches!(self.stage, Stage::Voting | Stage::RunOff), "no ballot was asked for")?;
        ensure(self.asked(&step).agent_id == ballot.agent_id, "another agent was asked")?;
        let here = ballot.round == self.round && ballot.run_off == (self.stage == Stage::RunOff);
        ensure(here, "the ballot belongs to another round")?;
        let form = self.ballot_form(&step, ballot.meta.omitted);
        let on_form = |id| form.choices.iter().any(|option| option.id == id);
        ensure(ballot.option.is_none_or(on_form), "the vote names an option not on the ballot")?;
        ensure(
            ballot.option.is_some() == (ballot.result == BallotResult::Vote),
            "a vote names an option, and nothing else does",
        )?;
        ensure(
            ballot.proposal.is_none()
                || (ballot.result == BallotResult::Abstain && form.may_propose),
            "a proposal was not offered",
        )?;
        let shown = form.moved_by.unwrap_or_default();
        ensure(
            ballot.moved_by.is_none_or(|turn| shown.contains(&turn)),
            "the ballot was moved by a statement it was not asked about",
        )
    }

    fn may_close(&self, outcome: Outcome, at: Timestamp) -> bool {
        match outcome {
            Outcome::Stopped | Outcome::Failed => true,
            Outcome::Budget => self.status == Status::Running && self.budget_spent(),
            Outcome::Deadline => self.time_left(at).is_some(),
            Outcome::Consensus
            | Outcome::Deadlock
            | Outcome::Oscillation
            | Outcome::MaxRounds
            | Outcome::QuorumLost => false,
        }
    }
}
