use std::{sync::Arc, time::Duration};

use synod_domain::{
    BallotResult, CallNo, CallStarted, Confidence, DebateId, DebateMode, DebateOption, Initialized,
    OptionId, Outcome, ParticipantProfile, Persona, Purpose, Recorded, Tally, Timestamp,
    TokenCount, TranscriptEntry, TurnNo, Verdict,
};

use crate::{
    Addressee, FoldError, Pause, Stage, Status, Step, roles,
    speaking_order::PastTurn,
    step_state::{StepProgress, StepState},
    voice::Voice,
};

/// The state of a debate, folded from its log.
///
/// [`decide`](Self::decide) holds the rules, [`apply`](Self::apply) the bookkeeping, and
/// [`next_step`](Self::next_step) is derived, so that pause, replay and recovery need no code of
/// their own.
///
/// Its methods are spread over these files of `src`:
///
/// | task | files |
/// |---|---|
/// | the first event, and reading a log | `initialize`, `debate`, `apply` |
/// | a command, and the events it yields | `decide`, `call_result`, `pause`, `model_changes` |
/// | calls that are due, and their briefs | `next_step`, `brief`, `argument` |
/// | who speaks next | `floor`, `speaking_order`, `moderator` |
/// | options | `options`, `clerk` |
/// | ballots and their count | `ballot`, `decision` (with the free functions of `tally`) |
/// | the end of a round and of a debate | `outcome`, `verdict` |
/// | checking a log against the rules | `audit` |
#[derive(Clone, Debug, PartialEq)]
pub struct Debate {
    pub(crate) id: DebateId,
    pub(crate) seq: u64,
    pub(crate) last_at: Timestamp,
    pub(crate) running_ms: u64,
    pub(crate) setup: Arc<Initialized>,
    pub(crate) topic: Arc<str>,
    pub(crate) problem_statement: Arc<str>,
    /// The personas that all briefs hold.
    pub(crate) roles: Arc<[Persona]>,
    pub(crate) status: Status,
    pub(crate) stage: Stage,
    pub(crate) round: u8,
    pub(crate) pass: u8,
    pub(crate) vote_called: bool,
    /// The ended turns of rounds 1 and later.
    pub(crate) turns: Vec<PastTurn>,
    /// Moves in a row that the scheduler had to choose.
    pub(crate) moderator_failures: u8,
    /// The steps of the current group, in speaking order.
    pub(crate) steps: Vec<StepState>,
    /// Statements of that group: visible to agents once it is complete.
    pub(crate) pending: Vec<(usize, TranscriptEntry)>,
    /// The entries that agents can see, in the order in which they became visible.
    pub(crate) transcript: Arc<Vec<TranscriptEntry>>,
    pub(crate) interjections: u8,
    pub(crate) options: Arc<[DebateOption]>,
    /// The number of options before the vote of round 0.
    pub(crate) first_options: usize,
    /// The ballots of the current vote, by index.
    pub(crate) ballots: Vec<Option<CountedBallot>>,
    pub(crate) rounds: Vec<ClosedRound>,
    /// Boxed: few debates have one.
    pub(crate) run_off: Option<Box<ClosedRound>>,
    pub(crate) rulings: Vec<Option<OptionId>>,
    /// The outcome of the last closed round, if the debate ends on it.
    pub(crate) outcome: Option<Outcome>,
    pub(crate) calls_begun: u32,
    pub(crate) calls_voided: u32,
    /// Calls voided as lost or aborted, which do not count towards the limits.
    pub(crate) calls_repeated: u32,
    pub(crate) turns_begun: u32,
    pub(crate) tokens: TokenCount,
    /// By the participants' index.
    pub(crate) voices: Vec<Voice>,
    /// Boxed: few debates are paused.
    pub(crate) pause: Option<Box<Pause>>,
    /// Whether calls are being voided because the debate closes: only its verdict can follow.
    pub(crate) closing: bool,
    pub(crate) verdict: Option<Arc<Verdict>>,
}

/// The ballots of a round, by the participants' index, and their count.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosedRound {
    /// The ballots.
    pub ballots: Vec<CountedBallot>,
    /// The count.
    pub tally: Arc<Tally>,
}

/// One participant's ballot, as it is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedBallot {
    /// The result.
    pub result: BallotResult,
    /// The option, of a vote.
    pub option: Option<OptionId>,
    /// A new option that an abstention proposes.
    pub proposal: Option<Arc<str>>,
    /// The confidence that the voter states.
    pub confidence: Option<Confidence>,
    /// The statement that the voter names as what changed its mind.
    pub moved_by: Option<TurnNo>,
}

impl CountedBallot {
    /// The position that a ballot states: its result and option.
    pub(crate) const fn position(&self) -> (BallotResult, Option<OptionId>) {
        (self.result, self.option)
    }
}

impl Debate {
    /// The state after the first event alone.
    ///
    /// # Errors
    /// [`FoldError`] if it is not a first event that this version reads.
    pub fn open(first: &Recorded) -> Result<Self, FoldError> {
        FoldError::check_version(first)?;
        let synod_domain::Event::DebateInitialized(setup) = &first.event else {
            return Err(FoldError::NotInitialized);
        };
        if first.seq != 1 {
            return Err(FoldError::Gap { expected: 1, found: first.seq });
        }
        let participants = setup.participants.len();
        let closed = setup.config.debate_rules.options.as_deref().unwrap_or_default();
        Ok(Self {
            id: first.debate_id,
            seq: 1,
            last_at: first.at,
            running_ms: 0,
            topic: setup.config.debate_topic.as_str().into(),
            problem_statement: setup.config.problem_statement.as_str().into(),
            roles: roles::shared_by(setup),
            setup: Arc::clone(setup),
            status: Status::Initialized,
            stage: Stage::Opening,
            round: 0,
            pass: 0,
            vote_called: false,
            turns: Vec::new(),
            moderator_failures: 0,
            steps: (0..participants).map(StepState::participant).collect(),
            pending: Vec::new(),
            transcript: Arc::default(),
            interjections: 0,
            options: DebateOption::list(closed.iter().map(|text| text.trim())).into(),
            first_options: closed.len(),
            ballots: Vec::new(),
            rounds: Vec::new(),
            run_off: None,
            rulings: Vec::new(),
            outcome: None,
            calls_begun: 0,
            calls_voided: 0,
            calls_repeated: 0,
            turns_begun: 0,
            tokens: TokenCount::default(),
            voices: vec![Voice::default(); participants],
            pause: None,
            closing: false,
            verdict: None,
        })
    }

    /// The state after a whole log.
    ///
    /// # Errors
    /// [`FoldError`] if the log is empty, begins with another event, has a gap, belongs to more
    /// than one debate or was written by a newer version.
    pub fn fold<'a>(log: impl IntoIterator<Item = &'a Recorded>) -> Result<Self, FoldError> {
        let mut log = log.into_iter();
        let mut debate = Self::open(log.next().ok_or(FoldError::Empty)?)?;
        for recorded in log {
            debate.check_next(recorded)?;
            debate.apply(recorded);
        }
        Ok(debate)
    }

    pub(crate) fn check_next(&self, recorded: &Recorded) -> Result<(), FoldError> {
        FoldError::check_version(recorded)?;
        if recorded.debate_id != self.id {
            Err(FoldError::OtherDebate { seq: recorded.seq })
        } else if recorded.seq != self.seq + 1 {
            Err(FoldError::Gap { expected: self.seq + 1, found: recorded.seq })
        } else {
            Ok(())
        }
    }

    /// The debate's id.
    #[must_use]
    pub const fn id(&self) -> DebateId {
        self.id
    }

    /// The number of the last event.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// The status of the debate.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// The current stage; `None` unless the debate runs or is paused.
    #[must_use]
    pub const fn stage(&self) -> Option<Stage> {
        match self.status {
            Status::Running | Status::Paused => Some(self.stage),
            Status::Initialized | Status::Closed => None,
        }
    }

    /// The current round, 0 for the blind opening.
    #[must_use]
    pub const fn round(&self) -> u8 {
        self.round
    }

    /// The setup of the debate. Profiles have the digests of changed models that were accepted.
    #[must_use]
    pub const fn setup(&self) -> &Arc<Initialized> {
        &self.setup
    }

    /// The options so far, in id order.
    #[must_use]
    pub fn options(&self) -> &[DebateOption] {
        &self.options
    }

    /// The transcript that agents can see now.
    #[must_use]
    pub fn transcript(&self) -> &[TranscriptEntry] {
        &self.transcript
    }

    /// The closed rounds, from round 0.
    #[must_use]
    pub fn rounds(&self) -> &[ClosedRound] {
        &self.rounds
    }

    /// The run-off, once it is complete.
    #[must_use]
    pub fn run_off(&self) -> Option<&ClosedRound> {
        self.run_off.as_deref()
    }

    /// Tokens of all calls that ended.
    #[must_use]
    pub const fn tokens(&self) -> TokenCount {
        self.tokens
    }

    /// Calls begun so far.
    #[must_use]
    pub const fn calls_begun(&self) -> u32 {
        self.calls_begun
    }

    /// The verdict, once the debate is closed.
    #[must_use]
    pub const fn verdict(&self) -> Option<&Arc<Verdict>> {
        self.verdict.as_ref()
    }

    /// The calls that are open, in call order.
    pub fn open_calls(&self) -> impl Iterator<Item = CallStarted> {
        let mut open: Vec<_> = self.steps.iter().filter_map(|s| Some((s.open()?, s))).collect();
        open.sort_by_key(|(call, _)| *call);
        open.into_iter().map(|(call, state)| self.call_started(call, &self.step_of(state)))
    }

    /// Running time up to now, in milliseconds: pauses and crashes do not count.
    #[must_use]
    pub fn running_ms(&self, now: Timestamp) -> u64 {
        let current = if self.status == Status::Running { now.ms_since(self.last_at) } else { 0 };
        self.running_ms + current
    }

    /// Running time left before the debate's own deadline; `None` if it has none or does not run.
    #[must_use]
    pub fn time_left(&self, now: Timestamp) -> Option<Duration> {
        let deadline = self.setup.config.debate_rules.deadline_seconds?;
        let left = (u64::from(deadline) * 1_000).saturating_sub(self.running_ms(now));
        (self.status == Status::Running).then(|| Duration::from_millis(left))
    }

    /// The profile of the addressee of a step.
    #[must_use]
    pub fn asked(&self, step: &Step) -> &ParticipantProfile {
        let first = &self.setup.participants[0];
        match step.asked {
            Addressee::Participant(index) => self.setup.participants.get(index).unwrap_or(first),
            Addressee::Moderator => self.setup.moderator.as_ref().unwrap_or(first),
            Addressee::Judge { .. } => self.setup.judge.as_ref().unwrap_or(first),
        }
    }

    /// Whether the debate began under an earlier revision of the rules. The way in which its texts were
    /// read is taken from its log and not checked again.
    #[must_use]
    pub fn holds_earlier_rules(&self) -> bool {
        self.setup.rules_revision < Initialized::RULES_REVISION
    }

    pub(crate) fn participants(&self) -> usize {
        self.setup.participants.len()
    }

    pub(crate) fn index_of(&self, agent: &synod_domain::AgentId) -> Option<usize> {
        self.setup.participants.iter().position(|p| p.agent_id == *agent)
    }

    pub(crate) fn is_open_question(&self) -> bool {
        self.setup.config.debate_rules.options.is_none()
    }

    pub(crate) fn state_of_call(&self, call: CallNo) -> Option<&StepState> {
        self.steps.iter().find(|state| state.open() == Some(call))
    }

    pub(crate) fn step_of(&self, state: &StepState) -> Step {
        Step {
            purpose: self.purpose_of(state),
            asked: state.asked,
            round: self.round,
            pass: self.pass_now(),
            turn: state.turn,
            evidence: state.evidence,
            attempt: state.attempt,
            repair: state.repair.is_some(),
        }
    }

    pub(crate) fn call_started(&self, call: CallNo, step: &Step) -> CallStarted {
        CallStarted {
            call,
            purpose: step.purpose,
            agent_id: self.asked(step).agent_id.clone(),
            round: step.round,
            turn: step.turn,
            pass: step.pass,
            evidence: step.evidence,
            attempt: step.attempt,
            repair: step.repair,
        }
    }

    pub(crate) fn budget_spent(&self) -> bool {
        let budget = self.setup.config.debate_rules.max_total_tokens;
        budget.is_some_and(|budget| self.tokens.prompt + self.tokens.output >= budget)
    }

    pub(crate) fn all_ended(&self) -> bool {
        self.steps.iter().all(|state| state.progress == StepProgress::Ended)
    }

    /// The current pass, in structured debates.
    fn pass_now(&self) -> Option<u8> {
        let in_passes = self.mode() == DebateMode::Structured && self.stage == Stage::Discussion;
        in_passes.then_some(self.pass)
    }

    pub(crate) const fn purpose_of(&self, state: &StepState) -> Purpose {
        match (self.stage, state.asked) {
            (Stage::Opening, _) => Purpose::Opening,
            (Stage::Options, _) => Purpose::Options,
            (Stage::Discussion, Addressee::Moderator) => Purpose::Move,
            (Stage::Discussion, Addressee::Participant(_) | Addressee::Judge { .. }) => {
                Purpose::Argument
            }
            (Stage::Voting, _) => Purpose::Ballot,
            (Stage::RunOff, _) => Purpose::RunOff,
            (Stage::Judging, _) => Purpose::Judge,
        }
    }
}
