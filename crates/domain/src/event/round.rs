use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    AgentId, BallotResult, CallMeta, CallNo, Confidence, DebateOption, OptionId, Outcome, Rung,
    Tally, TurnNo,
};

/// The list of options was set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OptionsSet {
    /// The clerk's call that this event ends, if it ends one.
    pub call: Option<CallNo>,
    /// The whole list, in id order.
    pub options: Vec<DebateOption>,
    /// The source of the list.
    pub source: OptionsSource,
    /// The cost of the call.
    pub meta: Option<CallMeta>,
}

/// The source of a list of options.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum OptionsSource {
    /// The clerk's reading of the openings.
    Clerk,
    /// The answers stated in the openings, without a model.
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
    /// The agent that speaks next.
    pub agent_id: Option<AgentId>,
    /// The source of the choice.
    pub source: MoveSource,
    /// The cost of the call.
    pub meta: CallMeta,
}

/// The kinds of moves of a moderator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MoveKind {
    /// Let an agent speak.
    Speak,
    /// Let an agent speak, and ask it for evidence.
    AskEvidence,
    /// End the discussion.
    CallVote,
}

/// The source of a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum MoveSource {
    /// The moderator's model.
    Moderator,
    /// The scheduler, because the model's reply could not be used.
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
    /// Whether it is a ballot of the run-off.
    pub run_off: bool,
    /// The voter.
    pub agent_id: AgentId,
    /// The result.
    pub result: BallotResult,
    /// The option voted for.
    pub option: Option<OptionId>,
    /// A new option that an abstention proposes.
    pub proposal: Option<Arc<str>>,
    /// The confidence that the voter states.
    pub confidence: Option<Confidence>,
    /// The statement that the voter names as what changed its mind.
    pub moved_by: Option<TurnNo>,
    /// The rule by which the reply was read.
    pub via: Option<Rung>,
    /// The cause of a missing ballot.
    pub cause: Option<FailureCause>,
    /// The cost of the call.
    pub meta: CallMeta,
}

/// The judge's ruling on a tie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JudgeRuled {
    /// The call.
    pub call: CallNo,
    /// The option that the judge named.
    pub option: Option<OptionId>,
    /// The cause of a missing ruling.
    pub cause: Option<FailureCause>,
    /// The cost of the call.
    pub meta: CallMeta,
}

/// Why a call has no usable reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FailureCause {
    /// The time limit of the call passed.
    Deadline,
    /// The model or its host failed.
    ModelError,
    /// The reply was blank.
    Empty,
    /// The reply could not be read, twice.
    Invalid,
    /// The prompt does not fit the model's window.
    Context,
    /// The model spent its tokens on thinking, twice, and wrote no reply.
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

/// The ballots of a round were counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoundClosed {
    /// The round.
    pub round: u8,
    /// The count.
    pub tally: Arc<Tally>,
    /// The next stage.
    pub then: Then,
    /// The outcome, if the debate ends with this round.
    pub outcome: Option<Outcome>,
}

/// The stage after a closed round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// The next round.
    Round,
    /// A run-off between the tied leaders.
    RunOff,
    /// The judge.
    Judge,
    /// The verdict.
    Close,
}
