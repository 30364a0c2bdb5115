//! Whether a log is one that the rules could have written.

mod batch;
mod calls;
mod difference;
mod earlier;
mod ends;
mod pauses;

use synod_domain::{DebateLimits, Event, Initialized, Outcome, Recorded, Timestamp, Verdict};
use thiserror::Error;

use self::batch::Batch;
use crate::{
    Debate, FoldError, Stage, Status, decide,
    initialize::{check_seats, limits},
};

/// Errors returned by [`audit`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AuditError {
    /// The log cannot be folded.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// An event does not follow from the events before it.
    #[error("event {seq}, {kind}: {why}{}", difference.as_ref().map_or_else(String::new, |it| format!(": {it}")))]
    Event {
        /// Its number.
        seq: u64,
        /// Its type.
        kind: String,
        /// The rule that the event breaks.
        why: &'static str,
        /// The first field that differs from the event that follows by the rules, with both values; or
        /// the event that is due instead.
        difference: Option<String>,
    },
}

/// Folds a log and checks each event against the rules. Events that follow without a model (counts,
/// outcomes, the verdict) are computed again and compared; all others must be legal.
///
/// # Errors
/// [`AuditError`] names the first wrong event.
pub fn audit<'a>(log: impl IntoIterator<Item = &'a Recorded>) -> Result<Debate, AuditError> {
    let mut log = log.into_iter();
    let first = log.next().ok_or(FoldError::Empty)?;
    let mut debate = Debate::open(first)?;
    check_first(&debate).map_err(|why| wrong(first, why, None))?;
    let mut batch = Batch::default();
    for recorded in log {
        debate.check_next(recorded)?;
        batch.check(&debate, recorded).map_err(|why| {
            let due = batch.expected.take().or_else(|| debate.verdict_due(recorded));
            wrong(recorded, why, due.and_then(|due| difference::in_words(&recorded.event, &due)))
        })?;
        debate.apply(recorded);
    }
    Ok(debate)
}

fn wrong(recorded: &Recorded, why: &'static str, difference: Option<String>) -> AuditError {
    AuditError::Event { seq: recorded.seq, kind: recorded.event.kind().to_owned(), why, difference }
}

type Check = Result<(), &'static str>;

fn ensure(holds: bool, why: &'static str) -> Check {
    if holds { Ok(()) } else { Err(why) }
}

fn check_first(debate: &Debate) -> Check {
    let setup = &debate.setup;
    let limits = limits(&setup.config);
    // Earlier versions gave thought no tokens of its own.
    let earlier = DebateLimits { most_thinking_tokens: 0, ..limits };
    ensure(
        (1..=Initialized::RULES_REVISION).contains(&setup.rules_revision),
        "this version does not know that revision of the rules",
    )?;
    ensure(
        setup.limits == limits || setup.limits == earlier,
        "the limits do not follow from the configuration",
    )?;
    let checked = setup.config.check().is_ok();
    ensure(checked || debate.holds_earlier_rules(), "the configuration breaks its own bounds")?;
    ensure(
        check_seats(setup).is_ok(),
        "the profiles are not those of the agents in the configuration",
    )
}

impl Debate {
    /// Checks an event that begins a batch, or is a batch alone.
    fn check_event(&self, recorded: &Recorded) -> Check {
        let event = &recorded.event;
        ensure(self.status != Status::Closed, "the debate is closed")?;
        match event {
            Event::DebateInitialized(_) => Err("`debate_initialized` can only be the first event"),
            Event::DebateStarted => {
                ensure(self.status == Status::Initialized, "the debate had already started")
            }
            Event::DebateResumed(resumed) => {
                ensure(self.status == Status::Paused, "the debate was not paused")?;
                self.check_changes(&resumed.accepted_models)
            }
            Event::DebateRecovered => self.check_running(),
            Event::DebatePaused(paused) => self.check_pause(paused),
            Event::Interjected(said) => {
                ensure(decide::is_interjection(&said.text), "the text cannot be an interjection")?;
                ensure(
                    self.interjections < decide::MOST_INTERJECTIONS,
                    "there were already 32 interjections",
                )
            }
            Event::VoteCalled => ensure(
                self.stage().is_some() && self.stage == Stage::Discussion && !self.vote_called,
                "there was no discussion to end",
            ),
            Event::CallStarted(started) => self.check_begin(started),
            Event::CallVoided(voided) => self.check_voided(voided),
            Event::TurnEnded(ended) => self.check_turn(ended),
            Event::BallotRecorded(ballot) => self.check_ballot(ballot),
            Event::OptionsSet(set) => self.check_options(set),
            Event::MoveChosen(chosen) => self.check_move(chosen),
            Event::JudgeRuled(ruled) => self.check_ruling(ruled),
            Event::RoundClosed(_) => Err("the ballots of the round are not complete"),
            Event::DebateClosed(verdict) => self.check_close(verdict, recorded.at),
            Event::Unknown { .. } => Ok(()),
        }
    }

    /// The verdict that follows here by the rules.
    fn verdict_due(&self, recorded: &Recorded) -> Option<Event> {
        let Event::DebateClosed(verdict) = &recorded.event else { return None };
        if !self.may_close(verdict, recorded.at) {
            return None;
        }
        let due = self.verdict_of(verdict.outcome, verdict.reason.clone(), recorded.at);
        Some(Event::DebateClosed(due.into()))
    }

    fn check_running(&self) -> Check {
        ensure(self.status == Status::Running, "the debate was not running")
    }

    fn check_close(&self, verdict: &Verdict, at: Timestamp) -> Check {
        ensure(self.open_calls().next().is_none(), "calls are still open")?;
        ensure(self.may_close(verdict, at), "the debate cannot close with this outcome here")?;
        let expected = self.verdict_of(verdict.outcome, verdict.reason.clone(), at);
        ensure(self.is_verdict(verdict, &expected), "the verdict does not follow from the ballots")
    }

    fn may_close(&self, verdict: &Verdict, at: Timestamp) -> bool {
        let given = verdict.reason.is_some();
        match verdict.outcome {
            Outcome::Stopped => true,
            Outcome::Failed => given,
            Outcome::Budget => {
                let due = self.status == Status::Running && self.first_due().is_some();
                due && self.budget_spent() && !given
            }
            // Only the driver's clock knows when the time was over.
            Outcome::Deadline => self.time_left(at).is_some() && !given,
            Outcome::Consensus
            | Outcome::Deadlock
            | Outcome::Oscillation
            | Outcome::MaxRounds
            | Outcome::QuorumLost => false,
        }
    }
}
