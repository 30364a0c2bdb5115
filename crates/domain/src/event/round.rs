use serde::{Deserialize, Serialize};

use crate::{
    AgentId, BallotResult, CallMeta, CallNo, Confidence, DebateOption, OptionId, Outcome, Rung,
    Tally, TurnNo,
};

/// The list of options.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OptionsSet {
    /// The clerk's call that this ends, if it ends one.
    pub call: Option<CallNo>,
    /// The whole list, in id order.
    pub options: Vec<DebateOption>,
    /// Where it comes from.
    pub source: OptionsSource,
    /// What the call cost.
    pub meta: Option<CallMeta>,
}

/// Where a list of options comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum OptionsSource {
    /// The clerk read the openings.
    Clerk,
    /// The answers of the openings themselves, without a model.
    Fallback,
    /// Proposals on ballots.
    Ballots,
}

/// The moderator chose a move, or the scheduler in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MoveChosen {
    /// The call.
    pub call: CallNo,
    /// The round.
    pub round: u8,
    /// The move.
    #[serde(rename = "move")]
    pub kind: MoveKind,
    /// Who gets the floor.
    pub agent_id: Option<AgentId>,
    /// Who chose.
    pub source: MoveSource,
    /// What the call cost.
    pub meta: CallMeta,
}

/// What a moderator may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MoveKind {
    /// Give the floor.
    Speak,
    /// Give the floor and ask for evidence.
    AskEvidence,
    /// End the discussion.
    CallVote,
}

/// Who chose a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum MoveSource {
    /// The moderator's model.
    Moderator,
    /// The rules, since the model's reply could not be used.
    Scheduler,
}

/// One participant's answer in one round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BallotRecorded {
    /// The call.
    pub call: CallNo,
    /// The round it counts for.
    pub round: u8,
    /// It is a ballot of the run-off.
    pub run_off: bool,
    /// The voter.
    pub agent_id: AgentId,
    /// How it ended.
    pub result: BallotResult,
    /// The option, of a vote.
    pub option: Option<OptionId>,
    /// The option it wants added, of some abstentions.
    pub proposal: Option<String>,
    /// How sure the voter says it is.
    pub confidence: Option<Confidence>,
    /// The statement that it says moved it.
    pub moved_by: Option<TurnNo>,
    /// How the reply was understood.
    pub via: Option<Rung>,
    /// Why there is no ballot.
    pub cause: Option<FailureCause>,
    /// What it cost.
    pub meta: CallMeta,
}

/// The judge's ruling on a tie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JudgeRuled {
    /// The call.
    pub call: CallNo,
    /// The option it named.
    pub option: Option<OptionId>,
    /// Why it named none.
    pub cause: Option<FailureCause>,
    /// What it cost.
    pub meta: CallMeta,
}

/// Why a call brought nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FailureCause {
    /// The clock ran out.
    Deadline,
    /// The model or its host failed.
    ModelError,
    /// A blank reply.
    Empty,
    /// A reply that could not be read, twice.
    Invalid,
    /// The prompt does not fit the model's window.
    Context,
    /// The model thought until a limit ended it and said nothing, also when it was asked again.
    AllThought,
}

impl FailureCause {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deadline => "deadline",
            Self::ModelError => "model_error",
            Self::Empty => "empty",
            Self::Invalid => "invalid",
            Self::Context => "context",
            Self::AllThought => "all_thought",
        }
    }
}

/// The ballots of a round are counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoundClosed {
    /// The round.
    pub round: u8,
    /// The count.
    pub tally: Tally,
    /// What follows.
    pub then: Then,
    /// The outcome, if the debate ends on this round.
    pub outcome: Option<Outcome>,
}

/// What follows a closed round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// The next round.
    Round,
    /// A ballot over the tied leaders.
    RunOff,
    /// The judge.
    Judge,
    /// The verdict.
    Close,
}
