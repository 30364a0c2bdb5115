use serde::{Deserialize, Serialize};

use crate::{AgentId, DebateOption, FailureCause, OptionId, Tally, TurnNo};

/// What a debate came to, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Verdict {
    /// How it ended.
    pub outcome: Outcome,
    /// The answer, of a consensus only.
    pub answer: Option<DebateOption>,
    /// The single leader of the last closed round, or the tie-break's.
    pub leader: Option<OptionId>,
    /// What broke a tie.
    pub tie_broken_by: Option<TieBreak>,
    /// Votes for the leader, 0 without one.
    pub votes: u8,
    /// Votes that make a consensus.
    pub needs: u8,
    /// Participants.
    pub of: u8,
    /// Who was asked and who answered; `None` if no round closed.
    pub panel: Option<Panel>,
    /// The last closed round.
    pub round: Option<u8>,
    /// The round-0 vote, before anyone had heard another.
    pub round0: Option<Tally>,
    /// Whether the debate changed the leader of round 0; `None` if either is missing.
    pub leader_changed: Option<bool>,
    /// The statement to show beside the answer.
    pub argument: Option<Argument>,
    /// Everyone who did not vote for the leader.
    pub dissent: Vec<Dissent>,
    /// The participants that never spoke or never voted though they were asked, by index. `None` in
    /// logs of versions that did not name them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent: Option<Vec<Silent>>,
    /// Why a consensus may be hollow.
    pub hollow: Option<Hollow>,
    /// A tiny model voted: its ballots are near chance.
    pub demo: bool,
    /// Tokens of all calls.
    pub tokens: TokenCount,
    /// Calls of all purposes.
    pub calls: CallCount,
    /// Time spent running, pauses and crashes aside.
    pub running_ms: u64,
    /// Why it was stopped or failed, if said.
    pub reason: Option<String>,
}

/// How a debate ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Enough of everyone asked voted for one option.
    Consensus,
    /// Nobody moves any more.
    Deadlock,
    /// The ballots go round in a circle.
    Oscillation,
    /// The last round is over.
    MaxRounds,
    /// Fewer than two took part.
    QuorumLost,
    /// The budget of tokens is spent.
    Budget,
    /// The time is over.
    Deadline,
    /// Someone stopped it.
    Stopped,
    /// It could not go on.
    Failed,
}

impl Outcome {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Consensus => "consensus",
            Self::Deadlock => "deadlock",
            Self::Oscillation => "oscillation",
            Self::MaxRounds => "max_rounds",
            Self::QuorumLost => "quorum_lost",
            Self::Budget => "budget",
            Self::Deadline => "deadline",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }
}

/// What broke a tie. Neither turns the outcome into a consensus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TieBreak {
    /// One more ballot over the leaders.
    RunOff,
    /// A judge who ruled the same way twice.
    Judge,
}

/// Who was asked and who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Panel {
    /// Participants.
    pub asked: u8,
    /// Ballots that name an option.
    pub answered: u8,
    /// Abstentions.
    pub abstained: u8,
    /// Non-ballots.
    pub failed: u8,
}

impl From<&Tally> for Panel {
    fn from(tally: &Tally) -> Self {
        let &Tally { asked, answered, abstained, failed, .. } = tally;
        Self { asked, answered, abstained, failed }
    }
}

/// A statement, by its speaker and turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Argument {
    /// The speaker.
    pub agent_id: AgentId,
    /// The turn.
    pub turn: TurnNo,
}

/// Someone who did not vote for the leader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Dissent {
    /// Who.
    pub agent_id: AgentId,
    /// The option voted for instead; `None` for an abstention or non-ballot.
    pub option: Option<OptionId>,
    /// The turn of its last statement in the rounds that closed.
    pub turn: Option<TurnNo>,
}

/// A participant that never spoke, or none of whose ballots came, in the whole debate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Silent {
    /// The participant.
    pub agent_id: AgentId,
    /// It was asked for statements and made none.
    pub never_spoke: bool,
    /// It was asked for ballots and none came. An abstention is a ballot.
    pub never_voted: bool,
    /// The most frequent cause of its calls that brought nothing; the earliest of those that are
    /// equally frequent.
    pub cause: Option<FailureCause>,
}

/// Why a consensus may be hollow. Reported, never blocking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Hollow {
    /// Half or more of those who came over named no statement that moved them.
    Unexplained,
    /// All participants are one model, and agreed before they had heard each other.
    SameModel,
}

/// Tokens of a debate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokenCount {
    /// Read.
    pub prompt: u64,
    /// Written.
    pub output: u64,
    /// Read in round 0.
    pub round0_prompt: u64,
    /// Written in round 0.
    pub round0_output: u64,
}

/// Calls of a debate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CallCount {
    /// Begun.
    pub begun: u32,
    /// Voided: invalid, lost, aborted or closed.
    pub voided: u32,
}
