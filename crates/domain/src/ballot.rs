use serde::{Deserialize, Serialize};

use crate::{DebateOption, TurnNo};

/// The form of a ballot: the choices in the order in which the voter sees them, followed by `abstain`
/// and `new`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BallotForm {
    /// The options, rotated for this voter; ids do not change.
    pub choices: Vec<DebateOption>,
    /// Whether a new option may be proposed.
    pub may_propose: bool,
    /// The statements that may be named as the cause of a change of mind; `None` if the form does not
    /// ask for one.
    pub moved_by: Option<Vec<TurnNo>>,
}

/// The result of a ballot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum BallotResult {
    /// The ballot names an option.
    Vote,
    /// The voter abstained, or proposed a new option.
    Abstain,
    /// There is no ballot, because the call failed or its reply could not be read: a non-ballot.
    None,
}

/// The rule by which a reply was read. The rules are tried in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Rung {
    /// The whole reply is one valid object.
    Strict,
    /// The reply contains exactly one object, which is valid.
    Embedded,
    /// The whole reply is the name of a choice.
    Bare,
}
