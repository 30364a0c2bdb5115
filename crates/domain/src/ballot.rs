use serde::{Deserialize, Serialize};

use crate::{DebateOption, TurnNo};

/// What a voter is asked: the choices in the order it sees them. `abstain`, then `new`, come last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BallotForm {
    /// The options, rotated for this voter; ids do not change.
    pub choices: Vec<DebateOption>,
    /// A new option may be proposed.
    pub may_propose: bool,
    /// The statements that may be named as the cause of a change of mind. `None`: not asked.
    pub moved_by: Option<Vec<TurnNo>>,
}

/// How a ballot ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum BallotResult {
    /// It names an option.
    Vote,
    /// The voter abstained, or proposed a new option.
    Abstain,
    /// No ballot was had: a non-ballot.
    None,
}

/// The rung of the ladder on which a reply was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Rung {
    /// The whole reply is one valid object.
    Strict,
    /// Exactly one object in the reply, and it is valid.
    Embedded,
    /// The bare name of a choice.
    Bare,
}
