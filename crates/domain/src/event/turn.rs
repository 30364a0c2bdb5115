use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{AgentId, CallMeta, CallNo, FailureCause, TurnNo};

/// A turn ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TurnEnded {
    /// The call.
    pub call: CallNo,
    /// The turn.
    pub turn: TurnNo,
    /// The round, 0 for the opening.
    pub round: u8,
    /// The speaker.
    pub agent_id: AgentId,
    /// The result.
    pub result: TurnResult,
    /// The statement; of a forfeited turn the text that had arrived, for watchers only.
    pub text: Arc<str>,
    /// The limit that cut the statement, if one did.
    pub truncated: Option<Truncated>,
    /// The cause of a forfeited turn.
    pub cause: Option<FailureCause>,
    /// The cost of the call.
    pub meta: CallMeta,
}

/// The result of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum TurnResult {
    /// The speaker made a statement.
    Spoke,
    /// The speaker passed, or repeated an earlier statement.
    Passed,
    /// There is no statement.
    Forfeited,
}

/// The limit that cut a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Truncated {
    /// The time limit of the call.
    Deadline,
    /// The limit of tokens or characters.
    Length,
}
