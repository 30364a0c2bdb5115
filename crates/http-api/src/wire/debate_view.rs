mod said;
mod seat;
mod voted;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use synod_debate_protocol::{Debate, FoldError};
use synod_domain::{
    DebateConfig, DebateId, DebateLimits, DebateOption, Event, Outcome, Recorded, Timestamp,
    Verdict,
};

use self::{
    said::{Interjection, Statement},
    seat::Seat,
    voted::{Ballot, ClosedRound, Ruling, RunOff},
};
use super::{DebatePause, DebateStage, DebateStatus};

/// The current state of a debate, read from its log.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DebateView {
    /// Its id.
    debate_id: DebateId,
    /// Its status.
    status: DebateStatus,
    /// The current part; null unless the debate runs or is paused.
    stage: Option<DebateStage>,
    /// Why the debate is paused; null unless it is.
    pause: Option<DebatePause>,
    /// How the debate ended; null until then.
    outcome: Option<Outcome>,
    /// The number of the last event.
    seq: u64,
    /// The configuration, with all defaults filled in.
    config: DebateConfig,
    /// The limits of its cost.
    limits: DebateLimits,
    /// The participants, by index.
    participants: Vec<Seat>,
    /// The moderator; by default the model of the first participant.
    moderator: Option<Seat>,
    /// The judge, who breaks ties, if any.
    judge: Option<Seat>,
    /// The current round, 0 for the blind opening.
    round: u8,
    /// The options so far, in id order.
    options: Vec<DebateOption>,
    /// The turns that ended, in speaking order.
    statements: Vec<Statement>,
    /// The messages of people, in order.
    interjections: Vec<Interjection>,
    /// By round, then by the participants' order.
    ballots: Vec<Ballot>,
    /// The rounds that are counted.
    rounds: Vec<ClosedRound>,
    /// The count of the run-off, if there was one.
    run_off: Option<RunOff>,
    /// The rulings of the judge, in order.
    rulings: Vec<Ruling>,
    /// The verdict; null until the debate is closed.
    verdict: Option<Arc<Verdict>>,
    /// The cost of the calls that ended.
    usage: Usage,
    /// When the debate was opened.
    created_at: Timestamp,
    /// When the debate started.
    started_at: Option<Timestamp>,
    /// When the debate was closed.
    finished_at: Option<Timestamp>,
}

/// The cost of the calls that ended.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DebateUsage")]
struct Usage {
    /// Calls begun.
    calls: u32,
    /// Tokens read.
    prompt_tokens: u64,
    /// Tokens written.
    output_tokens: u64,
}

impl DebateView {
    /// Reads a whole log.
    ///
    /// # Errors
    /// [`FoldError`] if it makes no sense to this version.
    pub(crate) fn of(log: &[Arc<Recorded>]) -> Result<Self, FoldError> {
        let debate = Debate::fold(log.iter().map(|recorded| &**recorded))?;
        let setup = debate.setup();
        let time_of = |wanted: fn(&Event) -> bool| {
            log.iter().find(|recorded| wanted(&recorded.event)).map(|recorded| recorded.at)
        };
        let tokens = debate.tokens();
        Ok(Self {
            debate_id: debate.id(),
            status: DebateStatus::from(&debate),
            stage: debate.stage().map(DebateStage::from),
            pause: debate.pause().map(DebatePause::from),
            outcome: debate.verdict().map(|verdict| verdict.outcome),
            seq: debate.seq(),
            config: setup.config.clone(),
            limits: setup.limits,
            participants: Seat::of_participants(&setup.participants),
            moderator: setup.moderator.as_deref().map(Seat::of),
            judge: setup.judge.as_deref().map(Seat::of),
            round: debate.round(),
            options: debate.options().to_vec(),
            statements: Statement::all(log),
            interjections: Interjection::all(log),
            ballots: Ballot::all(log, setup),
            rounds: ClosedRound::all(log),
            run_off: debate.run_off().map(|run_off| RunOff { tally: Arc::clone(&run_off.tally) }),
            rulings: Ruling::all(log),
            verdict: debate.verdict().cloned(),
            usage: Usage {
                calls: debate.calls_begun(),
                prompt_tokens: tokens.prompt,
                output_tokens: tokens.output,
            },
            created_at: log.first().map(|recorded| recorded.at).unwrap_or_default(),
            started_at: time_of(|event| matches!(event, Event::DebateStarted)),
            finished_at: time_of(|event| matches!(event, Event::DebateClosed(_))),
        })
    }

    /// Whether nothing more will come.
    pub(crate) const fn is_closed(&self) -> bool {
        self.finished_at.is_some()
    }

    /// The number of the last event.
    pub(crate) const fn seq(&self) -> u64 {
        self.seq
    }
}
