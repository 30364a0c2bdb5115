use serde::{Deserialize, Serialize};

use crate::{AgentId, DebateOption, FailureCause, OptionId, Tally, TurnNo};

/// The result of a debate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Verdict {
    /// The outcome.
    pub outcome: Outcome,
    /// The answer, only with a consensus.
    pub answer: Option<DebateOption>,
    /// The single leader of the last closed round, or of the tie-break.
    pub leader: Option<OptionId>,
    /// The way a tie was broken, if one was.
    pub tie_broken_by: Option<TieBreak>,
    /// Votes for the leader, 0 without one.
    pub votes: u8,
    /// Votes needed for a consensus.
    pub needs: u8,
    /// The number of participants.
    pub of: u8,
    /// The ballots by result; null if no round closed.
    pub panel: Option<Panel>,
    /// The last closed round.
    pub round: Option<u8>,
    /// The count of that round, if `votes`, `panel` and `dissent` are those of the run-off that
    /// followed it. Versions that did not list it leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tied_round: Option<Tally>,
    /// The blind vote of round 0.
    pub round0: Option<Tally>,
    /// Whether the leader differs from that of round 0; null if either is missing.
    pub leader_changed: Option<bool>,
    /// The statement to show beside the answer.
    pub argument: Option<Argument>,
    /// The participants who did not vote for the leader.
    pub dissent: Vec<Dissent>,
    /// The participants that never spoke or never voted although asked, by index. Null in logs of
    /// versions that did not list them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent: Option<Vec<Silent>>,
    /// Why a consensus may be hollow.
    pub hollow: Option<Hollow>,
    /// Whether a tiny model voted, whose ballots are near chance.
    pub demo: bool,
    /// Tokens of all calls.
    pub tokens: TokenCount,
    /// Calls of all purposes.
    pub calls: CallCount,
    /// Milliseconds of running time, without pauses and crashes.
    pub running_ms: u64,
    /// The reason why the debate was stopped or failed, if given.
    pub reason: Option<String>,
}

/// How a debate ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Enough participants voted for one option.
    Consensus,
    /// No participant changed position for two rounds.
    Deadlock,
    /// The positions repeat in a cycle of two to four rounds.
    Oscillation,
    /// The last round ended without a consensus.
    MaxRounds,
    /// Fewer than two participants voted or abstained.
    QuorumLost,
    /// The token budget is spent.
    Budget,
    /// The debate's deadline passed.
    Deadline,
    /// A client stopped the debate.
    Stopped,
    /// An internal fault ended the debate.
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

/// The way a tie was broken. No tie-break turns the outcome into a consensus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TieBreak {
    /// A run-off between the leaders.
    RunOff,
    /// Two equal rulings of the judge.
    Judge,
}

/// The number of ballots by result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Panel {
    /// Participants.
    pub asked: u8,
    /// Votes for an option.
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

/// A participant who did not vote for the leader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Dissent {
    /// The participant.
    pub agent_id: AgentId,
    /// The option voted for instead; null for an abstention or non-ballot.
    pub option: Option<OptionId>,
    /// The turn of the participant's last statement in closed rounds.
    pub turn: Option<TurnNo>,
}

/// A participant that never spoke or never voted in the whole debate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Silent {
    /// The participant.
    pub agent_id: AgentId,
    /// Whether it was asked for statements and made none.
    pub never_spoke: bool,
    /// Whether it was asked for ballots and gave none. An abstention is a ballot.
    pub never_voted: bool,
    /// The most frequent cause of its failed calls; of equally frequent ones the earliest.
    pub cause: Option<FailureCause>,
}

/// Why a consensus may be hollow. It is reported and changes nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Hollow {
    /// At least half of those who changed to the leader named no statement that changed their mind.
    Unexplained,
    /// All participants use one model and agreed before they had heard each other.
    SameModel,
}

/// Tokens of a debate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokenCount {
    /// Tokens read.
    pub prompt: u64,
    /// Tokens written.
    pub output: u64,
    /// Tokens read in round 0.
    pub round0_prompt: u64,
    /// Tokens written in round 0.
    pub round0_output: u64,
}

/// Calls of a debate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CallCount {
    /// Calls begun.
    pub begun: u32,
    /// Calls voided: invalid, lost, aborted or closed.
    pub voided: u32,
}
